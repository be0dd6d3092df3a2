"""Unsigned transactions of the wallet: a payment with change, or everything to one script.

Segwit inputs only, so that a funding transaction keeps its id whoever touches it. Nothing tells the
change from the payment: its place is random, and no output has a form or value of its own. The fee
is that of the weight with the largest signatures, rounded up to whole virtual bytes, as nodes count
them, and to whole satoshis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, fee_of_tx
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.coins.coin import Coin, total_of, total_paid, weight_of
from lnwallet_tui.coins.refusals import (
    ChosenTooLittle,
    DustOutput,
    FeeTooHigh,
    InsufficientFunds,
    TooManyCoins,
)
from lnwallet_tui.coins.select import Target, select, shuffled, worth_spending
from lnwallet_tui.coins.weights import (
    INPUT_WEIGHT,
    dust_threshold,
    most_inputs,
    output_weight,
    spending_weight,
    tx_weight,
)
from lnwallet_tui.policy import SANE_FEE, SANE_FEE_PERCENT

REPLACEABLE: Final = 0xFFFFFFFD  # no relative lock, and nLockTime counts
_BEGUN: Final = 3  # so many weight units at most are paid for in a virtual byte and not used


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds for a transaction whatever it pays.

    `height` is the chain's; `entropy` are 32 random bytes, used for one set of coins; `max_fee`
    replaces the bound on what is sane.
    """

    feerate_per_kw: int
    height: int
    entropy: bytes
    max_fee: Sat | None = None


@dataclass(frozen=True, slots=True)
class BuiltTx:
    """An unsigned transaction; input `i` spends `coins[i]`, `change` is that output's index."""

    tx: Tx
    coins: tuple[Coin, ...]
    fee: Sat
    change: int | None

    @property
    def change_value(self) -> Sat:
        """What comes back to us; zero without change."""
        return ZERO_SAT if self.change is None else self.tx.outputs[self.change].value


def build_payment(
    coins: Sequence[Coin], outputs: Sequence[TxOut], change_script: bytes, conditions: Conditions
) -> BuiltTx:
    """A transaction of some of `coins` with these outputs, and change if it is worth having.

    Raises `InsufficientFunds`, `DustOutput` or `FeeTooHigh`.
    """
    pool = _pool(coins, outputs, change_script, conditions)
    target = _target(outputs, change_script, len(pool), conditions.feerate_per_kw)
    chosen = select(pool, target, conditions.feerate_per_kw, conditions.entropy)
    if chosen is None and not _is_enough(pool, outputs, conditions.feerate_per_kw):
        raise _insufficient(pool, outputs, conditions.feerate_per_kw)
    chosen = shuffled(chosen or pool, conditions.entropy)
    change = _change(chosen, outputs, change_script, conditions)
    return _finish(chosen, outputs, change, conditions)


def build_send_all(coins: Sequence[Coin], script: bytes, conditions: Conditions) -> BuiltTx:
    """Everything to `script`: all coins that are worth more than they cost, no change.

    Raises `InsufficientFunds` where nothing is left after the fee, or `FeeTooHigh`.
    """
    pool = joinable(coins, (script,), conditions.feerate_per_kw)
    largest = _largest(pool, (script,), conditions.feerate_per_kw)
    if not largest:
        output = TxOut(dust_threshold(script), script)
        raise _insufficient(pool, (output,), conditions.feerate_per_kw)
    ordered = shuffled(pool, conditions.entropy)
    return _finish(ordered, (TxOut(largest, script),), None, conditions)


def build_all_with_change(
    coins: Sequence[Coin], outputs: Sequence[TxOut], change_script: bytes, conditions: Conditions
) -> BuiltTx:
    """All coins that are worth it to these outputs, and what is left to `change_script`.

    Raises `InsufficientFunds`, `DustOutput` or `FeeTooHigh`.
    """
    pool = _pool(coins, outputs, change_script, conditions)
    change = _change(pool, outputs, change_script, conditions)
    if change is None:
        raise _insufficient(pool, outputs, conditions.feerate_per_kw)
    return _finish(shuffled(pool, conditions.entropy), outputs, change, conditions)


def build_from(
    coins: Sequence[Coin], outputs: Sequence[TxOut], change_script: bytes, conditions: Conditions
) -> BuiltTx:
    """All of `coins`, whatever each is worth, to these outputs, and change if it is worth having.

    Raises `ChosenTooLittle`, `TooManyCoins`, `DustOutput` or `FeeTooHigh`.
    """
    for output in outputs:
        _expect_no_dust(output)
    scripts = [output.script_pubkey for output in outputs]
    _expect_room(coins, (*scripts, change_script))
    change = _change(coins, outputs, change_script, conditions)
    if change is None and not _is_enough(coins, outputs, conditions.feerate_per_kw):
        error = _insufficient(coins, outputs, conditions.feerate_per_kw)
        raise ChosenTooLittle(error.missing, error.largest)
    return _finish(shuffled(coins, conditions.entropy), outputs, change, conditions)


def build_from_to(coins: Sequence[Coin], script: bytes, conditions: Conditions) -> BuiltTx:
    """All of `coins` to `script`, no change. Raises what `build_from` does."""
    _expect_room(coins, (script,))
    largest = _largest(coins, (script,), conditions.feerate_per_kw)
    if not largest:
        output = TxOut(dust_threshold(script), script)
        error = _insufficient(coins, (output,), conditions.feerate_per_kw)
        raise ChosenTooLittle(error.missing, error.largest)
    ordered = shuffled(coins, conditions.entropy)
    return _finish(ordered, (TxOut(largest, script),), None, conditions)


def largest_with_change(
    coins: Sequence[Coin],
    scripts: Sequence[bytes],
    change_script: bytes,
    feerate_per_kw: int,
    change: Sat,
) -> Sat:
    """What `build_all_with_change` can pay to `scripts` together so that `change` comes back; zero
    if that is nothing that nodes relay."""
    pool = joinable(coins, (*scripts, change_script), feerate_per_kw)
    return largest_from(pool, scripts, change_script, feerate_per_kw, change)


def largest_from(
    coins: Sequence[Coin],
    scripts: Sequence[bytes],
    change_script: bytes,
    feerate_per_kw: int,
    change: Sat,
) -> Sat:
    """The same of `build_from`."""
    fee = fee_of_tx(feerate_per_kw, weight_of(coins, (*scripts, change_script)))
    comes_back = max(change, least_change(change_script, feerate_per_kw))
    return _if_relayed(total_of(coins).minus_or_zero(fee).minus_or_zero(comes_back), scripts)


def largest_payment(coins: Sequence[Coin], script: bytes, feerate_per_kw: int) -> Sat:
    """What `build_send_all` would pay; zero if it would refuse."""
    return _largest(joinable(coins, (script,), feerate_per_kw), (script,), feerate_per_kw)


# -- amounts


def joinable(
    coins: Sequence[Coin], scripts: Sequence[bytes], feerate_per_kw: int
) -> tuple[Coin, ...]:
    """The coins worth spending; if they are too many for one transaction, the largest."""
    pool = worth_spending(coins, feerate_per_kw)
    most = most_inputs(scripts)
    if len(pool) <= most:
        return pool
    return tuple(sorted(pool, key=lambda coin: (-coin.value.value, coin.outpoint))[:most])


def _target(
    outputs: Sequence[TxOut], change_script: bytes, inputs: int, feerate_per_kw: int
) -> Target:
    scripts = [output.script_pubkey for output in outputs]
    # The counts of inputs and outputs may be wider than in the end: at most 4 virtual bytes. That
    # the fee is whole satoshis needs no care, as coins and outputs are: enough is enough. But a
    # virtual byte that is begun is paid for.
    fixed = tx_weight(inputs, (*scripts, change_script)) - inputs * INPUT_WEIGHT
    begun = feerate_per_kw * _BEGUN
    change_cost = feerate_per_kw * output_weight(change_script)
    exact = total_paid(outputs).value * 1000 + feerate_per_kw * fixed + begun - change_cost
    worth_it = least_change(change_script, feerate_per_kw).value * 1000
    return Target(
        exact=exact,
        # Change costs twice: to make it now and to spend it one day.
        tolerance=change_cost + feerate_per_kw * INPUT_WEIGHT - begun,
        with_change=exact + change_cost + worth_it,
    )


def _change(
    chosen: Sequence[Coin], outputs: Sequence[TxOut], script: bytes, conditions: Conditions
) -> TxOut | None:
    """What is left after the fee of a change output, if that is not dust."""
    scripts = [output.script_pubkey for output in outputs]
    weight = weight_of(chosen, (*scripts, script))
    paid = total_paid(outputs) + fee_of_tx(conditions.feerate_per_kw, weight)
    left = total_of(chosen).minus_or_zero(paid)
    least = least_change(script, conditions.feerate_per_kw)
    return TxOut(left, script) if left >= least else None


def least_change(script: bytes, feerate_per_kw: int) -> Sat:
    """Less than this goes to the fee: nodes do not relay it, or it costs more than it holds."""
    spend_cost = fee_at_least(feerate_per_kw, INPUT_WEIGHT)
    return max(dust_threshold(script), spend_cost + Sat(1))


def _largest(pool: Sequence[Coin], scripts: Sequence[bytes], feerate_per_kw: int) -> Sat:
    fee = fee_of_tx(feerate_per_kw, weight_of(pool, scripts))
    return _if_relayed(total_of(pool).minus_or_zero(fee), scripts)


def _if_relayed(paid: Sat, scripts: Sequence[bytes]) -> Sat:
    """Zero where it is too little to give each of these so much that nodes relay it."""
    return paid if paid >= sum(map(dust_threshold, scripts), ZERO_SAT) else ZERO_SAT


def _is_enough(coins: Sequence[Coin], outputs: Sequence[TxOut], feerate_per_kw: int) -> bool:
    """Whether all of these pay for the outputs, without change."""
    fee = fee_of_tx(feerate_per_kw, weight_of(coins, [one.script_pubkey for one in outputs]))
    return total_of(coins).value >= total_paid(outputs).value + fee.value


def _insufficient(
    pool: Sequence[Coin], outputs: Sequence[TxOut], feerate_per_kw: int
) -> InsufficientFunds:
    """`missing` is what one coin more must hold, beside what spending it costs."""
    scripts = [output.script_pubkey for output in outputs]
    weights = [*(coin.input_weight for coin in pool), INPUT_WEIGHT]
    fee = fee_of_tx(feerate_per_kw, spending_weight(weights, scripts))
    have = total_of(pool) + fee_at_least(feerate_per_kw, INPUT_WEIGHT)
    missing = Sat(max(1, total_paid(outputs).value + fee.value - have.value))
    return InsufficientFunds(missing, _largest(pool, scripts, feerate_per_kw))


# -- the transaction


def _expect_room(coins: Sequence[Coin], scripts: Sequence[bytes]) -> None:
    if len(coins) > (most := most_inputs(scripts)):
        raise TooManyCoins(len(coins), most)


def _pool(
    coins: Sequence[Coin], outputs: Sequence[TxOut], change_script: bytes, conditions: Conditions
) -> tuple[Coin, ...]:
    """The coins that may be chosen for these outputs and change. Raises `DustOutput`."""
    for output in outputs:
        _expect_no_dust(output)
    scripts = [output.script_pubkey for output in outputs]
    return joinable(coins, (*scripts, change_script), conditions.feerate_per_kw)


def _expect_no_dust(output: TxOut) -> None:
    least = dust_threshold(output.script_pubkey)
    if output.value < least:
        raise DustOutput(output.value, least)


def _finish(
    coins: tuple[Coin, ...],
    outputs: Sequence[TxOut],
    change: TxOut | None,
    conditions: Conditions,
) -> BuiltTx:
    placed, at = _place_change(outputs, change, conditions.entropy)
    fee = total_of(coins) - total_paid(placed)
    expect_sane_fee(fee, total_paid(outputs), conditions.max_fee)
    tx = Tx(
        version=2,
        inputs=tuple(TxIn(coin.outpoint, sequence=REPLACEABLE) for coin in coins),
        outputs=placed,
        # Valid in the next block only: nobody gains by mining the last one again for our fee.
        locktime=conditions.height,
    )
    return BuiltTx(tx, coins, fee, at)


def _place_change(
    outputs: Sequence[TxOut], change: TxOut | None, entropy: bytes
) -> tuple[tuple[TxOut, ...], int | None]:
    if change is None:
        return tuple(outputs), None
    at = int.from_bytes(sha256(entropy + b"place of the change")[:8], "big") % (len(outputs) + 1)
    return (*outputs[:at], change, *outputs[at:]), at


def expect_sane_fee(fee: Sat, paid: Sat, max_fee: Sat | None) -> None:
    """Raises `FeeTooHigh`: no slip of a finger costs more than is sane, or than the user allows."""
    limit = max(SANE_FEE, paid * SANE_FEE_PERCENT // 100) if max_fee is None else max_fee
    if fee > limit:
        raise FeeTooHigh(fee, limit)
