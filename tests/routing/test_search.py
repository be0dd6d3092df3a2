"""The cheapest way: against every way there is, and by hand at each limit."""

from __future__ import annotations

from itertools import count, product

import pytest
from hypothesis import given, settings

from lnwallet_tui.bitcoin.amount import AmountError
from lnwallet_tui.routing import search
from lnwallet_tui.routing.graph import Graph
from lnwallet_tui.routing.path import carried_msat
from lnwallet_tui.routing.query import Query
from lnwallet_tui.routing.search import find
from tests.routing.networks import (
    ADA,
    BEN,
    CYD,
    DAN,
    Counting,
    all_paths,
    first,
    graphs,
    hop,
    queries,
    query,
)


@settings(max_examples=200)
@given(graph=graphs(), asked=queries())
def test_no_way_within_the_limits_is_cheaper(graph: Graph, asked: Query) -> None:
    found = find(graph, asked)
    cheapest = min((path.amount_msat for path in all_paths(graph, asked)), default=None)
    assert (found.amount_msat if found else None) == cheapest
    if found is not None:
        assert found in list(all_paths(graph, asked))


def test_a_peer_is_paid_over_our_own_channel_for_nothing() -> None:
    path = find(Graph.of([]), query(ADA, 1_000, first(ADA)))
    assert path is not None
    assert (path.hops, path.amount_msat, path.cltv) == ((), 1_000, 18)


def test_amounts_and_expiries_grow_towards_us() -> None:
    graph = Graph.of(
        [
            hop(1, ADA, BEN, fee_base_msat=1_000, fee_proportional_millionths=100),
            hop(2, BEN, CYD, fee_base_msat=10, fee_proportional_millionths=10_000),
        ]
    )
    path = find(graph, query(CYD, 1_000_000, first(ADA)))
    assert path is not None
    assert carried_msat(path, 1_000_000) == (1_011_111, 1_010_010, 1_000_000)
    assert (path.amount_msat, path.cltv, path.length) == (1_011_111, 38, 3)


def test_the_peer_takes_no_fee_for_our_own_channel() -> None:
    graph = Graph.of([hop(1, ADA, BEN, fee_base_msat=7)])
    path = find(graph, query(BEN, 100, first(ADA)))
    assert path is not None
    assert path.amount_msat == 107


@pytest.mark.parametrize("limit", [1_000, 999])
def test_a_hop_carries_its_maximum_and_not_one_more(limit: int) -> None:
    graph = Graph.of([hop(1, ADA, BEN, htlc_maximum_msat=limit)])
    assert (find(graph, query(BEN, 1_000, first(ADA))) is not None) is (limit == 1_000)


def test_less_than_the_minimum_is_raised_and_counts_as_a_fee() -> None:
    graph = Graph.of([hop(1, ADA, BEN, htlc_minimum_msat=1_500)])
    path = find(graph, query(BEN, 1_000, first(ADA), max_fee_msat=500))
    assert path is not None
    assert carried_msat(path, 1_000) == (1_500, 1_500)
    assert find(graph, query(BEN, 1_000, first(ADA), max_fee_msat=499)) is None


def test_a_disabled_hop_carries_nothing() -> None:
    graph = Graph.of([hop(1, ADA, BEN, is_disabled=True, htlc_minimum_msat=0)])
    assert find(graph, query(BEN, 1, first(ADA))) is None


def test_what_is_known_of_a_hop_counts_in_its_own_direction_only() -> None:
    graph = Graph.of([hop(1, ADA, BEN), hop(1, BEN, ADA)])
    room = {(1, ADA): 999}
    assert find(graph, query(BEN, 1_000, first(ADA), room=room)) is None
    assert find(graph, query(ADA, 1_000, first(BEN), room=room)) is not None


def test_the_dearer_way_is_taken_where_the_cheaper_one_locks_too_long() -> None:
    cheap = hop(1, ADA, CYD, cltv_expiry_delta=500)
    dear = [hop(2, ADA, BEN, fee_base_msat=5), hop(3, BEN, CYD, fee_base_msat=5)]
    graph = Graph.of([cheap, *dear])
    loose = find(graph, query(CYD, 1_000, first(ADA)))
    tight = find(graph, query(CYD, 1_000, first(ADA), max_cltv=100))
    assert loose is not None
    assert tight is not None
    assert (loose.amount_msat, tight.amount_msat) == (1_000, 1_010)


def test_the_smallest_channel_that_does_it_is_used_first() -> None:
    firsts = (first(ADA, 5_000, 1), first(ADA, 2_000, 2), first(ADA, 999, 3))
    path = find(Graph.of([]), query(ADA, 1_000, *firsts))
    assert path is not None
    assert path.first is firsts[1]


def test_hints_lead_to_who_is_not_in_the_graph() -> None:
    graph = Graph.of([hop(1, ADA, BEN)])
    hinted = graph.including([hop(9, BEN, DAN, fee_base_msat=3)])
    path = find(hinted, query(DAN, 1_000, first(ADA)))
    assert path is not None
    assert [one.short_channel_id for one in path.hops] == [1, 9]
    assert find(graph, query(DAN, 1_000, first(ADA))) is None


def test_a_hint_replaces_what_the_graph_says_of_the_same_hop() -> None:
    graph = Graph.of([hop(1, ADA, BEN, fee_base_msat=900), hop(1, BEN, ADA)])
    hinted = graph.including([hop(1, ADA, BEN, fee_base_msat=1)])
    assert [one.fee_base_msat for one in hinted.into(BEN)] == [1]
    assert [one.fee_base_msat for one in hinted.out_of(ADA)] == [1]


def test_a_hint_that_names_another_end_of_a_channel_replaces_it_at_both() -> None:
    graph = Graph.of([hop(1, ADA, BEN), hop(2, ADA, BEN)])
    hinted = graph.including([hop(1, ADA, CYD)])
    assert [one.key for one in hinted.into(BEN)] == [(2, ADA)]
    assert [one.key for one in hinted.into(CYD)] == [(1, ADA)]
    assert {one.target for one in hinted.out_of(ADA)} == {BEN, CYD}


def test_amounts_that_cannot_exist_are_refused_when_a_graph_is_made() -> None:
    with pytest.raises(AmountError):
        Graph.of([hop(1, ADA, BEN, htlc_maximum_msat=21_000_000 * 10**11 + 1)])
    with pytest.raises(AmountError):
        Graph.of([]).including([hop(1, ADA, BEN, fee_base_msat=-1)])


def made_up(width: int, layers: int) -> Counting:
    """Every node has a dear channel that locks nothing and a free one that locks as much, to all of
    the next layer: no label is of no use. Ben, in front of all, locks too much in any case."""

    def node(layer: int, number: int) -> bytes:
        return bytes([3]) + (layer * width + number + 1).to_bytes(32, "big")

    numbers = count(1)
    hops = [hop(next(numbers), node(0, one), ADA, cltv_expiry_delta=0) for one in range(width)]
    for layer, one, other in product(range(layers), range(width), range(width)):
        most = next(numbers) * 7919 % 131
        ends = node(layer + 1, one), node(layer, other)
        hops.append(hop(next(numbers), *ends, fee_base_msat=most, cltv_expiry_delta=0))
        hops.append(hop(next(numbers), *ends, cltv_expiry_delta=most))
    last = [hop(next(numbers), BEN, node(layers, one), cltv_expiry_delta=2_010) for one in range(8)]
    return Counting.of((*hops, *last))


def test_a_network_that_was_made_up_to_hold_us_up_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = query(ADA, 1_000, first(BEN))
    patient, limited = made_up(8, 15), made_up(8, 15)
    assert find(patient, asked) is None
    monkeypatch.setattr(search, "MOST_LABELS", 2_000)
    assert find(limited, asked) is None
    assert limited.looks < 1_000 < 5_000 < patient.looks


def test_nobody_looks_for_a_way_for_what_no_channel_of_ours_can_send() -> None:
    graph = Counting.of([hop(1, BEN, ADA)])
    assert find(graph, query(ADA, 1_001, first(BEN, 1_000), first(BEN, 500))) is None
    assert not graph.looks
