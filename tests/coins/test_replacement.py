"""A payment that is made again for a higher fee: exact, relayed in place of the first, and no less
to whoever is paid."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.coins.build import BuiltTx, Conditions, build_payment, build_send_all
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.keep import Keep, build_all_keeping, expect_kept
from lnwallet_tui.coins.refusals import (
    CoinsRefused,
    FeerateTooLow,
    FeeTooHigh,
    InsufficientFunds,
    MustStay,
)
from lnwallet_tui.coins.replacement import Original, build_replacement, least_replacement
from lnwallet_tui.coins.weights import dust_threshold
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.policy import POLICY
from tests.bitcoin.core import core_accepts
from tests.coins.wallet import OLD_SHOP, SHOP, Purse, change, fake_coins, receiving, signed
from tests.relay_rules import OldRules

MUCH = Sat(10_000_000)


def conditions(feerate: int, height: int = 131, max_fee: Sat | None = MUCH) -> Conditions:
    return Conditions(feerate, height, bytes(32), max_fee)


def original(built: BuiltTx, *, everything: bool = False, lacking: Sat = ZERO_SAT) -> Original:
    pays = built.change
    if everything:
        [pays] = [at for at in range(len(built.tx.outputs)) if at != built.change]
    return Original(signed(built), built.coins, built.change, pays, lacking)


def total(coins: tuple[Coin, ...]) -> Sat:
    return sum((coin.value for coin in coins), ZERO_SAT)


def rest(coins: list[Coin], built: BuiltTx) -> list[Coin]:
    return [coin for coin in coins if coin not in built.coins]


def expect_sound(old: Original, built: BuiltTx, feerate: int) -> None:
    paid = sum((output.value for output in built.tx.outputs), ZERO_SAT)
    assert total(built.coins) == paid + built.fee
    assert [txin.outpoint for txin in built.tx.inputs] == [coin.outpoint for coin in built.coins]
    assert built.coins[: len(old.coins)] == old.coins
    assert all(coin.height is not None for coin in built.coins[len(old.coins) :])
    assert all(one.value >= dust_threshold(one.script_pubkey) for one in built.tx.outputs)
    assert built.fee > old.fee
    assert built.fee >= fee_at_least(feerate, signed(built).weight)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    picked=st.lists(st.integers(0, 48), min_size=1, max_size=20, unique=True),
    paid=st.lists(
        st.builds(
            TxOut,
            st.integers(546, 3_000_000).map(Sat),
            st.sampled_from([SHOP, OLD_SHOP, receiving(3)]),
        ),
        min_size=1,
        max_size=3,
    ),
    feerate=st.integers(253, 5_000),
    wanted=st.integers(253, 20_000),
)
def test_replacements_on_chain(
    rich: Purse, picked: list[int], paid: list[TxOut], feerate: int, wanted: int
) -> None:
    coins, height = [rich.coins()[at] for at in picked], rich.bench.chain.height
    try:
        first = build_payment(coins, paid, change(), conditions(feerate, height))
    except InsufficientFunds:
        event("nothing to replace")
        return
    old, mempool = original(first), Mempool(rich.bench.chain)
    rules = OldRules(mempool)
    mempool.submit(old.tx)
    again = conditions(wanted, height)
    least = least_replacement(old.feerate, POLICY)
    try:
        built = build_replacement(old, rest(coins, first), change(1), again, POLICY)
    except FeerateTooLow:
        event("too low")
        return
    except InsufficientFunds:
        event("too poor")
        return
    assert wanted >= least
    event("with change" if built.change is not None else "without change")
    event(f"{len(built.coins) - len(old.coins)} coins added")
    expect_sound(old, built, wanted)
    kept = [output for at, output in enumerate(built.tx.outputs) if at != built.change]
    assert kept == paid
    tx = signed(built)
    assert core_accepts(tx, [coin.output for coin in built.coins])
    mempool.submit(tx)
    assert [entry.txid for entry in mempool.entries()] == [tx.txid]
    assert (rules.replacements, rules.broken) == (1, [])


def test_the_change_shrinks_before_a_coin_is_added() -> None:
    coins = fake_coins([100_000, 90_000])
    first = build_payment(coins[:1], [TxOut(Sat(50_000), SHOP)], change(), conditions(253))
    old = original(first)
    built = build_replacement(old, coins[1:], change(1), conditions(2_500), POLICY)
    assert built.coins == old.coins
    assert built.change == first.change
    assert built.change_value == first.change_value - (built.fee - old.fee)
    assert built.tx.outputs[built.change or 0].script_pubkey == change()


def test_without_change_a_coin_is_added_and_its_rest_comes_back() -> None:
    coins = fake_coins([50_150, 90_000])
    first = build_payment(coins[:1], [TxOut(Sat(50_000), SHOP)], change(), conditions(253))
    assert first.change is None
    built = build_replacement(original(first), coins[1:], change(1), conditions(2_500), POLICY)
    assert built.coins == tuple(coins)
    assert built.change == 1
    assert built.tx.outputs[1].script_pubkey == change(1)
    with pytest.raises(InsufficientFunds):
        build_replacement(original(first), [], change(1), conditions(2_500), POLICY)


def test_change_that_is_eaten_up_vanishes() -> None:
    [coin] = fake_coins([50_650])
    first = build_payment([coin], [TxOut(Sat(50_000), SHOP)], change(), conditions(253))
    assert first.change is not None
    built = build_replacement(original(first), [], change(1), conditions(1_300), POLICY)
    assert built.change is None
    assert built.tx.outputs == (TxOut(Sat(50_000), SHOP),)
    assert built.fee == Sat(650)


def test_of_everything_there_is_less_for_whoever_gets_it() -> None:
    coins = fake_coins([60_000, 70_000])
    first = build_send_all(coins, SHOP, conditions(253))
    old = original(first, everything=True)
    built = build_replacement(old, [], change(), conditions(2_500), POLICY)
    [output] = built.tx.outputs
    assert output.value == first.tx.outputs[0].value - (built.fee - old.fee)
    assert built.change is None
    with pytest.raises(InsufficientFunds):
        build_replacement(old, [], change(), conditions(200_000), POLICY)


def test_what_stays_for_closes_stays() -> None:
    coins, keep = fake_coins([200_000, 300_000]), Keep(Sat(55_000), 12_500)
    first = build_all_keeping(coins, SHOP, change(), conditions(253), keep)
    assert first.change_value == keep.value
    old = original(first, everything=True)
    built = build_replacement(old, [], change(), conditions(2_500), POLICY)
    assert built.change == first.change
    assert built.change_value == first.change_value
    expect_kept([], built, keep)
    with pytest.raises(MustStay):
        expect_kept([], built, replace(keep, value=Sat(55_001)))


def test_what_those_before_it_lack_is_paid_too() -> None:
    coins = fake_coins([100_000])
    first = build_payment(coins, [TxOut(Sat(50_000), SHOP)], change(), conditions(253))
    alone = build_replacement(original(first), [], change(), conditions(2_500), POLICY)
    both = original(first, lacking=Sat(777))
    built = build_replacement(both, [], change(), conditions(2_500), POLICY)
    assert built.fee == alone.fee + Sat(777)


def test_a_fee_that_is_not_sane_is_not_paid() -> None:
    coins = fake_coins([1_000_000])
    first = build_payment(coins, [TxOut(Sat(50_000), SHOP)], change(), conditions(253))
    with pytest.raises(FeeTooHigh):
        build_replacement(original(first), [], change(), conditions(60_000, max_fee=None), POLICY)


@given(
    values=st.lists(st.integers(300, 400_000), min_size=1, max_size=8),
    kept=st.integers(0, 100_000),
    feerate=st.integers(253, 5_000),
)
def test_everything_but_what_stays(values: list[int], kept: int, feerate: int) -> None:
    coins, keep = fake_coins(values), Keep(Sat(kept), 12_500)
    try:
        built = build_all_keeping(coins, SHOP, change(), conditions(feerate), keep)
    except CoinsRefused:
        return
    assert total(built.coins) == built.fee + sum(
        (output.value for output in built.tx.outputs), ZERO_SAT
    )
    expect_kept(coins, built, keep)
    assert (built.change is None) == (not kept)
