"""Routes for a need: over hints, around lessons, in parts; or the limit that binds, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.invoice.fields import HopHint
from lnwallet_tui.payment.lessons import NOTHING
from lnwallet_tui.payment.no_way import refused
from lnwallet_tui.payment.records import Lessons, Room, RouteHop, Way
from lnwallet_tui.payment.route import LastHop, terms
from lnwallet_tui.payment.ways import Need, find_ways, hinted_hops
from lnwallet_tui.routing.graph import FirstHop, Graph
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
    Reason,
    WayTooLong,
    WayTooNarrow,
)
from lnwallet_tui.wire.scid import ShortChannelId
from tests.payment.people import PAYEE, invoice
from tests.routing.networks import ADA, BEN, CYD, first, hop

SAT = 1_000
GRAPH = Graph.of([hop(1, ADA, BEN, fee_base_msat=10), hop(2, BEN, CYD, htlc_minimum_msat=5_000)])


def need(payee: bytes, amount_msat: int, **changes: Any) -> Need:
    fields: dict[str, Any] = {
        "max_fee": Msat(10_000),
        "final_cltv": 21,
        "max_cltv": 2_016,
        "max_hops": 20,
        "max_parts": 16,
        "hints": (),
        "lessons": Lessons(),
    }
    return Need(payee, Msat(amount_msat), **{**fields, **changes})


def ways(graph: Graph, asked: Need, *firsts: FirstHop) -> tuple[Way, ...]:
    found = find_ways(graph, firsts or (first(ADA),), asked)
    assert not isinstance(found, Refused), found
    return found


def test_a_route_says_what_the_search_found() -> None:
    [way] = ways(GRAPH, need(CYD, 4_000))
    assert way.route.channel_id == first(ADA).channel_id
    assert way.route.hops == (
        RouteHop(node_id=ADA, htlc_minimum=Msat(0)),
        RouteHop(
            node_id=BEN,
            short_channel_id=ShortChannelId.from_int(1),
            fee_base=Msat(10),
            cltv_expiry_delta=10,
        ),
        RouteHop(
            node_id=CYD,
            short_channel_id=ShortChannelId.from_int(2),
            cltv_expiry_delta=10,
            htlc_minimum=Msat(5_000),
        ),
    )


def test_the_htlc_of_a_route_is_what_the_search_counted() -> None:
    [way] = ways(GRAPH, need(CYD, 4_000, max_fee=Msat(1_010)))
    told = terms(way.route, LastHop(Msat(4_000), Msat(4_000), 121, bytes(32), None))
    assert (told.amount, told.cltv_expiry) == (Msat(5_010), 141)
    assert [payload.amt_to_forward for payload in told.payloads] == [
        Msat(5_000),
        Msat(5_000),
        Msat(4_000),
    ]


def test_less_than_our_own_channel_takes_is_raised_to_it() -> None:
    [way] = ways(GRAPH, need(BEN, 500), first(ADA, minimum=1_000))
    told = terms(way.route, LastHop(Msat(500), Msat(500), 121, bytes(32), None))
    assert told.amount == Msat(1_000)


def test_a_hint_leads_to_a_private_payee() -> None:
    private = invoice(
        route_hints=(
            (HopHint(BEN, ShortChannelId(9, 9, 9), Msat(7), 0, 30),),
            (HopHint(CYD, ShortChannelId(8, 8, 8), Msat(9), 0, 30),),
        )
    )
    [way] = ways(GRAPH, need(PAYEE, 2_000, hints=hinted_hops(private)))
    assert [one.node_id for one in way.route.hops] == [ADA, BEN, PAYEE]


def test_a_hint_of_two_hops_is_one_way() -> None:
    hops = hinted_hops(
        invoice(
            route_hints=(
                (
                    HopHint(BEN, ShortChannelId(9, 9, 9), Msat(7), 1, 30),
                    HopHint(CYD, ShortChannelId(8, 8, 8), Msat(9), 2, 31),
                ),
            )
        )
    )
    assert [(one.source, one.target, one.fee_base_msat) for one in hops] == [
        (BEN, CYD, 7),
        (CYD, PAYEE, 9),
    ]


def test_a_way_around_what_was_learnt() -> None:
    both = GRAPH.including([hop(3, ADA, CYD, fee_base_msat=2_000)])
    cheap = need(CYD, 6_000)
    assert len(ways(both, cheap)[0].route.hops) == 3
    for lessons in (
        Lessons(rooms=(Room(2, BEN, NOTHING),)),
        Lessons(avoided=(BEN,)),
        Lessons(corrected=(hop(2, BEN, CYD, fee_base_msat=3_000),)),
    ):
        assert len(ways(both, replace(cheap, lessons=lessons))[0].route.hops) == 2


def test_an_avoided_node_can_still_be_paid() -> None:
    assert ways(GRAPH, need(BEN, 1_000, lessons=Lessons(avoided=(BEN,))))


def test_parts_only_where_the_payee_takes_parts() -> None:
    firsts = first(CYD, 6_000 * SAT, 1), first(CYD, 5_000 * SAT, 2)
    asked = need(CYD, 10_000 * SAT)
    parts = ways(Graph.of([]), asked, *firsts)
    assert sum(way.amount.value for way in parts) == 10_000 * SAT
    assert len({way.route.channel_id for way in parts}) == 2
    alone = find_ways(Graph.of([]), firsts, replace(asked, max_parts=1))
    assert isinstance(alone, Refused)
    assert "at most 6,000 sat through one of them, 11,000 sat in parts over all." in alone.message
    assert alone.message.endswith(" 10,000 sat are asked for.")


@pytest.mark.parametrize(
    ("reason", "code", "words"),
    [
        (NoFirstHop(), RefusalCode.NOT_ENOUGH, "No channel of yours"),
        (
            FirstHopsTooSmall(1_999, 3_999),
            RefusalCode.NOT_ENOUGH,
            "1 sat through one of them, 3 sat in parts over all.",
        ),
        (FirstHopsTooSmall(1_999, 1_999), RefusalCode.NOT_ENOUGH, "can send at most 1 sat."),
        (PayeeUnknown(), RefusalCode.NO_ROUTE, "No way to the receiver is known."),
        (NoConnection(), RefusalCode.NO_ROUTE, "No way to the receiver is known."),
        (
            PayeeAcceptsLess(1, 80_000_000),
            RefusalCode.NO_ROUTE,
            "only channel accepts at most 80,000",
        ),
        (
            PayeeAcceptsLess(3, 80_000_000),
            RefusalCode.NO_ROUTE,
            "3 channels accepts more than 80,000",
        ),
        (
            MinimumsTooHigh(9_001, 5_999),
            RefusalCode.NO_ROUTE,
            "on the cheapest, 10 sat where there is room for 5 sat.",
        ),
        (NoRoomForFees(79_999_999), RefusalCode.NO_ROUTE, "at most 79,999 sat could arrive"),
        (WayTooNarrow(80_000_000), RefusalCode.NO_ROUTE, "more than 80,000 sat at once"),
        (FeeAboveLimit(1_001), RefusalCode.FEE_TOO_HIGH, "costs 2 sat, more than your limit"),
        (LockAboveLimit(2_100), RefusalCode.NO_ROUTE, "for 2,100 blocks or longer"),
        (WayTooLong(20), RefusalCode.NO_ROUTE, "more than 20 nodes"),
        (LimitsTogether(1_001), RefusalCode.FEE_TOO_HIGH, "of the quick ones costs 2 sat"),
        (NoneQuickAndShort(2_016), RefusalCode.NO_ROUTE, "no more than 2,016 blocks"),
    ],
)
def test_every_reason_is_a_sentence_with_a_remedy(
    reason: Reason, code: RefusalCode, words: str
) -> None:
    told = refused(reason)
    assert told.code is code
    assert words in told.message
    assert told.remedy.endswith(".")


def test_of_a_receiver_without_a_channel_that_is_said() -> None:
    assert "It has no channel that is known here and can be used" in refused(PayeeUnknown()).remedy
    assert "It has no channel" not in refused(NoConnection()).remedy
