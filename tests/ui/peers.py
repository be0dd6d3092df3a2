"""Peers as a node would hand them out."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from lnwallet_tui.api.peers import FeatureView, GossipView, KnownPeerView, PeersView
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PeerView
from tests.ui import views

FEATURES: Final = (
    FeatureView(bit=0, name="option_data_loss_protect"),
    FeatureView(bit=12, name="option_static_remotekey"),
    FeatureView(bit=23, name="option_anchors"),
    FeatureView(bit=39, name="option_onion_messages"),
    FeatureView(bit=63, name="option_splice"),
    FeatureView(bit=181, name=""),
)
CARL: Final = "02" + "99" * 32


def peer(  # one keyword for each thing that a test varies
    node_id: str = views.PEER,
    *,
    name: str | bytes = "Alice",
    address: str = "alice.play:9735",
    connected: bool = True,
    channels: int = 0,
    on_chain: int = 0,
    latency_ms: int = -1,
    last_error: str | bytes = "",
    tried: str = "",
    tried_at: int = 0,
    next_dial: int = 0,
    features: tuple[FeatureView, ...] = FEATURES,
    features_left_off: int = 0,
) -> KnownPeerView:
    """A peer, by default one that is connected and with whom there is no channel."""
    return KnownPeerView(
        peer=PeerView(
            node_id=node_id,
            name=Untrusted(name),
            address=address,
            connected=connected,
            features=tuple(one.name for one in features if one.name),
            last_error=Untrusted(last_error),
        ),
        channels=channels,
        on_chain=on_chain,
        connected_since=views.NOW - 7_200 if connected else 0,
        last_heard=views.NOW - 12 if connected else 0,
        latency_ms=latency_ms,
        features=features,
        features_left_off=features_left_off,
        tried=tried,
        tried_at=tried_at,
        next_dial=next_dial,
    )


GOSSIP: Final = GossipView(channels=48_211, nodes=11_930, newest=views.NOW - 240)
PEERS: Final = PeersView(
    peers=(
        peer(channels=2, latency_ms=42),
        peer("02" + "77" * 32, name="", address="", features=FEATURES[:3]),
        peer(
            views.SHOP,
            name="Bea’s shop",
            address="shop.play:9735",
            connected=False,
            channels=1,
            last_error="I am being restarted",
            tried="Nobody answers at shop.play:9735.",
            tried_at=views.NOW - 60,
            next_dial=views.NOW + 180,
        ),
        peer(
            CARL, name="", address="carl.play:9735", connected=False,
            tried="The peer closed the connection.", tried_at=views.NOW - 90_000,
        ),
        peer("02" + "55" * 32, name="", address="", connected=False, features=()),
    ),
    gossip=GOSSIP,
)  # fmt: skip


def changed(view: PeersView, node_id: str, *, connected: bool) -> PeersView:
    """The same with one peer that came or went."""
    return replace(
        view,
        peers=tuple(
            replace(one, peer=replace(one.peer, connected=connected))
            if one.peer.node_id == node_id
            else one
            for one in view.peers
        ),
    )
