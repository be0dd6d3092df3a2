"""The cheapest way within all limits: one exact search, from the payee back to us.

Amounts and expiries grow towards us, so what a hop must carry is known only from behind. A label
is one way from a node to the payee; of two labels of a node, the dearer one is of use only if it
locks less or is shorter. The first search forgets that use: what it finds is the cheapest way
there is, and mostly within the limits of lock time and length. Only if it is not, a second search
keeps every label that could still be of use.

Neither looks everywhere. A scout comes from our side until it meets the first search half way, and
from then on both take first what looks cheapest all the way to us, counting for the rest what the
scout says that it costs at least: all that must be dearer than the answer is never looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final, NamedTuple

from lnwallet_tui.routing.graph import FirstHop, Graph, Hop
from lnwallet_tui.routing.path import Path, most_through
from lnwallet_tui.routing.query import Query
from lnwallet_tui.routing.scout import BLOCK, HOP, MSAT, Scout

MOST_LABELS: Final = 300_000
"""After so many the second search gives up: about a second. In networks like the real one it makes
fewer than there are hops; one that was made up so that every way is of some use would hold us up
for minutes."""


def find(graph: Graph, query: Query) -> Path | None:
    """The cheapest path within all limits of `query`; None where there is none, or none was found
    among `MOST_LABELS`."""
    if all(first.can_send_msat < query.amount_msat for first in query.first_hops):
        return None
    scout = Scout(graph, query)
    cheapest = _cheapest(graph, query, scout)
    if cheapest is None:
        return None
    if cheapest.cltv <= query.max_cltv and cheapest.length <= query.max_hops:
        return cheapest
    return _within_limits(graph, query, scout)


# ── the cheapest, whatever it locks ──────────────────────────────────────────────────────────────
def _cheapest(graph: Graph, query: Query, scout: Scout) -> Path | None:
    search = _Search(graph, query)
    if _meet(search, scout):
        search.aim(scout)
        while search.go_on() is not None:
            pass
    return search.path()


def _meet(search: _Search, scout: Scout) -> bool:
    """Let whoever has looked at less go on until one comes where the other was, or the scout knows
    all; False where the search is over before."""
    while True:
        if scout.looked_at < search.looked_at:
            node_id = scout.go_on()
            if node_id is None or node_id in search.reached:
                return True
        else:
            node_id = search.go_on()
            if node_id is None or node_id in scout.least:
                return node_id is not None


class _Search:
    """Grows from the payee; a node is reached by what is cheapest from there on."""

    def __init__(self, graph: Graph, query: Query) -> None:
        self._graph, self._query = graph, query
        self._firsts = _by_peer(query.first_hops)
        self._most_msat = query.amount_msat + query.max_fee_msat
        self.reached = set(query.avoided - {query.payee})
        self.looked_at = 0  # hops
        start = query.amount_msat * MSAT + query.final_cltv * BLOCK
        self._best = {query.payee: start}
        self._onward: dict[bytes, Hop] = {}
        self._heap = [(start, start, query.amount_msat, query.payee)]  # of the whole, till here
        self._rest: Mapping[bytes, int] = {}
        self._least_rest = 0
        self._found: tuple[int, FirstHop] | None = None

    def aim(self, scout: Scout) -> None:
        """From now on count for the rest of the way what the scout knows of it."""
        self._rest, self._least_rest = scout.least, scout.horizon
        self._heap = [
            (cost + self._rest.get(node_id, self._least_rest), cost, amount_msat, node_id)
            for _, cost, amount_msat, node_id in self._heap
        ]
        heapify(self._heap)

    def go_on(self) -> bytes | None:
        """Reach one more node, and say which; None where nothing better is left."""
        while self._heap:
            estimate, cost, amount_msat, node_id = heappop(self._heap)
            if self._found is not None and estimate >= self._found[0]:
                return None
            if node_id not in self.reached:
                self.reached.add(node_id)
                self._look_for_us(node_id, amount_msat, cost)
                self._look_around(node_id, amount_msat, cost)
                return node_id
        return None

    def _look_for_us(self, node_id: bytes, amount_msat: int, cost: int) -> None:
        for first in self._firsts.get(node_id, ()):
            carried = max(amount_msat, first.minimum_msat)
            raised = cost + (carried - amount_msat) * MSAT
            fits = carried <= min(first.can_send_msat, self._most_msat)
            if fits and (self._found is None or raised < self._found[0]):
                self._found = raised, first

    def _look_around(self, node_id: bytes, amount_msat: int, cost: int) -> None:
        # The hot loop: thousands of hops for each search through a network like mainnet.
        heap, reached, best, room = self._heap, self.reached, self._best, self._query.room
        rest, least_rest, onward = self._rest, self._least_rest, self._onward
        most = (self._most_msat + 1) * MSAT
        cltv_and_length = cost % MSAT + HOP
        hops = self._graph.into(node_id)
        self.looked_at += len(hops)
        for hop in hops:
            number, source, _, base, share, delta, minimum, maximum, is_disabled = hop
            if is_disabled or source in reached:
                continue
            carried = amount_msat if amount_msat > minimum else minimum  # more is always taken
            if carried > maximum or (room and carried > room.get((number, source), maximum)):
                continue
            needed = carried + base + carried * share // 1_000_000
            there = needed * MSAT + delta * BLOCK + cltv_and_length
            if there >= best.get(source, most):
                continue
            estimate = there + rest.get(source, least_rest)
            if estimate < most:
                best[source], onward[source] = there, hop
                heappush(heap, (estimate, there, needed, source))

    def path(self) -> Path | None:
        """The cheapest, once there is nothing to go on with."""
        if self._found is None:
            return None
        cost, first = self._found
        hops: list[Hop] = []
        at = first.peer_id
        while at != self._query.payee:
            hops.append(self._onward[at])
            at = hops[-1].target
        return Path(first, tuple(hops), cost // MSAT, cost % MSAT // BLOCK)


# ── the cheapest that keeps to lock time and length ──────────────────────────────────────────────
class _Label(NamedTuple):
    """One way from `node_id` to the payee; the heap has what looks cheapest in front."""

    estimate_msat: int  # of all of it
    cltv: int
    length: int  # nodes, `node_id` and the payee included
    number: int  # so that no label is compared further
    amount_msat: int  # that `node_id` must receive
    node_id: bytes
    hop: Hop | None = None
    behind: _Label | None = None
    first: FirstHop | None = None


_US: Final = b""


def _within_limits(graph: Graph, query: Query, scout: Scout) -> Path | None:
    firsts = _by_peer(query.first_hops)
    most_msat = query.amount_msat + query.max_fee_msat
    settled: dict[bytes, list[tuple[int, int]]] = {}
    numbers, number = count(1), 0
    heap = [
        _Label(query.amount_msat, query.final_cltv, 1, 0, query.amount_msat, query.payee),
    ]
    while heap and number <= MOST_LABELS:
        label = heappop(heap)
        _, cltv, length, _, amount_msat, node_id, _, _, ours = label
        if ours is not None:
            return _path(label, ours)
        known = settled.setdefault(node_id, [])
        if not _is_of_use(known, cltv, length):
            continue
        known.append((cltv, length))
        for first in firsts.get(node_id, ()):
            carried = max(amount_msat, first.minimum_msat)
            if carried <= min(first.can_send_msat, most_msat) and cltv <= query.max_cltv:
                number = next(numbers)
                end = _Label(carried, cltv, length, number, carried, _US, None, label, first)
                heappush(heap, end)
        if length >= query.max_hops:
            continue
        for hop in graph.into(node_id):
            if hop.source in query.avoided:
                continue
            carried = max(amount_msat, hop.htlc_minimum_msat)
            needed = carried + hop.fee_msat(carried)
            locked = cltv + hop.cltv_expiry_delta
            estimate = needed + scout.least.get(hop.source, scout.horizon) // MSAT
            fits = estimate <= most_msat and locked <= query.max_cltv
            if not fits or carried > most_through(hop, query.room):
                continue
            number = next(numbers)
            heappush(
                heap, _Label(estimate, locked, length + 1, number, needed, hop.source, hop, label)
            )
    return None


def _by_peer(first_hops: tuple[FirstHop, ...]) -> dict[bytes, list[FirstHop]]:
    """The first hops to each peer, that with the least to send first: large ones stay free."""
    found: dict[bytes, list[FirstHop]] = {}
    for first in sorted(first_hops, key=lambda one: (one.can_send_msat, one.channel_id)):
        found.setdefault(first.peer_id, []).append(first)
    return found


def _is_of_use(known: list[tuple[int, int]], cltv: int, length: int) -> bool:
    """Whether a label locks less or is shorter than each of the cheaper ones of its node."""
    return not any(other <= cltv and shorter <= length for other, shorter in known)


def _path(label: _Label, first: FirstHop) -> Path:
    hops: list[Hop] = []
    at: _Label | None = label
    while at is not None:
        if at.hop is not None:
            hops.append(at.hop)
        at = at.behind
    return Path(first, tuple(hops), label.amount_msat, label.cltv)
