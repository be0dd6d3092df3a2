"""How much fits through the network at most, whatever it costs."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final

from lnwallet_tui.bitcoin.amount import MAX_SAT
from lnwallet_tui.routing.graph import Graph
from lnwallet_tui.routing.path import most_through
from lnwallet_tui.routing.query import Query

_ANY_AMOUNT_MSAT: Final = MAX_SAT * 1_000


def widest_msat(graph: Graph, query: Query) -> int:
    """The most that any single way to `query.payee` carries, in msat; 0 where there is no way.

    Fees are left out, so it is what passes the narrowest hop, not what comes out behind it.
    """
    ours: dict[bytes, int] = {}
    for first in query.first_hops:
        ours[first.peer_id] = max(first.can_send_msat, ours.get(first.peer_id, 0))
    best = 0
    settled: set[bytes] = set()
    heap = [(-_ANY_AMOUNT_MSAT, query.payee)]
    while heap:
        width, node_id = heappop(heap)
        if node_id in settled or -width <= best:
            continue
        settled.add(node_id)
        best = max(best, min(-width, ours.get(node_id, 0)))
        for hop in graph.into(node_id):
            through = min(-width, most_through(hop, query.room))
            is_closed = hop.source in settled or hop.source in query.avoided
            if through > best and not is_closed:
                heappush(heap, (-through, hop.source))
    return best
