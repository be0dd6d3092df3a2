"""Version 3 transactions, "topologically restricted until confirmation" (BIP431).

A version 3 transaction has at most one unconfirmed parent or child, which is version 3 as well;
in return it may be replaced cheaply. Not done here: that a second child evicts the first
("sibling eviction"); it is refused, which is the safe side for those who test against this.
"""

from __future__ import annotations

from lnwallet_tui.playground import policy_limits as limits
from lnwallet_tui.playground.policy_cluster import Entry, Graph
from lnwallet_tui.playground.policy_rejection import Reason, Rejection


def check_truc(graph: Graph, entry: Entry) -> None:
    """`Rejection` unless `entry`, which is in `graph` already, keeps to BIP431."""
    restricted = entry.tx.version == limits.TRUC_VERSION
    for parent in graph.parents(entry.txid):
        if (graph.entries[parent].tx.version == limits.TRUC_VERSION) != restricted:
            raise Rejection(Reason.TRUC, "version 3 and others do not spend each other")
    if not restricted:
        return
    ancestors = graph.ancestors(entry.txid)
    if entry.vsize > (limits.TRUC_CHILD_MAX_VSIZE if ancestors else limits.TRUC_MAX_VSIZE):
        raise Rejection(Reason.TRUC, f"{entry.vsize} virtual bytes")
    if len(ancestors) > 1:
        raise Rejection(Reason.TRUC, "more than one unconfirmed ancestor")
    if any(len(graph.descendants([txid])) > 2 for txid in ancestors):
        raise Rejection(Reason.TRUC, "its parent has a child already")
