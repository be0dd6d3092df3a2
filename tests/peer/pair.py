"""Two connections and a byte pipe that is cut wherever a test wants; a peer that says anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat

from lnwallet_tui.bitcoin.curve import ecdh, public_key
from lnwallet_tui.peer.connection import Event, InitReceived, PeerConnection
from lnwallet_tui.peer.noise import Responder
from lnwallet_tui.wire.bolt1 import Init
from lnwallet_tui.wire.codec import Message, decode, encode
from lnwallet_tui.wire.features import OUR_INIT_FEATURES

ALICE, BOB = b"\x11" * 32, b"\x21" * 32
REGTEST = bytes.fromhex("06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f")
OUR_INIT = Init(b"", OUR_INIT_FEATURES.to_bytes(), (REGTEST,))


def alice(now_ms: int = 0) -> PeerConnection:
    """The one who dials Bob."""
    return PeerConnection.initiate(
        partial(ecdh, ALICE), public_key(ALICE), public_key(BOB), b"\x12" * 32, OUR_INIT, now_ms
    )


def bob(now_ms: int = 0) -> PeerConnection:
    """The one who is dialled."""
    return PeerConnection.accept(
        partial(ecdh, BOB), public_key(BOB), b"\x22" * 32, OUR_INIT, now_ms
    )


def events(connection: PeerConnection) -> list[Event]:
    """All that a connection has to tell."""
    return list(iter(connection.next_event, None))


def pieces(data: bytes, cuts: Iterator[int]) -> Iterator[bytes]:
    """`data` in pieces of the next lengths of `cuts`."""
    while data:
        size = next(cuts)
        yield data[:size]
        data = data[size:]


@dataclass
class Pair:
    """Alice and Bob; `settle` carries bytes until there are none."""

    alice: PeerConnection = field(default_factory=alice)
    bob: PeerConnection = field(default_factory=bob)
    now_ms: int = 0

    def settle(self, cuts: Iterable[int] = repeat(1 << 16)) -> None:
        lengths = iter(cuts)
        while self.carry(self.alice, self.bob, lengths) or self.carry(
            self.bob, self.alice, lengths
        ):
            pass

    def carry(self, one: PeerConnection, other: PeerConnection, cuts: Iterator[int]) -> bool:
        data = one.data_to_send()
        for piece in pieces(data, cuts):
            other.receive_data(piece, self.now_ms)
        return bool(data)

    @classmethod
    def ready(cls) -> Pair:
        """Both have the other's `init`, and the events so far were taken."""
        pair = cls()
        pair.settle()
        events(pair.alice)
        events(pair.bob)
        return pair


class Scripted:
    """A peer that has shaken hands with Alice and then says whatever a test wants.

    What it is to have `said` begins with `OUR_INIT`, if it is anything.
    """

    def __init__(self, *said: Message) -> None:
        noise = Responder(partial(ecdh, BOB), public_key(BOB), b"\x22" * 32)
        self.alice = alice()
        self.alice.receive_data(noise.act_one(self.alice.data_to_send()), 0)
        data = self.alice.data_to_send()
        assert noise.act_three(data[:66]) == public_key(ALICE)
        self._sending, self._receiving = noise.ciphers()
        assert self._open(data[66:]) == [OUR_INIT]
        events(self.alice)
        for msg in said:
            self.alice.receive_data(self._sending.seal(encode(msg)), 0)
        if said:
            assert self.alice.next_event() == InitReceived(OUR_INIT)

    def say(self, data: bytes) -> list[Event]:
        """What Alice makes of a message."""
        self.alice.receive_data(self._sending.seal(data), 0)
        return events(self.alice)

    def heard(self) -> list[Message]:
        """What Alice says."""
        return self._open(self.alice.data_to_send())

    def _open(self, data: bytes) -> list[Message]:
        heard = []
        while data:
            size = int.from_bytes(self._receiving.decrypt(data[:18]), "big") + 16
            heard.append(decode(self._receiving.decrypt(data[18 : 18 + size])))
            data = data[18 + size :]
        return heard
