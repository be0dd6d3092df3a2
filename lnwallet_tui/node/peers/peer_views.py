"""Peers as the screen sees them, and what the user does with them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.peers import FeatureView, GossipView, KnownPeerView, PeersView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PeerView
from lnwallet_tui.channel.state import Channel, Forgotten, Phase
from lnwallet_tui.node import refusing, typed
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.wire.features import NAMES, Features

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

MOST_UNKNOWN: Final = 12
"""Features without a name that are handed out of each peer; it could announce half a million."""

_NAMED: Final = Features(bit for pair in NAMES for bit in (pair, pair + 1))
_IN_USE: Final = Refused(
    RefusalCode.CHANNEL_BUSY,
    "You have a channel with this peer, and the connection is what keeps it working.",
    "Close the channel first, on Channels.",
)
_NOT_FINAL: Final = Refused(
    RefusalCode.CHANNEL_BUSY,
    "Your channel with this peer is closed, but that is not final yet; until then the wallet "
    "keeps the peer in mind.",
    "Guard says at which block it is final.",
)
_NO_PEER: Final = Refused(RefusalCode.UNKNOWN, "There is no such peer.", "See the list of peers.")


def peers(board: Switchboard) -> PeersView:
    """Everybody, and what they told."""
    found = [_peer(board, record.node_id) for record in board.peers.records()]
    return PeersView(
        peers=tuple(sorted(found, key=lambda one: not one.peer.connected)),
        gossip=_gossip(board),
        chain_first=not board.catching_up.is_over,
    )


def _gossip(board: Switchboard) -> GossipView:
    channels, nodes, newest = board.network.extent()
    return GossipView(channels=channels, nodes=nodes, newest=min(newest, board.shell.now()))


def _peer(board: Switchboard, peer_id: bytes) -> KnownPeerView:
    peers, now_ms = board.peers, board.shell.ports.clock.now_ms()
    pulse, dial = peers.pulse(peer_id), peers.next_dial_ms(peer_id)
    tried = None if pulse is not None else peers.tried(peer_id)
    features, left_off = _features(peers.features_known(peer_id))
    return KnownPeerView(
        peer=peers.view(peer_id),
        channels=channels_with(board, peer_id),
        on_chain=on_chain_with(board, peer_id),
        connected_since=0 if pulse is None else pulse.began_ms // 1000,
        last_heard=0 if pulse is None else pulse.heard_ms // 1000,
        latency_ms=-1 if pulse is None or pulse.latency_ms is None else pulse.latency_ms,
        features=features,
        features_left_off=left_off,
        tried="" if tried is None else tried.text,
        tried_at=0 if tried is None else tried.at,
        next_dial=0 if dial is None else max(dial, now_ms) // 1000,
    )


def _features(features: Features) -> tuple[tuple[FeatureView, ...], int]:
    named, unknown = features & _NAMED, features.without(_NAMED)
    shown = tuple(islice(unknown, MOST_UNKNOWN))
    views = tuple(FeatureView(bit=bit, name=NAMES.get(bit & ~1, "")) for bit in (*named, *shown))
    return views, unknown.mask.bit_count() - len(shown)


def channels_with(board: Switchboard, peer_id: bytes) -> int:
    """The channels with a peer that are not closed for good, and the openings under way."""
    return sum(not _is_over(held.state) for held in board.channels.of_peer(peer_id) if held.begun)


def on_chain_with(board: Switchboard, peer_id: bytes) -> int:
    """How many of them are closed on the chain: the peer has no part in what is still to come."""
    return sum(
        isinstance(held.state, Channel)
        and held.state.phase is not Phase.DONE
        and board.guard.resolution(held) is not None
        for held in board.channels.of_peer(peer_id)
        if held.begun
    )


def _is_over(state: object) -> bool:
    return isinstance(state, Forgotten) or (
        isinstance(state, Channel) and state.phase is Phase.DONE
    )


# -- what the user does
def disconnect(board: Switchboard, node_id: str) -> PeerView | Refused:
    """End the connection to a peer that nothing is kept with."""
    peer_id = _let_go(board, node_id)
    if isinstance(peer_id, Refused):
        return peer_id
    board.peers.disconnect(peer_id, "You ended the connection.")
    return board.peers.view(peer_id)


def forget(board: Switchboard, node_id: str) -> PeerView | Refused:
    """Forget a peer that nothing is kept with; what was known of it."""
    peer_id = _let_go(board, node_id)
    if isinstance(peer_id, Refused):
        return peer_id
    view = board.peers.view(peer_id)
    try:
        board.peers.forget(peer_id)
    except StoreError as error:
        return refusing.of_disk(error)
    return view


def _let_go(board: Switchboard, node_id: str) -> bytes | Refused:
    """The peer of that id, if nothing needs it."""
    peer_id = typed.name(node_id)
    if peer_id is None or board.peers.record(peer_id) is None:
        return _NO_PEER
    if kept := channels_with(board, peer_id):
        return _NOT_FINAL if kept == on_chain_with(board, peer_id) else _IN_USE
    return peer_id
