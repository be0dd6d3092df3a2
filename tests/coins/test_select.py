"""Which coins are taken: never too few, a match where there is one, and no dust."""

from __future__ import annotations

import itertools

from hypothesis import event, given
from hypothesis import strategies as st

from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.select import (
    Target,
    effective,
    select,
    shuffled,
    worth_spending,
)
from lnwallet_tui.coins.weights import INPUT_WEIGHT
from tests.coins.wallet import fake_coin, fake_coins

FEERATE = 1_000
COST = INPUT_WEIGHT  # of an input at 1,000 sat/kw, in satoshis
DICE = bytes(32)


def target(exact: int, tolerance: int = 500, change: int = 1_000) -> Target:
    """In satoshis."""
    return Target(exact * 1_000, tolerance * 1_000, (exact + change) * 1_000)


def total(coins: tuple[Coin, ...]) -> int:
    return sum(effective(coin, FEERATE) for coin in coins)


@given(
    values=st.lists(st.integers(1, 200_000), max_size=12),
    exact=st.integers(1, 500_000),
    tolerance=st.integers(0, 2_000),
    dice=st.binary(min_size=32, max_size=32),
)
def test_enough_and_never_dust(values: list[int], exact: int, tolerance: int, dice: bytes) -> None:
    coins, asked = fake_coins(values), target(exact, tolerance)
    chosen = select(coins, asked, FEERATE, dice)
    worth = worth_spending(coins, FEERATE)
    if chosen is None:
        assert total(worth) < asked.exact
        event("not enough")
        return
    assert set(chosen) <= set(worth)
    assert len(set(chosen)) == len(chosen)
    reached = total(chosen)
    matched = asked.exact <= reached <= asked.exact + asked.tolerance
    event("a match" if matched else "a draw")
    assert matched or reached >= asked.with_change or set(chosen) == set(worth)
    assert reached >= asked.exact


@given(
    values=st.lists(st.integers(300, 5_000), min_size=1, max_size=8),
    exact=st.integers(1, 20_000),
    tolerance=st.integers(0, 300),
)
def test_the_best_match_is_found(values: list[int], exact: int, tolerance: int) -> None:
    """By all subsets, of which there are few enough here."""
    coins, asked = fake_coins(values), target(exact, tolerance, change=10_000_000)
    subsets = itertools.chain.from_iterable(
        itertools.combinations(coins, count) for count in range(1, len(coins) + 1)
    )
    sums = [
        reached
        for subset in subsets
        if asked.exact <= (reached := total(subset)) <= asked.exact + asked.tolerance
    ]
    chosen = select(coins, asked, FEERATE, DICE)
    if sums:
        event("there is a match")
        assert chosen is not None
        assert total(chosen) == min(sums)


def test_an_exact_match_is_one() -> None:
    coins = fake_coins([40_000, 7_000, 20_000, 3_000, 90_000])
    chosen = select(coins, target(43_000 - 2 * COST, tolerance=0), FEERATE, DICE)
    assert chosen is not None
    assert set(chosen) == {coins[0], coins[3]}


def test_a_coin_that_costs_more_than_it_holds_is_left_alone() -> None:
    coins = fake_coins([COST - 1, COST, COST + 1])
    assert worth_spending(coins, FEERATE) == (coins[2],)
    assert select(coins, target(1, 0), FEERATE, DICE) == (coins[2],)
    assert select(coins[:2], target(1), FEERATE, DICE) is None


def test_the_dice_decide_and_nothing_else() -> None:
    coins = fake_coins([50_000] * 20)
    asked = target(120_003, tolerance=0)
    chosen = {select(coins, asked, FEERATE, bytes([dice]) * 32) for dice in range(30)}
    assert len(chosen) > 20
    assert select(coins[::-1], asked, FEERATE, DICE) == select(coins, asked, FEERATE, DICE)


def test_an_order_depends_on_the_dice_only() -> None:
    coins = fake_coins([1, 2, 3, 4, 5])
    assert shuffled(coins, DICE) == shuffled(coins[::-1], DICE)
    assert len({shuffled(coins, bytes([dice]) * 32) for dice in range(50)}) > 30


def test_confirmed_coins_come_first() -> None:
    waiting = [fake_coin(90_000, at, height=None, certain=True) for at in range(10)]
    confirmed = [fake_coin(90_000, at) for at in range(10, 13)]
    for dice in range(20):
        chosen = select([*waiting, *confirmed], target(150_000), FEERATE, bytes([dice]) * 32)
        assert chosen is not None
        assert set(chosen) <= set(confirmed)
    chosen = select([*waiting, *confirmed], target(400_000), FEERATE, DICE)
    assert chosen is not None
    assert not set(chosen) <= set(confirmed)


def test_many_twins_do_not_take_for_ever() -> None:
    """2^200 subsets without a match: the search gives up, the draw does it."""
    coins = fake_coins([10_000 + at % 3 for at in range(200)])
    chosen = select(coins, target(999_999, tolerance=0), FEERATE, DICE)
    assert chosen is not None
    assert total(chosen) >= 999_999_000


def test_nothing_of_nothing() -> None:
    assert select([], target(1), FEERATE, DICE) is None
