"""The peers: who is known, who is connected, and who is dialled again.

One connection per peer: a newer one takes the place of the older. A peer that is needed (we have a
channel with it) is dialled at the start and whenever its connection ends, on the schedule of
`peer.reconnect`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from msgspec.structs import replace

from lnwallet_tui.api.events import PeerChanged
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PeerView
from lnwallet_tui.net.link import Link
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.peers import complaints
from lnwallet_tui.node.peers.crossing import keeps_older
from lnwallet_tui.node.peers.dials import Dials
from lnwallet_tui.node.peers.known_peers import KnownPeers
from lnwallet_tui.node.peers.peer_link import PeerLink, Pulse, Said, Told
from lnwallet_tui.node.peers.redials import Redials
from lnwallet_tui.node.peers.tries import Tried, Tries
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.peer.connection import Closed, Handshaken, InitReceived, PeerConnection
from lnwallet_tui.peer.events import StillThere
from lnwallet_tui.policy import MOST_GUESTS, MOST_STRANGERS
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.peers import PeerRecord
from lnwallet_tui.wire.bolt1 import Init
from lnwallet_tui.wire.features import OUR_INIT_FEATURES, Features
from lnwallet_tui.wire.message import Message

_DISK: Final = "The wallet's disk does not take anything."


class Listener(Protocol):
    """Who is told what peers do."""

    def peer_up(self, peer_id: bytes, features: Features) -> None: ...
    def peer_down(self, peer_id: bytes) -> None: ...
    def peer_said(self, peer_id: bytes, *messages: Message) -> None: ...
    def peer_is_there(self, peer_id: bytes) -> None: ...
    def is_needed(self, peer_id: bytes) -> bool: ...


class Peers:
    """All peers by their node ids."""

    def __init__(self, shell: Shell, listener: Listener) -> None:
        self._shell = shell
        self._listener = listener
        self._known = KnownPeers(shell)
        self._up: dict[bytes, tuple[PeerLink, Features]] = {}
        self._strangers: dict[PeerLink, None] = {}
        self._reached_at: dict[bytes, str] = {}
        self._redials = Redials(shell, self._ring)
        self._dials = Dials(shell, self._initiate)
        self._tries = Tries(shell)
        self._stopping = False

    # -- questions
    def record(self, peer_id: bytes) -> PeerRecord | None:
        """What is known of a peer."""
        return self._known.get(peer_id)

    def features(self, peer_id: bytes) -> Features | None:
        """What a connected peer offers; None while it is not connected."""
        up = self._up.get(peer_id)
        return None if up is None else up[1]

    def features_known(self, peer_id: bytes) -> Features:
        """What a peer offers, or offered last."""
        return self.features(peer_id) or Features.from_bytes(self._known.of(peer_id).features)

    def records(self) -> tuple[PeerRecord, ...]:
        """All that are known, in the order of their ids."""
        return tuple(self._known.of(peer_id) for peer_id in self._known.ids())

    def pulse(self, peer_id: bytes) -> Pulse | None:
        """Since when a peer is connected, and how; None while it is not."""
        up = self._up.get(peer_id)
        return None if up is None else up[0].pulse()

    def tried(self, peer_id: bytes) -> Tried | None:
        """How the last attempt to reach it, or its last connection, ended."""
        return self._tries.of(peer_id)

    def next_dial_ms(self, peer_id: bytes) -> int | None:
        """When a peer that is needed is dialled again; None where that is not to come."""
        return None if peer_id in self._up else self._redials.next_ms(peer_id)

    def view(self, peer_id: bytes) -> PeerView:
        """What the screen sees of a peer."""
        record = self._known.of(peer_id)
        features = self.features_known(peer_id)
        return PeerView(
            node_id=peer_id.hex(),
            name=record.alias,
            address=record.address,
            connected=peer_id in self._up,
            features=features.names(),
            last_error=record.last_error,
        )

    def views(self) -> tuple[PeerView, ...]:
        """All known peers, in the order of their ids."""
        return tuple(self.view(peer_id) for peer_id in self._known.ids())

    # -- beginning and ending
    def start(self) -> None:
        """Dial everybody who is needed."""
        for peer_id in self._known.ids():
            self.want(peer_id)

    def stop(self) -> None:
        """End all connections and dial nobody any more."""
        self._stopping = True
        self._redials.stop_all()
        for link in (*self._strangers, *(link for link, _ in self._up.values())):
            link.close("The wallet is being closed.")

    # -- connecting
    def accept(self, link: Link) -> None:
        """Somebody dialled us."""
        if self._stopping or len(self._strangers) >= MOST_STRANGERS:
            link.close()
            return
        shell = self._shell
        connection = PeerConnection.accept(
            shell.node_key.ecdh,
            shell.node_id,
            shell.fresh_secret(),
            self._our_init(),
            shell.ports.clock.now_ms(),
        )
        self._run(link, connection, dialled=False)

    async def reach(self, peer_id: bytes, address: str) -> str | None:
        """Be connected to it; None, or a sentence that says why not. Nothing is remembered."""
        if peer_id in self._up:
            return None
        if (failure := await self._dials.dial(peer_id, address)) is not None:
            self._failed(peer_id, failure)
            return failure
        self._reached_at[peer_id] = address
        return None

    def welcome(self, peer_id: bytes, address: str = "") -> None:
        """Name a peer, so that it may open channels to us. An address at which it was not reached
        takes the place of none."""
        known = self._known.of(peer_id)
        if self._reached_at.get(peer_id) != address:
            address = known.address or address
        self._remember(replace(known, address=address, named=True))

    def want(self, peer_id: bytes) -> None:
        """Dial a peer that is needed and not connected, when its turn comes."""
        if self._stopping or peer_id in self._up or not self._listener.is_needed(peer_id):
            return
        if address := self._address(peer_id):
            self._redials.set(peer_id, address)

    def _address(self, peer_id: bytes) -> str:
        return self._known.of(peer_id).address

    def _ring(self, peer_id: bytes) -> None:
        if not self._stopping and peer_id not in self._up:
            self._shell.tasks.start(self._dial_again(peer_id), "redial")

    async def _dial_again(self, peer_id: bytes) -> None:
        address = self._redials.address(peer_id)
        failure = await self._dials.dial(peer_id, address)
        if failure is not None:
            self._note(peer_id, f"cannot be reached: {failure}")
            self._failed(peer_id, failure)
            if address == self._address(peer_id):  # else another one is dialled by now
                self._redials.ended(peer_id, address)
            self.want(peer_id)

    def _failed(self, peer_id: bytes, why: str) -> None:
        if peer_id in self._known and peer_id not in self._up:
            self._tries.note(peer_id, why)
            self._tell(peer_id)

    def _initiate(self, link: Link, peer_id: bytes) -> PeerLink:
        shell = self._shell
        connection = PeerConnection.initiate(
            shell.node_key.ecdh,
            shell.node_id,
            peer_id,
            shell.fresh_secret(),
            self._our_init(),
            shell.ports.clock.now_ms(),
        )
        return self._run(link, connection, dialled=True)

    def _run(self, link: Link, connection: PeerConnection, *, dialled: bool) -> PeerLink:
        peer_link = PeerLink(self._shell, link, connection, self._on_event, dialled=dialled)
        self._strangers[peer_link] = None
        return peer_link

    def _our_init(self) -> Init:
        return Init(
            globalfeatures=b"",
            features=OUR_INIT_FEATURES.to_bytes(),
            networks=(self._shell.config.network.chain_hash,),
        )

    # -- talking
    def send(self, peer_id: bytes, message: Message) -> None:
        """Send, if the peer is connected; what a peer misses is repeated when it comes back."""
        up = self._up.get(peer_id)
        if up is not None:
            up[0].send(message)

    def was_heard(self, peer_id: bytes) -> bool:
        """Whether a connected peer has said something recently."""
        up = self._up.get(peer_id)
        return up is not None and up[0].was_heard()

    def ask_whether_there(self, peer_id: bytes) -> None:
        """Have the listener told that a peer is there, once it is heard; its connection ends if it
        is not."""
        up = self._up.get(peer_id)
        if up is not None:
            up[0].ask_whether_there()

    def disconnect(self, peer_id: bytes, reason: str) -> None:
        """End the connection; a peer that is needed is dialled again."""
        up = self._up.get(peer_id)
        if up is not None:
            up[0].close(reason)

    def forget(self, peer_id: bytes) -> None:
        """Nothing needs this peer: end its connection and know nothing of it. Raises
        `StoreError`."""
        self._known.forget(peer_id)
        self._tries.forget(peer_id)
        self._redials.forget(peer_id)
        self.disconnect(peer_id, "You forgot this peer.")

    def pause(self, peer_id: bytes, *, paused: bool) -> None:
        """Read nothing more of what the peer sends, or go on."""
        up = self._up.get(peer_id)
        if up is not None:
            up[0].pause(paused=paused)

    def complained(self, peer_id: bytes, text: bytes, about: tuple[Held, ...] = ()) -> None:
        """Remember what a peer said in an `error` or `warning`, and `about` which channels."""
        self._shell.log.warning("peers", f"{_name(peer_id)} complains: {Untrusted(text).log()}")
        self._remember(complaints.noted(self._known.of(peer_id), text, about))

    def calls_itself(self, peer_id: bytes, alias: bytes) -> None:
        """Remember the name that a peer gives itself."""
        self._remember(replace(self._known.of(peer_id), alias=Untrusted(alias)))

    # -- what links tell
    def _on_event(self, link: PeerLink, event: Told) -> None:
        match event:
            case Handshaken(remote_pubkey):
                link.node_id = remote_pubkey
            case InitReceived(init):
                self._came(link, init.offered())
            case Said(messages):
                if self._is_current(link):
                    said = partial(self._listener.peer_said, link.node_id, *messages)
                    self._heard(link.node_id, said)
            case StillThere():
                if self._is_current(link):
                    there = partial(self._listener.peer_is_there, link.node_id)
                    self._heard(link.node_id, there)
            case Closed(reason):
                self._went(link, reason)

    def _is_current(self, link: PeerLink) -> bool:
        up = self._up.get(link.node_id)
        return up is not None and up[0] is link

    def _came(self, link: PeerLink, features: Features) -> None:
        self._strangers.pop(link, None)
        if self._is_guest(link.node_id) and self._guests() >= MOST_GUESTS:
            link.close("Too many strangers are connected.")
            return
        older = self._up.get(link.node_id)
        if older is not None and keeps_older(older[0], link, self._shell.node_id):
            link.answer_ready(None)
            link.close("The peer is connected already.")
            return
        if older is not None:
            del self._up[link.node_id]
            self._tell_down(link.node_id)
            older[0].close("The peer connected again.")
        self._up[link.node_id] = (link, features)
        self._note(link.node_id, f"connected, {'we' if link.dialled else 'it'} dialled")
        self._tries.forget(link.node_id)
        self._redials.stop(link.node_id)
        known = self._known.of(link.node_id)
        self._remember(replace(known, features=features.to_bytes()))
        try:
            self._listener.peer_up(link.node_id, features)
        except StoreError:
            self.disconnect(link.node_id, _DISK)
            raise
        finally:
            link.answer_ready(None)

    def _tell_down(self, peer_id: bytes) -> None:
        """What cannot be kept of it is told again: a payment not sent to it has to go back."""
        if peer_id in self._up:
            return
        try:
            self._listener.peer_down(peer_id)
        except StoreError as error:
            self._shell.crashed(error)
            again = self._shell.take_later(partial(self._tell_down, peer_id))
            self._shell.tasks.start(again, "peer down, again")

    def _heard(self, peer_id: bytes, tell: Callable[[], None]) -> None:
        try:
            tell()
        except StoreError:
            # What the peer said could not be kept, so it was not heard: it repeats it when it
            # comes back.
            self.disconnect(peer_id, _DISK)
            raise

    def _went(self, link: PeerLink, reason: str) -> None:
        self._strangers.pop(link, None)
        link.answer_ready(reason)
        if not self._is_current(link):
            return
        del self._up[link.node_id]
        self._reached_at.pop(link.node_id, None)
        self._note(link.node_id, f"disconnected: {reason}")
        self._tell_down(link.node_id)
        self._tell(link.node_id)
        if self._is_guest(link.node_id):
            self._known.drop(link.node_id)
        else:
            self._known.save_complaint(link.node_id)
            self._tries.note(link.node_id, reason)
        if address := self._address(link.node_id):
            lived = self._shell.ports.clock.now_ms() - link.began_ms
            self._redials.ended(link.node_id, address, lived)
        self.want(link.node_id)

    # -- guests
    def _is_guest(self, peer_id: bytes) -> bool:
        """Whether it came by itself and we have no reason to know it."""
        return not (self._is_kept(peer_id) or self._dials.is_under_way(peer_id))

    def _is_kept(self, peer_id: bytes) -> bool:
        """Whether it is still known once it has gone. One that is only asked what an opening would
        cost is not."""
        record = self._known.of(peer_id)
        return bool(record.named or record.address) or self._listener.is_needed(peer_id)

    def _guests(self) -> int:
        return sum(self._is_guest(peer_id) for peer_id in self._up)

    # -- what is known

    def _remember(self, record: PeerRecord) -> None:
        if self._known.note(record) and self._is_kept(record.node_id):
            self._known.save(record.node_id)
        self._tell(record.node_id)

    def _note(self, peer_id: bytes, words: str) -> None:
        self._shell.log.info("peers", f"{_name(peer_id)} {words}")

    def _tell(self, peer_id: bytes) -> None:
        self._shell.feed.publish(PeerChanged(self.view(peer_id)))


def _name(peer_id: bytes) -> str:
    """As the log calls it."""
    return f"peer {peer_id.hex()[:8]}"
