"""A sweep that waits, made again for a fee that somebody chose."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.coins.replacement import fee_to_replace, least_replacement
from lnwallet_tui.coins.weights import dust_threshold
from lnwallet_tui.onchain.price import fee_limit
from lnwallet_tui.onchain.sweep_groups import Group, Offer
from lnwallet_tui.onchain.sweep_tx import Sweep, build_sweep, sweep_weight, total
from lnwallet_tui.policy import Policy


@dataclass(frozen=True, slots=True)
class Range:
    """What may take the place of a sweep: from the feerate (sat/kw) that pushes it out of mempools
    up to the fee beyond which taking the money would cost too much of it."""

    least_feerate: int
    most_fee: Sat


def range_of(group: Group, offer: Offer, script: bytes, next_height: int, policy: Policy) -> Range:
    """Of the sweep of all of `group`, which waits as `offer` says. The limit is that of the guard:
    half of what it brings, and all of it where the next block is the last one."""
    weight = sweep_weight(group, script)
    least = fee_to_replace((offer.fee,), weight, policy)
    least_feerate = max(least_replacement(offer.feerate_per_kw, policy), _rounded_up(least, weight))
    deadline = min((one.deadline for one in group if one.deadline is not None), default=None)
    left = None if deadline is None else deadline - 1 - next_height
    value = total(group).minus_or_zero(dust_threshold(script))
    return Range(least_feerate, max(offer.fee, fee_limit(value, left)))


def hurried(group: Group, script: bytes, feerate_per_kw: int, within: Range) -> Sweep | None:
    """It for that feerate; None where that is outside of what may be, or leaves a part behind."""
    if feerate_per_kw < within.least_feerate:
        return None
    sweep, lost = build_sweep(group, script, feerate_per_kw)
    return None if sweep is None or lost or sweep.fee > within.most_fee else sweep


def _rounded_up(fee: Sat, weight: int) -> int:
    return -(-fee.value * 1000 // weight)
