"""One connection to one peer, without a socket: bytes and time in, events and bytes out.

    connection = PeerConnection.initiate(...)          # or accept
    write(connection.data_to_send())
    connection.receive_data(read(), now_ms)            # b"" when the other side closed
    while event := connection.next_event(): ...
    write(connection.data_to_send())
    # and at connection.next_deadline_ms(): connection.handle_timer(now_ms)

Handshake, `init`, `ping` and `pong` happen inside. Whatever the peer sends, no method raises: the
last event is `Closed`, after which everything is ignored. What is kept is bounded by one message
and by what the owner has not taken yet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Self

from lnwallet_tui.peer.compatibility import check_init
from lnwallet_tui.peer.errors import (
    InitExpected,
    InitRepeated,
    Malformed,
    PingFlood,
    RemoteError,
    UnknownEvenMessage,
)
from lnwallet_tui.peer.events import (
    Closed,
    Event,
    Handshaken,
    InitReceived,
    MessageReceived,
    StillThere,
)
from lnwallet_tui.peer.liveness import Liveness
from lnwallet_tui.peer.noise import (
    ACT_ONE_SIZE,
    ACT_THREE_SIZE,
    ACT_TWO_SIZE,
    LENGTH_SIZE,
    TAG_SIZE,
    Cipher,
    Ecdh,
    Initiator,
    Responder,
)
from lnwallet_tui.wire.bolt1 import Init, Ping, Pong, Warning_
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement
from lnwallet_tui.wire.codec import (
    AmountOutOfRange,
    Message,
    Unknown,
    UnknownEven,
    WireError,
    decode,
    encode,
)

__all__ = [
    "Closed",
    "Event",
    "Handshaken",
    "InitReceived",
    "MessageReceived",
    "PeerConnection",
    "StillThere",
]

NO_PONG: Final = 65532
"""BOLT 1: a `ping` that asks for so many bytes or more MUST be ignored."""

MOST_UNSENT: Final = 1 << 20
"""So many bytes may wait when a `pong` is added: an honest peer reads one before the next."""

_ALL_CHANNELS: Final = bytes(32)
_RELAYED: Final = frozenset(
    declared.MESSAGE_TYPE for declared in (ChannelAnnouncement, NodeAnnouncement, ChannelUpdate)
)


class PeerConnection:
    """The machine. Made by `initiate` or `accept`; times are the caller's, in milliseconds."""

    def __init__(self, our_init: Init, now_ms: int) -> None:
        self._our_init = our_init
        self._liveness = Liveness(now_ms)
        self._unread = bytearray()
        self._unsent = bytearray()
        self._events: deque[Event] = deque()
        self._ciphers: tuple[Cipher, Cipher] | None = None  # sending, receiving
        self._init_received = False
        self._is_asked = False  # whether somebody waits for `StillThere`
        self._closed = False
        # The next bytes that mean something: how many, and what reads them.
        self._need = 0
        self._read: Callable[[bytes, int], None]

    @classmethod
    def initiate(
        cls,
        local_ecdh: Ecdh,
        local_pubkey: bytes,
        remote_pubkey: bytes,
        ephemeral_secret: bytes,
        our_init: Init,
        now_ms: int,
    ) -> Self:
        """We dialled. `remote_pubkey` is a point (else `CurveError`); the secret is fresh."""
        self = cls(our_init, now_ms)
        noise = Initiator(local_ecdh, local_pubkey, remote_pubkey, ephemeral_secret)
        self._unsent += noise.act_one()

        def read_act_two(data: bytes, _now_ms: int) -> None:
            self._unsent += noise.act_two(data)
            self._establish(noise.ciphers(), remote_pubkey)

        self._expect(ACT_TWO_SIZE, read_act_two)
        return self

    @classmethod
    def accept(
        cls,
        local_ecdh: Ecdh,
        local_pubkey: bytes,
        ephemeral_secret: bytes,
        our_init: Init,
        now_ms: int,
    ) -> Self:
        """We were dialled; `Handshaken` will say by whom. The secret is fresh."""
        self = cls(our_init, now_ms)
        noise = Responder(local_ecdh, local_pubkey, ephemeral_secret)

        def read_act_one(data: bytes, _now_ms: int) -> None:
            self._unsent += noise.act_one(data)
            self._expect(ACT_THREE_SIZE, read_act_three)

        def read_act_three(data: bytes, _now_ms: int) -> None:
            remote_pubkey = noise.act_three(data)
            self._establish(noise.ciphers(), remote_pubkey)

        self._expect(ACT_ONE_SIZE, read_act_one)
        return self

    # -- for the owner
    def receive_data(self, data: bytes, now_ms: int) -> None:
        """Bytes from the link; `b""` says that the other side closed it."""
        if not data:
            self._end(Closed(self._why_they_closed(), ours=False))
        self._unread += data
        while not self._closed and len(self._unread) >= self._need:
            chunk = bytes(self._unread[: self._need])
            del self._unread[: self._need]
            try:
                self._read(chunk, now_ms)
            except RemoteError as error:
                self._fail(error)
        if self._closed:
            self._unread.clear()

    def next_event(self) -> Event | None:
        """What happened, in order; None when all was told."""
        return self._events.popleft() if self._events else None

    def send(self, msg: Message) -> None:
        """Queue a message; not before `InitReceived`. After `Closed` it is forgotten."""
        # BOLT 1: "MUST wait to receive init before sending any other messages".
        assert self._init_received or self._closed, "nothing is sent before `init` came"
        if not self._closed:
            self._seal(msg)

    def was_heard(self, now_ms: int) -> bool:
        """Whether the peer has said something recently: no `ping` is due or unanswered for long."""
        return self._liveness.is_recent(now_ms)

    @property
    def heard_ms(self) -> int:
        """When the last message came."""
        return self._liveness.heard_ms

    @property
    def latency_ms(self) -> int | None:
        """How long the last answer to a `ping` took; None before the first."""
        return self._liveness.latency_ms

    def ask_whether_there(self, now_ms: int) -> None:
        """Have `StillThere` told: now if the peer was heard recently, else at its next message, for
        which it is sent a `ping`. A peer that does not answer in time is `Closed` as always."""
        if self._closed:
            return
        if self.was_heard(now_ms):
            self._events.append(StillThere())
            return
        self._is_asked = True
        if self._liveness.is_ping_wanted(now_ms):
            self._seal(Ping(num_pong_bytes=1))

    def data_to_send(self) -> bytes:
        """What is to be written to the link now; each byte is given once."""
        data = bytes(self._unsent)
        self._unsent.clear()
        return data

    def next_deadline_ms(self) -> int | None:
        """When `handle_timer` is to be called; None after `Closed`."""
        return None if self._closed else self._liveness.deadline_ms()

    def handle_timer(self, now_ms: int) -> None:
        """Time has passed; too early does no harm."""
        if self._closed:
            return
        try:
            if self._liveness.is_ping_due(now_ms):
                self._seal(Ping(num_pong_bytes=1))
        except RemoteError as error:
            self._fail(error)

    def close(self, reason: str) -> None:
        """End it ourselves, once what is queued was sent. `reason` is a sentence."""
        self._end(Closed(reason, ours=True))

    # -- reading
    def _expect(self, size: int, read: Callable[[bytes, int], None]) -> None:
        self._need, self._read = size, read

    def _establish(self, ciphers: tuple[Cipher, Cipher], remote_pubkey: bytes) -> None:
        self._ciphers = ciphers
        self._events.append(Handshaken(remote_pubkey))
        # BOLT 1: "MUST send init as the first Lightning message for any connection".
        self._seal(self._our_init)
        self._expect(LENGTH_SIZE, self._read_length)

    def _read_length(self, data: bytes, _now_ms: int) -> None:
        length = int.from_bytes(self._open(data), "big")
        self._expect(length + TAG_SIZE, self._read_body)

    def _read_body(self, data: bytes, now_ms: int) -> None:
        body = self._open(data)
        self._expect(LENGTH_SIZE, self._read_length)
        self._liveness.heard(now_ms)
        msg = _decode(body)
        if not self._init_received:
            self._on_first(msg, now_ms)
        elif isinstance(msg, Init):
            raise InitRepeated
        elif isinstance(msg, Ping):
            self._on_ping(msg)
        # BOLT 1, for a `pong` that fits no `ping`: "MAY close the connection"; we do not.
        elif isinstance(msg, Pong):
            self._liveness.answered(now_ms)
        elif msg is not None:
            self._events.append(MessageReceived(msg))
        if self._is_asked:
            self._is_asked = False
            self._events.append(StillThere())

    def _on_first(self, msg: Message | None, now_ms: int) -> None:
        if not isinstance(msg, Init):
            raise InitExpected
        self._init_received = True
        check_init(self._our_init, msg)
        self._liveness.ready(now_ms)
        self._events.append(InitReceived(msg))

    def _on_ping(self, ping: Ping) -> None:
        if ping.num_pong_bytes >= NO_PONG:
            return
        if len(self._unsent) + ping.num_pong_bytes > MOST_UNSENT:
            raise PingFlood
        self._seal(Pong(bytes(ping.num_pong_bytes)))

    # -- ciphers
    def _open(self, ciphertext: bytes) -> bytes:
        assert self._ciphers is not None
        return self._ciphers[1].decrypt(ciphertext)

    def _seal(self, msg: Message) -> None:
        assert self._ciphers is not None
        self._unsent += self._ciphers[0].seal(encode(msg))

    # -- ending
    def _fail(self, error: RemoteError) -> None:
        if error.tell_peer and self._init_received:
            self._seal(Warning_(_ALL_CHANNELS, str(error).encode("ascii")))
        self._end(Closed(str(error), ours=True, error=error))

    def _end(self, closed: Closed) -> None:
        if not self._closed:
            self._closed = True
            self._events.append(closed)

    def _why_they_closed(self) -> str:
        if self._init_received:
            return "The peer closed the connection."
        if self._ciphers is not None:
            return "The peer closed the connection after the handshake: it may lack a feature."
        return "The peer closed the connection during the handshake: is the node id right?"


def _decode(body: bytes) -> Message | None:
    """The message; None for one that is to be ignored. Raises `RemoteError`."""
    try:
        msg = decode(body)
    except UnknownEven as error:
        raise UnknownEvenMessage(error.number) from None
    except AmountOutOfRange as error:
        # Signed by a third party: the peer that passes it on is not to blame, and BOLT 7 allows
        # to ignore it.
        if int.from_bytes(body[:2], "big") in _RELAYED:
            return None
        raise Malformed(str(error)) from None
    except WireError as error:
        raise Malformed(str(error)) from None
    return None if isinstance(msg, Unknown) else msg
