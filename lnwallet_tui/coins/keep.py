"""Spending while something must stay: coins that are kept for when the chain is dear.

What stays is counted by what it can pay at that feerate: a coin less the cost of its own input, so
that many small coins count for little. One input is paid for in what is to be kept already: a
single coin that holds so much does for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, TxOut
from lnwallet_tui.coins.build import (
    BuiltTx,
    Conditions,
    build_all_with_change,
    build_payment,
    build_send_all,
    largest_with_change,
)
from lnwallet_tui.coins.coin import Coin, KeyPath
from lnwallet_tui.coins.refusals import InsufficientFunds, MustStay
from lnwallet_tui.coins.select import effective


@dataclass(frozen=True, slots=True)
class Keep:
    """So much must be left to pay fees with at `feerate_per_kw`, in one coin or as much worth."""

    value: Sat
    feerate_per_kw: int


def usable(coins: Iterable[Coin], feerate_per_kw: int) -> Sat:
    """What these can pay in fees at that feerate, together."""
    values = (max(0, effective(coin, feerate_per_kw)) for coin in coins)
    return Sat(sum(values) // 1000)


def worth(coins: Iterable[Coin], feerate_per_kw: int) -> Sat:
    """What a single coin must hold to do for fees at that feerate as these do: the largest of them
    whole, of each other what is left after its own input."""
    ordered = sorted(coins, key=lambda coin: -coin.value.value)
    whole = (coin.value for coin in ordered[:1])
    return sum(whole, ZERO_SAT) + usable(ordered[1:], feerate_per_kw)


def lacking(coins: Sequence[Coin], keep: Keep) -> Sat:
    """What one coin more must hold so that they do for `keep`."""
    if worth(coins, keep.feerate_per_kw) >= keep.value:
        return ZERO_SAT
    return keep.value - usable(coins, keep.feerate_per_kw)


def build_keeping(
    coins: Sequence[Coin],
    outputs: Sequence[TxOut],
    change_script: bytes,
    conditions: Conditions,
    keep: Keep,
) -> BuiltTx:
    """`build_payment`, after which at least `keep` is left of `coins`, change included.

    Coins are chosen as without it, and only where too little is left that way, all of them are
    joined. Raises what `build_payment` does, and `MustStay`.
    """
    if not keep.value:
        return build_payment(coins, outputs, change_script, conditions)
    largest = _largest(coins, outputs, change_script, conditions, keep)
    try:
        built = build_payment(coins, outputs, change_script, conditions)
    except InsufficientFunds as error:
        raise InsufficientFunds(error.missing, largest) from error
    if _left(coins, built, keep) >= keep.value:
        return built
    try:
        joined = build_all_with_change(coins, outputs, change_script, conditions)
    except InsufficientFunds as error:
        raise MustStay(keep.value, largest) from error
    expect_kept(coins, joined, keep, largest)
    return joined


def build_all_keeping(
    coins: Sequence[Coin], script: bytes, change_script: bytes, conditions: Conditions, keep: Keep
) -> BuiltTx:
    """Everything to `script`; what is to be kept comes back as one coin.

    Raises what `build_send_all` does, and `MustStay`.
    """
    if not keep.value:
        return build_send_all(coins, script, conditions)
    rate = conditions.feerate_per_kw
    largest = largest_with_change(coins, [script], change_script, rate, keep.value)
    if not largest:
        raise MustStay(keep.value, ZERO_SAT)
    output = TxOut(largest, script)
    return build_all_with_change(coins, [output], change_script, conditions)


def expect_kept(coins: Sequence[Coin], built: BuiltTx, keep: Keep, largest: Sat = ZERO_SAT) -> None:
    """Raises `MustStay` where `built` leaves less of `coins` than `keep`, change included."""
    if _left(coins, built, keep) < keep.value:
        raise MustStay(keep.value, largest)


def _largest(
    coins: Sequence[Coin],
    outputs: Sequence[TxOut],
    change_script: bytes,
    conditions: Conditions,
    keep: Keep,
) -> Sat:
    scripts = [output.script_pubkey for output in outputs]
    return largest_with_change(coins, scripts, change_script, conditions.feerate_per_kw, keep.value)


def _left(coins: Sequence[Coin], built: BuiltTx, keep: Keep) -> Sat:
    spent = {coin.outpoint for coin in built.coins}
    left = [coin for coin in coins if coin.outpoint not in spent]
    if built.change is not None:
        left.append(_coin_of(built, built.change))
    return worth(left, keep.feerate_per_kw)


def _coin_of(built: BuiltTx, vout: int) -> Coin:
    output = built.tx.outputs[vout]
    return Coin(
        outpoint=OutPoint(built.tx.txid, vout),
        value=output.value,
        script_pubkey=output.script_pubkey,
        path=KeyPath(change=True, index=0),
        height=None,
        certain=True,
    )
