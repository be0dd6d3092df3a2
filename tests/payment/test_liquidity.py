"""What a hop is asked for after it has turned something away, or let something through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.payment.lessons import NOTHING
from lnwallet_tui.payment.liquidity import on_the_way, rooms
from lnwallet_tui.payment.records import Attempt, Lessons, Passage, Room, Route, RouteHop
from lnwallet_tui.routing.graph import Graph
from lnwallet_tui.wire.scid import ShortChannelId
from tests.routing.networks import ADA, BEN, CYD, hop

GRAPH = Graph.of([hop(1, ADA, BEN, htlc_maximum_msat=5_000), hop(2, BEN, CYD)])
BY_ADA = 1, ADA


def lessons(turned_away: int, went_through: int = 0) -> Lessons:
    passages = (Passage(*BY_ADA, went_through),) if went_through else ()
    return Lessons(rooms=(Room(*BY_ADA, turned_away),), passages=passages)


def test_nothing_is_said_of_what_nothing_is_known_of() -> None:
    known = rooms(GRAPH, Lessons(), {})
    assert known.likely == known.bold == {}


@pytest.mark.parametrize(
    ("turned_away", "went_through", "likely", "bold"),
    [
        (4_000, 0, 2_000, 3_000),
        (4_000, 2_000, 3_000, 3_500),
        (4_000, 4_000, 4_000, 4_000),
        (1_000, 2_000, 1_000, 1_000),  # it was there before: what was seen last counts
        (NOTHING, 0, NOTHING, NOTHING),
        (NOTHING, 2_000, NOTHING, NOTHING),
    ],
)
def test_it_lies_between_what_was_turned_away_and_what_went_through(
    turned_away: int, went_through: int, likely: int, bold: int
) -> None:
    known = rooms(GRAPH, lessons(turned_away, went_through), {})
    assert (known.likely, known.bold) == ({BY_ADA: likely}, {BY_ADA: bold})


def test_what_is_under_way_is_not_there_twice() -> None:
    known = rooms(GRAPH, lessons(4_000), {BY_ADA: 1_500})
    assert (known.likely, known.bold) == ({BY_ADA: 500}, {BY_ADA: 1_500})
    known = rooms(GRAPH, Lessons(), {BY_ADA: 1_500})
    assert (known.likely, known.bold) == ({BY_ADA: 3_500}, {})


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_few_guesses_find_what_there_is(there: int, asked: int) -> None:
    """To within a quarter of what was asked for, in half a dozen; and no guess is made twice."""
    least, most, guesses = 0, asked, list[int]()
    if there >= asked:
        return
    for _ in range(6):
        guess = rooms(GRAPH, lessons(most - 1, least), {}).likely[BY_ADA]
        guesses.append(guess)
        if guess <= there:
            least = max(least, guess)
        else:
            most = guess
    assert least <= there < most
    assert most - least <= asked // 32 + 2
    assert len(set(guesses)) == len(guesses) or most - least <= 2


def test_what_attempts_carry_is_counted_hop_by_hop() -> None:
    def attempt(msat: int) -> Attempt:
        hops = (
            RouteHop(node_id=ADA),
            RouteHop(node_id=BEN, short_channel_id=ShortChannelId.from_int(1)),
            RouteHop(node_id=CYD, short_channel_id=ShortChannelId.from_int(2), fee_base=Msat(10)),
        )
        route, amount = Route(bytes(32), hops), Msat(msat)
        return Attempt(
            route=route, session_key=bytes(32), amount=amount, delivers=amount, cltv_expiry=0
        )

    assert on_the_way([attempt(1_000), attempt(500)]) == {(1, ADA): 1_520, (2, BEN): 1_500}
    assert on_the_way([]) == {}
