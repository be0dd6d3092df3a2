"""Paying while something must stay: the rest is left, or it is said how much would do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.coins.build import BuiltTx, Conditions, build_payment
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.keep import Keep, build_keeping, worth
from lnwallet_tui.coins.refusals import CoinsRefused, InsufficientFunds, MustStay
from tests.coins.wallet import FUNDING_SCRIPT, change, fake_coin, fake_coins

DEAR = 12_500
KEEP = Keep(Sat(55_000), DEAR)
CONDITIONS = Conditions(1_000, 200, bytes(32), max_fee=Sat(10**6))


def pay(coins: list[Coin], value: int, keep: Keep = KEEP) -> BuiltTx:
    outputs = [TxOut(Sat(value), FUNDING_SCRIPT)]
    return build_keeping(coins, outputs, change(), CONDITIONS, keep)


def left(coins: list[Coin], built: BuiltTx) -> Sat:
    spent = {coin.outpoint for coin in built.coins}
    rest = [coin for coin in coins if coin.outpoint not in spent]
    if built.change_value:
        rest.append(fake_coin(built.change_value.value, 99))
    return worth(rest, DEAR)


def test_nothing_to_keep_changes_nothing() -> None:
    coins, outputs = fake_coins([50_000, 80_000]), [TxOut(Sat(60_000), FUNDING_SCRIPT)]
    usual = build_payment(coins, outputs, change(), CONDITIONS)
    assert build_keeping(coins, outputs, change(), CONDITIONS, Keep(ZERO_SAT, DEAR)) == usual


def test_one_sat_more_and_it_is_refused() -> None:
    coins = fake_coins([200_000])
    with pytest.raises(MustStay) as refused:
        pay(coins, 180_000)
    assert refused.value.kept == KEEP.value
    most = refused.value.largest.value
    assert left(coins, pay(coins, most)) == KEEP.value
    with pytest.raises(MustStay):
        pay(coins, most + 1)


def test_small_coins_are_joined_where_only_that_leaves_enough() -> None:
    coins = fake_coins([5_000] * 14 + [100_000])
    built = pay(coins, 100_000 - 800)  # the large coin alone would do, and leave crumbs
    assert len(built.coins) == 15
    assert left(coins, built) >= KEEP.value


def test_without_enough_for_the_payment_itself_the_most_that_works_is_said() -> None:
    coins = fake_coins([200_000])
    with pytest.raises(InsufficientFunds) as refused:
        pay(coins, 300_000)
    assert left(coins, pay(coins, refused.value.largest.value)) == KEEP.value


@given(
    st.lists(st.integers(300, 400_000), min_size=1, max_size=12),
    st.integers(1_000, 1_000_000),
    st.integers(0, 200_000),
)
def test_it_is_left_whatever_is_paid(values: list[int], value: int, kept: int) -> None:
    coins, keep = fake_coins(values), Keep(Sat(kept), DEAR)
    try:
        built = pay(coins, value, keep)
    except (MustStay, InsufficientFunds) as refused:
        if not refused.largest or not kept:
            return
        built = pay(coins, refused.largest.value, keep)
    except CoinsRefused:
        return
    assert left(coins, built) >= keep.value
