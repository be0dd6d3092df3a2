"""The cheapest way within all limits: one exact search, from the payee back to us.

Amounts and expiries grow towards us, so what a hop must carry is known only from behind. A label
is one way from a node to the payee; of two labels of a node, the dearer one is of use only if it
locks less or is shorter. The first search forgets that use: what it finds is the cheapest way
there is, and mostly within the limits of lock time and length. Only if it is not, a second search
keeps every label that could still be of use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Final, NamedTuple

from lnwallet_tui.routing.graph import FirstHop, Graph, Hop, HopKey
from lnwallet_tui.routing.path import Path, most_through


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: `amount_msat` to `payee`, over one of `first_hops`.

    `final_cltv` is what the payee asks for, `max_cltv` the most that all may lock, both in blocks
    from now. `max_fee_msat` is for the whole way. `max_hops` counts the nodes after us. `room`
    has what hops are known to carry at most, in msat, where that is less than they say. No way
    passes a node in `avoided`; it may end there.
    """

    payee: bytes
    amount_msat: int
    first_hops: tuple[FirstHop, ...]
    max_fee_msat: int
    final_cltv: int
    max_cltv: int
    max_hops: int = 20
    room: Mapping[HopKey, int] = field(default_factory=dict)
    avoided: frozenset[bytes] = frozenset()


class _Label(NamedTuple):
    """One way from `node_id` to the payee; the heap has the cheapest in front."""

    amount_msat: int  # that `node_id` must receive
    cltv: int
    length: int  # nodes, `node_id` and the payee included
    number: int  # so that no label is compared further
    node_id: bytes
    hop: Hop | None = None
    behind: _Label | None = None
    first: FirstHop | None = None


_US: Final = b""
_NO_LIMIT: Final = 1 << 60

MOST_LABELS: Final = 300_000
"""After so many the second search gives up: about a second. In networks like the real one it makes
fewer than there are hops; one that was made up so that every way is of some use would hold us up
for minutes."""


def find(graph: Graph, query: Query) -> Path | None:
    """The cheapest path within all limits of `query`; None where there is none, or none was found
    among `MOST_LABELS`."""
    if all(first.can_send_msat < query.amount_msat for first in query.first_hops):
        return None
    cheapest = _search(graph, query, within_limits=False)
    if cheapest is None:
        return None
    if cheapest.cltv <= query.max_cltv and cheapest.length <= query.max_hops:
        return cheapest
    return _search(graph, query, within_limits=True)


def _search(graph: Graph, query: Query, *, within_limits: bool) -> Path | None:
    """The cheapest path; `within_limits` keeps to those of lock time and length, too."""
    firsts = _by_peer(query.first_hops)
    most_msat = query.amount_msat + query.max_fee_msat
    most_cltv = query.max_cltv if within_limits else _NO_LIMIT
    most_hops = query.max_hops if within_limits else _NO_LIMIT
    settled: dict[bytes, list[tuple[int, int]]] = {}
    numbers, number = count(1), 0
    heap = [_Label(query.amount_msat, query.final_cltv, 1, 0, query.payee)]
    while heap:
        label = heappop(heap)
        amount_msat, cltv, length, _, node_id, _, _, first = label
        if first is not None:
            return _path(label, first)
        known = settled.setdefault(node_id, [])
        if known and not (within_limits and _is_of_use(known, cltv, length)):
            continue
        known.append((cltv, length))
        for first in firsts.get(node_id, ()):
            carried = max(amount_msat, first.minimum_msat)
            if carried <= min(first.can_send_msat, most_msat) and cltv <= most_cltv:
                ours = _Label(carried, cltv, length, next(numbers), _US, None, label, first)
                heappush(heap, ours)
        if length >= most_hops:
            continue
        for hop in graph.into(node_id):
            if hop.source in query.avoided or (hop.source in settled and not within_limits):
                continue
            carried = max(amount_msat, hop.htlc_minimum_msat)  # more than asked is always taken
            needed = carried + hop.fee_msat(carried)
            locked = cltv + hop.cltv_expiry_delta
            if needed > most_msat or locked > most_cltv or carried > most_through(hop, query.room):
                continue
            number = next(numbers)
            longer = _Label(needed, locked, length + 1, number, hop.source, hop, label)
            heappush(heap, longer)
        if within_limits and number > MOST_LABELS:
            return None
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
