"""Payments of both kinds of coins: the fee is what was asked for, to the virtual byte, and Core
takes them."""

from __future__ import annotations

from hypothesis import event, given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import OutPoint, TxOut
from lnwallet_tui.coins.build import BuiltTx, Conditions, build_payment, build_send_all
from lnwallet_tui.coins.coin import Coin, KeyPath, script_at
from lnwallet_tui.coins.refusals import CoinsRefused
from lnwallet_tui.coins.replacement import Original, build_replacement
from lnwallet_tui.policy import POLICY
from tests.bitcoin.core import core_accepts
from tests.coins.wallet import SHOP, change, fake_coin, keys, signed

FEERATES = st.integers(253, 20_000)


def taproot(value: int, at: int) -> Coin:
    path = KeyPath(False, at % 3, taproot=True)
    return Coin(
        outpoint=OutPoint(sha256(b"taproot" + at.to_bytes(4, "big")), at),
        value=Sat(value),
        script_pubkey=script_at(keys().taproot_account(), path),
        path=path,
        height=100,
        certain=True,
    )


def expect_fee(built: BuiltTx, feerate: int) -> None:
    """Exact, and what the network sees is not less."""
    spent = sum((coin.value for coin in built.coins), ZERO_SAT)
    paid = sum((output.value for output in built.tx.outputs), ZERO_SAT)
    assert spent == paid + built.fee
    tx = signed(built)
    assert core_accepts(tx, [coin.output for coin in built.coins])
    assert built.fee.value * 1_000 >= feerate * tx.weight
    if built.change is not None:
        most = tx.weight + 4 * len(built.coins) + 4
        assert built.fee.value <= feerate * most // 1_000 + 1


@given(
    values=st.lists(st.tuples(st.integers(300, 400_000), st.booleans()), min_size=1, max_size=6),
    wanted=st.integers(330, 1_000_000),
    feerate=FEERATES,
    more=FEERATES,
)
def test_they_pay_together(
    values: list[tuple[int, bool]], wanted: int, feerate: int, more: int
) -> None:
    coins = [
        taproot(value, at) if is_taproot else fake_coin(value, at)
        for at, (value, is_taproot) in enumerate(values)
    ]
    conditions = Conditions(feerate, 131, bytes(32), Sat(10**7))
    try:
        built = build_payment(coins, [TxOut(Sat(wanted), SHOP)], change(), conditions)
        expect_fee(build_send_all(coins, SHOP, conditions), feerate)
    except CoinsRefused:
        event("too poor")
        return
    event(f"{sum(coin.path.taproot for coin in built.coins)} of {len(built.coins)}")
    expect_fee(built, feerate)
    rest = [coin for coin in coins if coin not in built.coins]
    original = Original(signed(built), built.coins, built.change, built.change)
    again = Conditions(more, 131, bytes(32), Sat(10**7))
    try:
        replacement = build_replacement(original, rest, change(1), again, POLICY)
    except CoinsRefused:
        return
    event("replaced")
    expect_fee(replacement, more)
