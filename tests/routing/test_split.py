"""Several ways at once: together the amount, and no hop carries more than it can."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings

from lnwallet_tui.routing.graph import FirstHop, Graph
from lnwallet_tui.routing.path import carried_msat, most_through
from lnwallet_tui.routing.query import Query
from lnwallet_tui.routing.search import find
from lnwallet_tui.routing.split import Part, TooLittleRoom, split
from tests.routing.networks import ADA, BEN, CYD, DAN, NODES, first, graphs, hop, queries, query

SAT = 1_000


def amounts(parts: tuple[Part, ...] | TooLittleRoom) -> list[int]:
    assert not isinstance(parts, TooLittleRoom), parts
    return sorted(part.amount_msat // SAT for part in parts)


def diamond(*widths: int) -> Graph:
    """From Ada to Dan over Ben, Cyd and directly, each as wide as given, in sat."""
    ways = [
        (hop(1, ADA, BEN), hop(2, BEN, DAN, htlc_maximum_msat=widths[0] * SAT)),
        (hop(3, ADA, CYD), hop(4, CYD, DAN, htlc_maximum_msat=widths[1] * SAT, fee_base_msat=9)),
    ]
    return Graph.of(one for way in ways for one in way)


def test_one_way_is_enough_where_it_carries_everything() -> None:
    parts = split(diamond(9_000, 9_000), query(DAN, 8_000 * SAT, first(ADA)), 16)
    assert amounts(parts) == [8_000]


def test_two_ways_where_none_carries_everything() -> None:
    asked = query(DAN, 12_000 * SAT, first(ADA))
    assert find(diamond(9_000, 6_000), asked) is None
    assert amounts(split(diamond(9_000, 6_000), asked, 16)) == [3_000, 9_000]


def test_two_channels_of_ours() -> None:
    firsts = first(DAN, 9_000 * SAT, 1), first(DAN, 5_000 * SAT, 2)
    parts = split(Graph.of([]), query(DAN, 14_000 * SAT, *firsts), 16)
    assert amounts(parts) == [5_000, 9_000]


def test_too_little_room_says_how_much_there_is() -> None:
    asked = query(DAN, 20_000 * SAT, first(ADA))
    assert split(diamond(9_000, 6_000), asked, 16) == TooLittleRoom(15_000 * SAT)


def test_what_a_hop_takes_at_once_is_for_all_parts_unless_they_are_bold() -> None:
    graph = Graph.of([hop(1, ADA, DAN, htlc_maximum_msat=5_000 * SAT)])
    asked = query(DAN, 12_000 * SAT, first(ADA))
    assert split(graph, asked, 16) == TooLittleRoom(5_000 * SAT)
    assert amounts(split(graph, asked, 16, boldly=True)) == [2_000, 5_000, 5_000]
    assert isinstance(split(graph, asked, 2, boldly=True), TooLittleRoom)


def test_what_is_known_of_a_hop_is_for_all_bold_parts_together() -> None:
    graph = Graph.of([hop(1, ADA, DAN, htlc_maximum_msat=5_000 * SAT)])
    asked = query(DAN, 12_000 * SAT, first(ADA), room={(1, ADA): 11_000 * SAT})
    assert split(graph, asked, 16, boldly=True) == TooLittleRoom(11_000 * SAT)
    asked = replace(asked, room={(1, ADA): 12_000 * SAT})
    assert amounts(split(graph, asked, 16, boldly=True)) == [2_000, 5_000, 5_000]


def test_no_part_is_too_small_to_be_one() -> None:
    asked = query(DAN, 9_000 * SAT + 1, first(ADA))
    assert amounts(split(diamond(9_000, 9_000), asked, 16)) == [1_000, 8_000]


def test_the_number_of_parts_is_limited() -> None:
    asked = query(DAN, 12_000 * SAT, first(ADA))
    assert isinstance(split(diamond(9_000, 6_000), asked, 1), TooLittleRoom)


def test_a_channel_shared_by_two_ways_is_not_used_twice() -> None:
    narrow = Graph.of(
        [
            hop(1, ADA, BEN, htlc_maximum_msat=10_000 * SAT),
            hop(2, BEN, DAN, htlc_maximum_msat=6_000 * SAT),
            hop(3, BEN, CYD),
            hop(4, CYD, DAN, htlc_maximum_msat=6_000 * SAT),
        ]
    )
    assert amounts(split(narrow, query(DAN, 10_000 * SAT, first(ADA)), 16)) == [4_000, 6_000]
    asked = query(DAN, 11_000 * SAT, first(ADA))
    assert split(narrow, asked, 16) == TooLittleRoom(10_000 * SAT)


def in_msat(parts: tuple[Part, ...] | TooLittleRoom) -> list[int]:
    assert not isinstance(parts, TooLittleRoom), parts
    return sorted(part.amount_msat for part in parts)


def test_parts_are_whole_satoshis_though_a_thousandth_less_was_learnt() -> None:
    wide = diamond(400_000, 400_000)
    [ben] = [one.key for one in wide.into(DAN) if one.source == BEN]
    asked = replace(query(DAN, 400_000 * SAT, first(ADA)), room={ben: 300_000 * SAT - 1})
    [cyd] = [one.key for one in wide.into(DAN) if one.source == CYD]
    asked = replace(asked, room=dict(asked.room) | {cyd: 399_999 * SAT})
    assert in_msat(split(wide, asked, 16)) == [100_001 * SAT, 299_999 * SAT]


def test_thousandths_are_not_given_up_where_they_are_needed() -> None:
    narrow = diamond(9_000, 9_000)
    keys = [one.key for one in narrow.into(DAN)]
    asked = query(DAN, 9_000 * SAT, first(ADA))
    rooms = dict(zip(keys, (4_500 * SAT - 1, 4_500 * SAT + 1), strict=True))
    assert in_msat(split(narrow, replace(asked, room=rooms), 16)) == [4_499_999, 4_500_001]
    too_little = replace(asked, room=rooms, amount_msat=9_000 * SAT + 1)
    assert split(narrow, too_little, 16) == TooLittleRoom(9_000 * SAT)


def test_the_fee_limit_is_for_all_parts_together() -> None:
    asked = query(DAN, 12_000 * SAT, first(ADA))
    assert amounts(split(diamond(9_000, 6_000), replace(asked, max_fee_msat=9), 16))
    assert isinstance(
        split(diamond(9_000, 6_000), replace(asked, max_fee_msat=8), 16), TooLittleRoom
    )


def enlarged(graph: Graph, asked: Query) -> tuple[Graph, Query]:
    """The drawn numbers in sat, so that parts are large enough to be parts."""
    hops = [
        one._replace(htlc_maximum_msat=one.htlc_maximum_msat * 100 * SAT)
        for node in NODES
        for one in graph.into(node)
    ]
    firsts = tuple(
        replace(one, can_send_msat=one.can_send_msat * 100 * SAT) for one in asked.first_hops
    )
    room = {key: most * 100 * SAT for key, most in asked.room.items()}
    amount = asked.amount_msat * 200 * SAT
    return Graph.of(hops), replace(
        asked, first_hops=unique(firsts), room=room, amount_msat=amount, max_fee_msat=amount
    )


def unique(firsts: tuple[FirstHop, ...]) -> tuple[FirstHop, ...]:
    return tuple({one.channel_id: one for one in firsts}.values())


@settings(max_examples=150)
@given(graph=graphs(), asked=queries())
def test_the_parts_fit_together(graph: Graph, asked: Query) -> None:
    graph, asked = enlarged(graph, asked)
    parts = split(graph, asked, 8)
    if isinstance(parts, TooLittleRoom):
        assert find(graph, asked) is None
        return
    assert sum(part.amount_msat for part in parts) == asked.amount_msat
    used, sent, fees = Counter[object](), Counter[bytes](), 0
    for part in parts:
        ours, *carried = carried_msat(part.path, part.amount_msat)
        assert ours == part.path.amount_msat
        assert part.path.cltv <= asked.max_cltv
        sent[part.path.first.channel_id] += ours
        fees += ours - part.amount_msat
        for one, amount in zip(part.path.hops, carried, strict=True):
            used[one.key] += amount
            assert used[one.key] <= most_through(one, asked.room)
    assert fees <= asked.max_fee_msat
    assert all(sent[one.channel_id] <= one.can_send_msat for one in asked.first_hops)
