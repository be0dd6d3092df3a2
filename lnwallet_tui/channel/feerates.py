"""Commitment feerates: what we propose as funder, and what we bear to be proposed to us.

The same bounds serve `open_channel` and `update_fee`. Rates are sat/kw.
"""

from __future__ import annotations

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.channel.env import Env, Feerates
from lnwallet_tui.channel.fees import commitment_fee
from lnwallet_tui.policy import Policy


def proposed_feerate(anchors: bool, feerates: Feerates, policy: Policy) -> int:
    """What a commitment of a channel that we fund should pay at the moment.

    With anchors it must only be relayed, a child pays the rest; without, it must confirm as it is.
    The margin is for what nodes ask when it is published: they need not look at its child then.
    """
    if not anchors:
        return max(policy.min_feerate, feerates.market)
    relayed = max(feerates.minimum, feerates.relayed)
    floor = relayed * policy.anchors_feerate_floor_percent // 100
    return min(max(policy.min_feerate, floor), policy.max_anchors_feerate)


def is_feerate_low(feerate_per_kw: int, anchors: bool, env: Env) -> bool:
    """Whether a commitment at that rate might not be relayed, or (no anchors) not confirm."""
    estimate = env.feerates.today * env.policy.min_feerate_percent // 100
    needed = env.feerates.minimum if anchors else max(env.feerates.minimum, estimate)
    return feerate_per_kw < max(env.policy.min_feerate, needed)


def is_feerate_high(feerate_per_kw: int, funding: Sat, anchors: bool, env: Env) -> bool:
    """Whether it is out of all proportion: to the chain's feerates or to the channel's value."""
    policy = env.policy
    if feerate_per_kw <= policy.feerate_always_accepted:
        return False
    if feerate_per_kw > env.feerates.market * policy.max_feerate_multiple:
        return True
    return _takes_too_much(feerate_per_kw, funding, anchors, env)


def is_feerate_bearable(feerate_per_kw: int, funding: Sat, anchors: bool, env: Env) -> bool:
    """Whether a commitment may have it in any weather, where nothing has to be in time: it is
    relayed, if only on a calm day, and is always accepted or takes, even before HTLCs make it
    longer, no part of the channel that could be taken for theft."""
    policy = env.policy
    if feerate_per_kw < max(policy.min_feerate, env.feerates.minimum):
        return False
    if feerate_per_kw <= policy.feerate_always_accepted:
        return True
    return not _takes_too_much(feerate_per_kw, funding, anchors, env)


def _takes_too_much(feerate_per_kw: int, funding: Sat, anchors: bool, env: Env) -> bool:
    bearable = Sat(funding.value * env.policy.max_fee_percent // 100)
    return commitment_fee(feerate_per_kw, 0, anchors) > bearable
