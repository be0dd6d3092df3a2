"""Every transaction of the wallet: exact to the satoshi, valid, relayed, and quiet about itself."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least
from lnwallet_tui.bitcoin.script import is_p2wpkh
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.coins.build import (
    BuiltTx,
    Conditions,
    build_payment,
    build_send_all,
    largest_payment,
)
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.refusals import CoinsRefused, DustOutput, FeeTooHigh, InsufficientFunds
from lnwallet_tui.coins.select import worth_spending
from lnwallet_tui.coins.weights import INPUT_WEIGHT, dust_threshold, output_weight, tx_weight
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_limits import fee_at
from lnwallet_tui.policy import SANE_FEE
from tests.coins.wallet import (
    FUNDING_SCRIPT,
    OLD_SHOP,
    SHOP,
    Purse,
    change,
    fake_coins,
    receiving,
    signed,
)

MUCH = Sat(10_000_000)

entropies = st.binary(min_size=32, max_size=32)
feerates = st.integers(253, 30_000)
scripts = st.sampled_from([FUNDING_SCRIPT, SHOP, OLD_SHOP])
outputs = st.lists(
    st.builds(TxOut, st.integers(546, 6_000_000).map(Sat), scripts), min_size=1, max_size=3
)
on_chain = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def conditions(
    feerate: int = 1_000, height: int = 131, entropy: bytes = bytes(32), max_fee: Sat | None = MUCH
) -> Conditions:
    return Conditions(feerate, height, entropy, max_fee)


def total(coins: tuple[Coin, ...]) -> Sat:
    return sum((coin.value for coin in coins), ZERO_SAT)


def least_fee(built: BuiltTx, feerate: int) -> Sat:
    """The fee of its whole virtual bytes, exactly."""
    paid = [output.script_pubkey for output in built.tx.outputs]
    return least_fee_of(feerate, tx_weight(len(built.coins), paid))


def least_fee_of(feerate: int, weight: int) -> Sat:
    """As nodes count it."""
    return Sat(fee_at(4 * feerate, -(-weight // 4)))


def expect_exact(built: BuiltTx, feerate: int) -> None:
    spent = sum((output.value for output in built.tx.outputs), ZERO_SAT)
    assert total(built.coins) == spent + built.fee
    assert [txin.outpoint for txin in built.tx.inputs] == [coin.outpoint for coin in built.coins]
    for output in built.tx.outputs:
        assert output.value >= dust_threshold(output.script_pubkey)
    least = least_fee(built, feerate)
    if built.change is not None:
        assert built.fee == least
        assert built.tx.outputs[built.change] == TxOut(built.change_value, change())
        return
    # Without change there may be more, but less than change would have cost.
    spend = fee_at_least(feerate, INPUT_WEIGHT)
    made = fee_at_least(feerate, output_weight(change()))
    too_small = max(dust_threshold(change()), spend + Sat(1))
    assert least <= built.fee < least + made + too_small + Sat(2)


@on_chain
@given(
    picked=st.lists(st.integers(0, 48), min_size=1, max_size=30, unique=True),
    paid=outputs,
    feerate=feerates,
    entropy=entropies,
)
def test_payments_on_chain(
    rich: Purse, picked: list[int], paid: list[TxOut], feerate: int, entropy: bytes
) -> None:
    coins = [rich.coins()[at] for at in picked]
    height = rich.bench.chain.height
    try:
        built = build_payment(coins, paid, change(), conditions(feerate, height, entropy))
    except InsufficientFunds:
        event("insufficient funds")
        return
    event("with change" if built.change is not None else "without change")
    expect_exact(built, feerate)
    kept = [output for at, output in enumerate(built.tx.outputs) if at != built.change]
    assert kept == paid
    assert set(built.coins) <= set(worth_spending(coins, feerate))
    tx = rich.check(built)
    # The feerate is what was asked for, to the virtual byte: signatures may be smaller.
    weight = tx_weight(len(built.coins), [output.script_pubkey for output in tx.outputs])
    assert 0 <= weight - tx.weight <= 4 * len(built.coins)
    assert built.fee.value >= fee_at(4 * feerate, tx.vsize)


@pytest.mark.parametrize("feerate", [253, 1_250, 3_001])
def test_a_payment_just_at_what_nodes_ask_for_is_passed_on(rich: Purse, feerate: int) -> None:
    """They count whole virtual bytes."""
    coin = next(coin for coin in rich.coins() if coin.value == Sat(250_000))
    paid = [TxOut(Sat(100_000), receiving(0))]
    built = build_payment([coin], paid, change(), conditions(feerate, rich.bench.chain.height))
    tx, mempool = signed(built), Mempool(rich.bench.chain)
    assert tx.weight % 4, "a whole virtual byte shows nothing"
    mempool.floor = 4 * feerate
    assert mempool.submit(tx).fee == built.fee.value


@on_chain
@given(
    picked=st.lists(st.integers(0, 48), min_size=1, max_size=49, unique=True),
    script=scripts,
    feerate=feerates,
    entropy=entropies,
)
def test_sending_everything_on_chain(
    rich: Purse, picked: list[int], script: bytes, feerate: int, entropy: bytes
) -> None:
    coins = [rich.coins()[at] for at in picked]
    largest = largest_payment(coins, script, feerate)
    try:
        built = build_send_all(coins, script, conditions(feerate, rich.bench.chain.height, entropy))
    except InsufficientFunds:
        event("nothing left")
        assert not largest
        return
    event("sent")
    assert built.tx.outputs == (TxOut(largest, script),)
    assert set(built.coins) == set(worth_spending(coins, feerate))
    assert built.change is None
    assert built.fee == least_fee(built, feerate)
    rich.check(built)


@given(
    values=st.lists(st.integers(1, 10_000_000), max_size=15),
    paid=outputs,
    feerate=st.integers(253, 100_000),
    entropy=entropies,
)
def test_conservation(values: list[int], paid: list[TxOut], feerate: int, entropy: bytes) -> None:
    coins = fake_coins(values)
    try:
        built = build_payment(coins, paid, change(), conditions(feerate, entropy=entropy))
    except InsufficientFunds as refused:
        expect_true_numbers(refused, coins, paid, feerate)
        return
    expect_exact(built, feerate)


def expect_true_numbers(
    refused: InsufficientFunds, coins: list[Coin], paid: list[TxOut], feerate: int
) -> None:
    """What is said to be missing is enough and not too much, and what could be paid can be."""
    extra = refused.missing + fee_at_least(feerate, INPUT_WEIGHT)
    richer = [*coins, *fake_coins([0] * len(coins) + [extra.value])[-1:]]
    assert build_payment(richer, paid, change(), conditions(feerate)).tx.outputs
    too_little = extra.minus_or_zero(Sat(2))  # what is missing and the coin's cost, each rounded up
    richer = [*coins, *fake_coins([0] * len(coins) + [too_little.value])[-1:]]
    with pytest.raises(InsufficientFunds):
        build_payment(richer, paid, change(), conditions(feerate))
    if refused.largest:
        event("less could be paid")
        assert refused.largest < sum((one.value for one in paid), ZERO_SAT)
        first, *others = [one.script_pubkey for one in paid]
        least = [TxOut(dust_threshold(script), script) for script in others]
        rest = refused.largest - sum((one.value for one in least), ZERO_SAT)
        less = [TxOut(rest, first), *least]
        built = build_payment(coins, less, change(), conditions(feerate))
        assert built.tx.outputs == tuple(less)
        more = [TxOut(rest + Sat(1), first), *least]
        with pytest.raises(InsufficientFunds):
            build_payment(coins, more, change(), conditions(feerate))


def test_the_largest_payment_leaves_no_change() -> None:
    coins = fake_coins([100_000, 70_000, 60])
    largest = largest_payment(coins, SHOP, 1_000)
    built = build_payment(coins, [TxOut(largest, SHOP)], change(), conditions())
    assert built.tx.outputs == build_send_all(coins, SHOP, conditions()).tx.outputs
    assert built.fee == least_fee(built, 1_000)


def test_the_least_change_is_made_and_a_satoshi_less_goes_to_the_fee() -> None:
    paid = [TxOut(Sat(50_000), SHOP)]
    fee = least_fee_of(253, tx_weight(1, [SHOP, change()]))
    just = fake_coins([50_000 + fee.value + 294])
    built = build_payment(just, paid, change(), conditions(253))
    assert (built.change_value, built.fee) == (Sat(294), fee)
    less = fake_coins([50_000 + fee.value + 293])
    built = build_payment(less, paid, change(), conditions(253))
    assert (built.change, built.fee) == (None, fee + Sat(293))
    assert built.change_value == ZERO_SAT


def test_the_least_that_can_be_sent_away() -> None:
    fee = least_fee_of(253, tx_weight(1, [SHOP]))
    built = build_send_all(fake_coins([330 + fee.value]), SHOP, conditions(253))
    assert built.tx.outputs == (TxOut(Sat(330), SHOP),)
    with pytest.raises(InsufficientFunds):
        build_send_all(fake_coins([329 + fee.value]), SHOP, conditions(253))


# -- refusals


@pytest.mark.parametrize(("script", "least"), [(FUNDING_SCRIPT, 330), (SHOP, 330), (OLD_SHOP, 546)])
def test_dust_is_not_paid(script: bytes, least: int) -> None:
    with pytest.raises(DustOutput) as refused:
        build_payment(fake_coins([9_000]), [TxOut(Sat(least - 1), script)], change(), conditions())
    assert (refused.value.value, refused.value.least) == (Sat(least - 1), Sat(least))
    paid = TxOut(Sat(least), script)
    built = build_payment(fake_coins([9_000]), [paid], change(), conditions())
    assert paid in built.tx.outputs


def test_nobody_pays_an_insane_fee_without_saying_so() -> None:
    coins = fake_coins([1_000_000])
    paid, feerate = [TxOut(Sat(100_000), SHOP)], 50_000
    with pytest.raises(FeeTooHigh) as refused:
        build_payment(coins, paid, change(), conditions(feerate, max_fee=None))
    fee = refused.value.fee
    assert fee > refused.value.limit == SANE_FEE
    built = build_payment(coins, paid, change(), conditions(feerate, max_fee=fee))
    assert built.fee == fee
    with pytest.raises(FeeTooHigh):
        build_payment(coins, paid, change(), conditions(feerate, max_fee=fee - Sat(1)))
    with pytest.raises(FeeTooHigh):
        build_send_all(fake_coins([150_000] * 2), SHOP, conditions(90_000, max_fee=None))


def test_a_fee_is_sane_up_to_a_tenth_of_what_is_paid() -> None:
    coins, paid = fake_coins([1_000_000]), [TxOut(Sat(900_000), SHOP)]
    built = build_payment(coins, paid, change(), conditions(60_000, max_fee=None))
    assert SANE_FEE < built.fee <= Sat(90_000)


def test_everything_of_nothing() -> None:
    for coins in ([], fake_coins([100] * 50), fake_coins([700])):
        with pytest.raises(InsufficientFunds) as refused:
            build_send_all(coins, SHOP, conditions())
        assert refused.value.largest == ZERO_SAT
        assert refused.value.missing > ZERO_SAT
        assert largest_payment(coins, SHOP, 1_000) == ZERO_SAT


def test_refusals_say_their_numbers() -> None:
    errors: list[CoinsRefused] = [
        InsufficientFunds(Sat(123), Sat(456)),
        FeeTooHigh(Sat(123), Sat(456)),
        DustOutput(Sat(123), Sat(456)),
    ]
    for error in errors:
        assert "123 sat" in str(error)
        assert "456 sat" in str(error)
        assert str(error).endswith(".")


def test_more_coins_than_fit_into_a_transaction() -> None:
    coins = fake_coins([10_000 + at for at in range(1_600)])
    built = build_send_all(coins, SHOP, conditions(253))
    assert len(built.coins) == 1_469
    assert min(coin.value.value for coin in built.coins) == 10_000 + 1_600 - 1_469
    expect_exact(built, 253)
    paid = [TxOut(Sat(10_000 * 1_600), SHOP)]
    with pytest.raises(InsufficientFunds):
        build_payment(coins, paid, change(), conditions(253))
    paid = [TxOut(Sat(10_000 * 1_000), SHOP)]
    expect_exact(build_payment(coins, paid, change(), conditions(253)), 253)


# -- what others see


def test_nothing_tells_the_change() -> None:
    coins = fake_coins([500_000])
    paid = [TxOut(Sat(100_000), receiving()), TxOut(Sat(50_000), SHOP)]
    places: Counter[int] = Counter()
    for dice in range(300):
        entropy = dice.to_bytes(32, "big")
        built = build_payment(coins, paid, change(), conditions(entropy=entropy))
        assert built.change is not None
        assert is_p2wpkh(built.tx.outputs[built.change].script_pubkey)
        places[built.change] += 1
    assert sorted(places) == [0, 1, 2]
    assert min(places.values()) > 70


def test_the_order_of_inputs_says_nothing() -> None:
    coins = fake_coins([10_000 * at for at in range(1, 9)])
    orders = {
        build_send_all(coins, SHOP, conditions(entropy=bytes([dice]) * 32)).coins
        for dice in range(20)
    }
    assert len(orders) == 20


def test_form_of_a_transaction() -> None:
    built = build_payment(
        fake_coins([50_000, 60_000]), [TxOut(Sat(80_000), SHOP)], change(), conditions(height=777)
    )
    assert built.tx.version == 2
    assert built.tx.locktime == 777
    assert {txin.sequence for txin in built.tx.inputs} == {0xFFFF_FFFD}
    assert {txin.script_sig for txin in built.tx.inputs} == {b""}
    assert not built.tx.has_witness


@given(dice=entropies, feerate=feerates)
def test_the_same_request_builds_the_same_transaction(dice: bytes, feerate: int) -> None:
    coins = fake_coins([30_000 + 1_111 * at for at in range(20)])
    paid = [TxOut(Sat(200_000), SHOP)]
    asked = conditions(feerate, entropy=dice)
    try:
        built = build_payment(coins, paid, change(), asked)
    except InsufficientFunds:
        assume(False)
    assert built == build_payment(coins[::-1], paid, change(), asked)


def test_not_before_its_block(rich: Purse) -> None:
    """Anti fee sniping: a transaction of ours cannot be mined again in the last block."""
    height = rich.bench.chain.height
    early = build_send_all(rich.coins(), SHOP, conditions(height=height + 1))
    with pytest.raises(Exception, match="non-final"):
        rich.check(early)
    rich.check(build_send_all(rich.coins(), SHOP, conditions(height=height)))
