"""Peers as one looks after them: who is there since when, what was tried, what is known of the
network."""

from __future__ import annotations

from lnwallet_tui.api.views import PeerView, View


class FeatureView(View, frozen=True, kw_only=True):
    """A feature that a peer announces. An even bit: it insists on it. `name` is BOLT 9's, empty
    where that knows none."""

    bit: int
    name: str


class KnownPeerView(View, frozen=True, kw_only=True):
    """A peer with all that the node knows of it. Times are Unix seconds, 0 where there is none.

    `channels` are those that are not closed for good, and openings; `on_chain` are those of them
    that the chain settles, because their funding output is spent. `tried` says in a sentence how
    the last attempt to reach it, or its last connection, ended; at `next_dial` it is dialled again
    by itself. `latency_ms` is how long its last answer to a `ping` took, -1 where it was not asked.
    """

    peer: PeerView
    channels: int
    on_chain: int
    connected_since: int
    last_heard: int
    latency_ms: int
    features: tuple[FeatureView, ...]
    features_left_off: int  # of those that BOLT 9 does not know
    tried: str
    tried_at: int
    next_dial: int


class GossipView(View, frozen=True, kw_only=True):
    """What is known of the network through gossip; `newest` is when the last of it was written."""

    channels: int
    nodes: int
    newest: int


class PeersView(View, frozen=True, kw_only=True):
    """All peers, those that are connected first, and what they told. `chain_first`: after a start
    nobody is dialled before the newest block is read."""

    peers: tuple[KnownPeerView, ...]
    gossip: GossipView
    chain_first: bool = False
