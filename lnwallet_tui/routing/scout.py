"""What getting from us to others costs at least: so that a search from the payee knows where to.

A scout goes ahead from our peers, the nearest first, and counts only fees, of the amount that the
payee gets. On a real way amounts have grown by then, and fees with them; so that is never too much.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final

from lnwallet_tui.routing.graph import Graph
from lnwallet_tui.routing.query import Query

MSAT: Final = 1 << 48
BLOCK: Final = 1 << 16
HOP: Final = 1
"""What a way costs is one number, so that comparing is fast: first msat count, then blocks of lock
time, then hops. No way has so many of one that it is worth one of the next."""


class Scout:
    """`least` has the nodes that it has reached, with the cost from us to there; to all others it
    is the `horizon` or more."""

    def __init__(self, graph: Graph, query: Query) -> None:
        self._graph, self._query = graph, query
        self.least: dict[bytes, int] = {}
        self.horizon = 0
        self.looked_at = 0  # hops
        peers = {first.peer_id for first in query.first_hops} - query.avoided
        self._heap = [(0, peer) for peer in sorted(peers)]
        self._best = dict.fromkeys(peers, 0)

    def go_on(self) -> bytes | None:
        """Reach one more node, and say which; None where all that is within the limits was."""
        heap = self._heap
        while heap:
            cost, node_id = heappop(heap)
            if node_id not in self.least:
                self.least[node_id] = cost
                self.horizon = cost
                self._look_around(node_id, cost)
                return node_id
        self.horizon = (self._query.max_fee_msat + 1) * MSAT
        return None

    def _look_around(self, node_id: bytes, cost: int) -> None:
        heap, reached, best, query = self._heap, self.least, self._best, self._query
        amount_msat, avoided = query.amount_msat, query.avoided
        most = (query.max_fee_msat + 1) * MSAT
        hops = self._graph.out_of(node_id)
        self.looked_at += len(hops)
        for hop in hops:
            _, _, target, base, share, delta, minimum, maximum, is_disabled = hop
            if is_disabled or target in reached:
                continue
            carried = amount_msat if amount_msat > minimum else minimum
            # What a minimum adds is not counted: where amounts have grown it adds less.
            fee_msat = base + carried * share // 1_000_000
            there = cost + fee_msat * MSAT + delta * BLOCK + HOP
            if carried > maximum or there >= best.get(target, most) or target in avoided:
                continue
            best[target] = there
            heappush(heap, (there, target))
