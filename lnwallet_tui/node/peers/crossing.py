"""Two connections of one peer at once: which of them stays."""

from __future__ import annotations

from lnwallet_tui.node.peers.peer_link import PeerLink
from lnwallet_tui.policy import CROSSING_MS


def keeps_older(older: PeerLink, newer: PeerLink, our_id: bytes) -> bool:
    """Whether the older of two connections stays. A newer one replaces it, unless both sides
    dialled at about the same time: then both keep the one that the smaller id dialled, as LND
    does. Were each to keep its newer one, both could end both, again and again."""
    crossed = older.dialled != newer.dialled and newer.began_ms - older.began_ms < CROSSING_MS
    we_are_smaller = our_id < older.node_id
    return crossed and older.dialled is we_are_smaller
