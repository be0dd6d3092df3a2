"""Small networks that are written by hand or drawn by hypothesis, and an oracle for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import strategies as st

from lnwallet_tui.routing.graph import FirstHop, Graph, Hop
from lnwallet_tui.routing.path import Path, carried_msat, most_through
from lnwallet_tui.routing.query import Query

NODES = tuple(bytes([2]) + bytes([number]) * 32 for number in range(1, 7))
ADA, BEN, CYD, DAN, EVE, FAY = NODES
PLENTY = 10**12


def hop(number: int, source: bytes, target: bytes, **changes: Any) -> Hop:
    """A hop that asks for nothing and carries everything, with these changes."""
    fields: dict[str, Any] = {
        "fee_base_msat": 0,
        "fee_proportional_millionths": 0,
        "cltv_expiry_delta": 10,
        "htlc_minimum_msat": 0,
        "htlc_maximum_msat": PLENTY,
    }
    return Hop(number, source, target, **{**fields, **changes})


def first(peer: bytes, can_send_msat: int = PLENTY, number: int = 1, minimum: int = 0) -> FirstHop:
    """A channel of ours with `peer`."""
    return FirstHop(bytes([number]) * 32, peer, minimum, can_send_msat)


def query(payee: bytes, amount_msat: int, *firsts: FirstHop, **changes: Any) -> Query:
    """A question without narrow limits, with these changes."""
    fields: dict[str, Any] = {"max_fee_msat": PLENTY, "final_cltv": 18, "max_cltv": 2_016}
    return Query(payee, amount_msat, firsts, **{**fields, **changes})


class Counting(Graph):
    """Counts how often a search looks at a node."""

    looks = 0

    def into(self, node_id: bytes) -> tuple[Hop, ...]:
        self.looks += 1
        return super().into(node_id)

    def out_of(self, node_id: bytes) -> tuple[Hop, ...]:
        self.looks += 1
        return super().out_of(node_id)


def all_paths(graph: Graph, asked: Query) -> Iterator[Path]:
    """Every way within the limits, found by walking all of them: the oracle."""
    for ours in asked.first_hops:
        for hops in _walks(graph, asked.payee, ours.peer_id, (asked.payee,)):
            path = _priced(ours, hops, asked)
            if path is not None:
                yield path


def _walks(
    graph: Graph, node: bytes, start: bytes, seen: tuple[bytes, ...]
) -> Iterator[tuple[Hop, ...]]:
    if node == start:
        yield ()
    for one in graph.into(node):
        if one.source not in seen:
            for before in _walks(graph, one.source, start, (*seen, one.source)):
                yield (*before, one)


def _priced(ours: FirstHop, hops: tuple[Hop, ...], asked: Query) -> Path | None:
    cltv = asked.final_cltv + sum(one.cltv_expiry_delta for one in hops)
    path = Path(ours, hops, 0, cltv)
    carried = carried_msat(path, asked.amount_msat)
    rooms = [most_through(one, asked.room) for one in hops]
    keeps = all(amount <= room for amount, room in zip(carried[1:], rooms, strict=True))
    limits = (
        carried[0] <= ours.can_send_msat
        and carried[0] <= asked.amount_msat + asked.max_fee_msat
        and cltv <= asked.max_cltv
        and path.length <= asked.max_hops
    )
    return Path(ours, hops, carried[0], cltv) if keeps and limits else None


def cheapest_msat(graph: Graph, asked: Query, nodes: Iterable[bytes]) -> int | None:
    """What the cheapest way costs us, whatever it locks: every hop is tried until nothing gets
    cheaper any more. An oracle for networks that are too large to walk."""
    most_msat, nodes = asked.amount_msat + asked.max_fee_msat, tuple(nodes)
    needed, before = {asked.payee: asked.amount_msat}, dict[bytes, int]()
    while needed != before:
        before = dict(needed)
        for node in nodes:
            for one in graph.into(node) if node in needed else ():
                carried = max(needed[node], one.htlc_minimum_msat)
                asks = carried + one.fee_msat(carried)
                fits = carried <= most_through(one, asked.room) and asks <= most_msat
                if fits and one.source not in asked.avoided:
                    needed[one.source] = min(asks, needed.get(one.source, asks))
    sent = [
        max(needed[ours.peer_id], ours.minimum_msat)
        for ours in asked.first_hops
        if ours.peer_id in needed
        and max(needed[ours.peer_id], ours.minimum_msat) <= min(ours.can_send_msat, most_msat)
    ]
    return min(sent, default=None)


_SMALL = st.integers(0, 40)
_DRAWN_HOPS = st.builds(
    Hop,
    st.integers(1, 12),
    st.sampled_from(NODES),
    st.sampled_from(NODES),
    _SMALL,
    st.integers(0, 400_000),
    _SMALL,
    _SMALL,
    st.integers(20, 200),
    st.sampled_from([False, False, False, True]),
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A network of up to six nodes whose hops charge a lot and carry little."""
    drawn = draw(st.lists(_DRAWN_HOPS, min_size=4, max_size=18))
    return Graph.of(one for one in drawn if one.source != one.target)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """A question with limits that bind now and then."""
    firsts = st.builds(
        FirstHop,
        st.binary(min_size=2, max_size=2),
        st.sampled_from(NODES),
        st.integers(0, 30),
        st.integers(0, 250),
    )
    keys = st.tuples(st.integers(1, 12), st.sampled_from(NODES))
    return Query(
        payee=draw(st.sampled_from(NODES)),
        amount_msat=draw(st.integers(1, 100)),
        first_hops=tuple(draw(st.lists(firsts, min_size=1, max_size=3))),
        max_fee_msat=draw(st.integers(0, 300)),
        final_cltv=10,
        max_cltv=draw(st.integers(10, 140)),
        max_hops=draw(st.integers(1, 6)),
        room=draw(st.dictionaries(keys, st.integers(0, 120), max_size=4)),
    )
