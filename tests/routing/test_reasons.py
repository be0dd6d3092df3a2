"""Why there is no way: each reason by hand, and that it is true wherever there is none."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given, settings

from lnwallet_tui.routing.graph import Graph
from lnwallet_tui.routing.path import Path
from lnwallet_tui.routing.query import Query
from lnwallet_tui.routing.reasons import (
    FeeAboveLimit,
    FirstHopsTooSmall,
    LimitsTogether,
    LockAboveLimit,
    MinimumsTooHigh,
    NoConnection,
    NoFirstHop,
    NoneQuickAndShort,
    NoRoomForFees,
    PayeeAcceptsLess,
    PayeeUnknown,
    WayTooLong,
    WayTooNarrow,
    why_not,
)
from lnwallet_tui.routing.search import find
from lnwallet_tui.routing.widest import widest_msat
from tests.routing.networks import ADA, BEN, CYD, DAN, PLENTY, first, graphs, hop, queries, query

LINE = Graph.of([hop(1, ADA, BEN), hop(2, BEN, CYD, fee_base_msat=50)])


def test_nothing_can_be_sent() -> None:
    assert why_not(LINE, query(CYD, 1_000)) == NoFirstHop()
    assert why_not(LINE, query(CYD, 1_000, first(ADA, 0))) == NoFirstHop()


def test_our_channels_are_too_small_alone() -> None:
    firsts = first(ADA, 700), first(BEN, 600, 2)
    assert why_not(LINE, query(CYD, 1_000, *firsts)) == FirstHopsTooSmall(700, 1_300)


def test_nobody_forwards_to_the_payee() -> None:
    assert why_not(LINE, query(DAN, 1_000, first(ADA))) == PayeeUnknown()
    shut = LINE.including([hop(3, CYD, DAN, is_disabled=True)])
    assert why_not(shut, query(DAN, 1_000, first(ADA))) == PayeeUnknown()


def test_the_payee_accepts_less() -> None:
    narrow = LINE.including([hop(3, CYD, DAN, htlc_maximum_msat=80_000_000)])
    asked = query(DAN, 80_000_001, first(ADA))
    assert why_not(narrow, asked) == PayeeAcceptsLess(1, 80_000_000)


def test_there_is_no_connection() -> None:
    assert why_not(LINE, query(BEN, 1_000, first(CYD))) == NoConnection()


def test_the_widest_way_is_named() -> None:
    graph = Graph.of([hop(1, ADA, BEN, htlc_maximum_msat=900), hop(2, BEN, CYD)])
    assert why_not(graph, query(CYD, 1_000, first(ADA))) == WayTooNarrow(900)


def test_no_payment_is_large_enough_for_one_hop_and_small_enough_for_the_other() -> None:
    narrow = hop(1, ADA, BEN, htlc_maximum_msat=5_000_000)
    choosy = hop(2, BEN, CYD, htlc_minimum_msat=10_000_000)
    asked = query(CYD, 3_000, first(ADA))
    assert why_not(Graph.of([narrow, choosy]), asked) == MinimumsTooHigh(10_000_000, 5_000_000)
    ours = first(ADA, 5_000, minimum=4_000)
    assert find(LINE, query(CYD, 3_000, ours)) is not None  # what is ours is raised to the minimum


def test_there_is_room_for_the_amount_but_not_for_the_fee() -> None:
    graph = Graph.of([hop(1, ADA, BEN, htlc_maximum_msat=1_000), hop(2, BEN, CYD, fee_base_msat=1)])
    assert why_not(graph, query(CYD, 1_000, first(ADA))) == NoRoomForFees(0)
    assert why_not(graph, query(CYD, 1_001, first(ADA))) == WayTooNarrow(1_000)


def test_the_most_that_arrives_with_its_fees_is_named() -> None:
    wide = hop(1, ADA, BEN, htlc_maximum_msat=80_000_000)
    graph = Graph.of([wide, hop(2, BEN, CYD, fee_base_msat=2_500)])
    asked = query(CYD, 79_999_000, first(ADA))
    assert why_not(graph, asked) == NoRoomForFees(79_997_000)


def test_the_cheapest_fee_is_named() -> None:
    assert why_not(LINE, query(CYD, 1_000, first(ADA), max_fee_msat=49)) == FeeAboveLimit(50)


def test_the_shortest_lock_is_named() -> None:
    assert why_not(LINE, query(CYD, 1_000, first(ADA), max_cltv=37)) == LockAboveLimit(38)


def test_too_many_nodes() -> None:
    assert why_not(LINE, query(CYD, 1_000, first(ADA), max_hops=2)) == WayTooLong(2)


def test_limits_that_cannot_be_kept_together() -> None:
    cheap = hop(1, ADA, CYD, cltv_expiry_delta=500)
    quick = hop(2, ADA, CYD, fee_base_msat=100)
    asked = query(CYD, 1_000, first(ADA), max_fee_msat=99, max_cltv=100)
    assert why_not(Graph.of([cheap, quick]), asked) == LimitsTogether(100)


def test_lock_time_and_length_that_cannot_be_kept_together() -> None:
    short = hop(1, ADA, CYD, cltv_expiry_delta=500)
    graph = Graph.of([short, hop(2, ADA, BEN), hop(3, BEN, CYD)])
    asked = query(CYD, 1_000, first(ADA), max_cltv=100, max_hops=2)
    assert why_not(graph, asked) == NoneQuickAndShort(100)


def without_minimums(graph: Graph, asked: Query) -> Path | None:
    firsts = tuple(replace(one, minimum_msat=0) for one in asked.first_hops)
    return find(graph.without_minimums(), replace(asked, first_hops=firsts))


@settings(max_examples=150)
@given(graph=graphs(), asked=queries())
def test_a_reason_is_true(graph: Graph, asked: Query) -> None:
    assume(find(graph, asked) is None)
    match why_not(graph, asked):
        case FeeAboveLimit(fee):
            lifted = replace(asked, max_fee_msat=fee, max_cltv=PLENTY, max_hops=PLENTY)
            assert find(graph, lifted)
            assert not find(graph, replace(lifted, max_fee_msat=fee - 1))
        case LockAboveLimit(blocks):
            lifted = replace(asked, max_cltv=blocks, max_fee_msat=PLENTY, max_hops=PLENTY)
            assert find(graph, lifted)
            assert blocks > asked.max_cltv
            assert not find(graph, replace(lifted, max_cltv=blocks - 1))
        case WayTooNarrow(most) | PayeeAcceptsLess(_, most) | FirstHopsTooSmall(most, _):
            assert most < asked.amount_msat
            free = replace(asked, max_fee_msat=PLENTY, max_cltv=PLENTY, max_hops=PLENTY)
            assert not find(graph, replace(free, amount_msat=max(1, most + 1)))
        case MinimumsTooHigh(needed, most):
            free = replace(asked, max_fee_msat=PLENTY, max_cltv=PLENTY, max_hops=PLENTY)
            assert not find(graph, free)
            assert needed > most
            assert without_minimums(graph, free)
        case NoRoomForFees(most):
            free = replace(asked, max_fee_msat=PLENTY, max_cltv=PLENTY, max_hops=PLENTY)
            assert not without_minimums(graph, free)
            assert widest_msat(graph, free) >= asked.amount_msat > most
            assert not find(graph, replace(free, amount_msat=most + 1_000))
            assert not most or find(graph, replace(free, amount_msat=most))
        case NoConnection() | PayeeUnknown() | NoFirstHop():
            free = replace(asked, max_fee_msat=PLENTY, max_cltv=PLENTY, max_hops=PLENTY)
            assert not find(graph, free)
        case WayTooLong(most):
            assert most == asked.max_hops
            assert not find(graph, replace(asked, max_fee_msat=PLENTY, max_cltv=PLENTY))
        case LimitsTogether(fee):
            assert find(
                graph, replace(asked, max_fee_msat=PLENTY, max_cltv=PLENTY, max_hops=PLENTY)
            )
            path = find(graph, replace(asked, max_fee_msat=PLENTY))
            assert path is not None
            assert fee == path.amount_msat - asked.amount_msat > asked.max_fee_msat
        case NoneQuickAndShort(blocks):
            assert blocks == asked.max_cltv
            assert not find(graph, replace(asked, max_fee_msat=PLENTY))
