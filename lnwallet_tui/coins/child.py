"""A child that spends our change, so that miners take the parent for its sake (CPFP)."""

from __future__ import annotations

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, whole_vbytes
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.coins.build import REPLACEABLE
from lnwallet_tui.coins.coin import Coin, total_of, total_paid, weight_of
from lnwallet_tui.coins.replacement import fee_to_replace, least_replacement
from lnwallet_tui.coins.weights import dust_threshold
from lnwallet_tui.policy import Policy


def build_child(
    parent: Tx,
    parent_fee: Sat,
    change: Coin,
    script: bytes,
    feerate_per_kw: int,
    lacking: Sat = ZERO_SAT,
) -> tuple[Tx, Sat] | None:
    """An unsigned child of `parent` and its fee, with which both pay `feerate_per_kw` together, and
    what unconfirmed ones before them are `lacking`.

    None where the parent pays so much by itself, or the child would eat half of the change.
    """
    parent_weight, weight = (
        whole_vbytes(parent.weight),
        whole_vbytes(weight_of((change,), (script,))),
    )
    fee = fee_at_least(feerate_per_kw, parent_weight + weight).minus_or_zero(parent_fee)
    fee += lacking
    left = change.value.minus_or_zero(fee)
    if fee_at_least(feerate_per_kw, parent_weight) <= parent_fee:
        return None
    if fee > change.value // 2 or left < dust_threshold(script):
        return None
    tx = Tx(2, (TxIn(change.outpoint, sequence=REPLACEABLE),), (TxOut(left, script),), 0)
    return tx, fee


def least_fee(before: Tx, paid: Sat, policy: Policy) -> Sat:
    """Of a child that takes the place of `before`, which pays so much."""
    feerate = least_replacement(-(-paid.value * 1000 // before.weight), policy)
    at_least = fee_at_least(feerate, before.weight)
    return max(fee_to_replace((paid,), before.weight, policy), at_least)


def least_of_both(
    parent: Tx, parent_fee: Sat, before: tuple[Tx, Sat] | None, policy: Policy
) -> int:
    """The feerate of both together from which on a child helps, or another one than that `before`,
    which pays so much."""
    weight = whole_vbytes(parent.weight)
    if before is None:
        return least_replacement(parent_fee.value * 1000 // weight, policy)
    tx, paid = before
    both = parent_fee + least_fee(tx, paid, policy)
    return -(-both.value * 1000 // (weight + whole_vbytes(tx.weight)))


def fee_of(tx: Tx, spent: tuple[Coin, ...]) -> Sat:
    """What a transaction of these coins pays."""
    return total_of(spent) - total_paid(tx.outputs)
