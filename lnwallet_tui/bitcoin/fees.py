"""What a weight costs at a feerate (sat/kw): as BOLT 3 says, and as nodes reckon it."""

from __future__ import annotations

from lnwallet_tui.bitcoin.amount import Sat


def fee_for_weight(feerate_per_kw: int, weight: int) -> Sat:
    """The fee of `weight` units, rounded down as BOLT 3 does: of commitments and HTLC transactions,
    which two must make alike."""
    return Sat(feerate_per_kw * weight // 1000)


def fee_at_least(feerate_per_kw: int, weight: int) -> Sat:
    """The fee of `weight`, rounded up: never less than the feerate that was asked for."""
    return Sat(-(-feerate_per_kw * weight // 1000))


def whole_vbytes(weight: int) -> int:
    """Rounded up as nodes do (Core: `GetVirtualTransactionSize`): a fee just at their minimum must
    not fall below it."""
    return -(-weight // 4) * 4


def fee_of_tx(feerate_per_kw: int, weight: int) -> Sat:
    """The least fee of a whole transaction of `weight` with which nodes find that it pays so much.
    Not for those that BOLT 3 gives a fee."""
    return fee_at_least(feerate_per_kw, whole_vbytes(weight))
