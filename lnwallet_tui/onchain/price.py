"""What a sweep may cost: by the estimate while there is time, else by what is at stake.

An estimate can be wrong, and somebody may bid against us. So beside it runs a floor that doubles
with each block as the deadline comes, up to the whole value in the last block: what we do not pay
then, we lose. It is climbed, not begun with: only what was offered and did not confirm says that
the estimate is wrong, and who comes home late pays for it only if he must.

Where a rival can push what waits out of mempools again and again (replacement cycling), a low offer
costs him nearly nothing for as long as it stands. There the floor rises evenly from the beginning:
each block in which he does so costs him what we offered in it, 11 times the value over 44 blocks.

And what no block took for a day, though the estimate said it would, is raised by a half, day by
day: who has nothing to lose waits for his money all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.coins.replacement import least_replacement
from lnwallet_tui.policy import Policy

FeeEstimate = Callable[[int], int]
"""The feerate (sat/kw) that is expected to confirm within so many blocks."""

_FAR: Final = 60  # 2 to this power is more than all the bitcoin there can be


def fee_limit(value: Sat, blocks_after_next: int | None) -> Sat:
    """The most that may be paid to take `value`: all of it in the last block, else half."""
    return value if blocks_after_next is not None and blocks_after_next <= 0 else value // 2


def fee_floor(value: Sat, blocks_after_next: int | None, window: int | None = None) -> Sat:
    """The least that is paid when so many blocks are left after the next one. `window` is how many
    there were in the beginning, where it is to rise from there on; None: only at the end."""
    if blocks_after_next is None:
        return Sat(0)
    left = max(blocks_after_next, 0)
    at_the_end = Sat(value.value >> min(left, _FAR))
    if window is None or left >= window:
        return at_the_end
    return max(at_the_end, Sat(value.value * (window - left) // (2 * window)))


def feerate_for(
    *,
    value: Sat,
    weight: int,
    blocks_after_next: int | None,
    raced: bool,
    estimate: FeeEstimate,
    policy: Policy,
    before: int = 0,
    window: int | None = None,
    waited: int = 0,
) -> int:
    """The feerate (sat/kw) to offer in the next block for a transaction of `weight`.

    `value` is what it brings, less the smallest output that it must have; `blocks_after_next` is
    how many more there are until the deadline. `before` is what was offered the last time: it
    never goes down but to what this can bear, and goes up only by steps that are relayed. `window`
    as in `fee_floor`; `waited` is for how many blocks `before` was offered. The result can be more
    than `fee_limit` where even the least feerate is.
    """
    least = policy.min_feerate
    highest = max(least, _feerate(fee_limit(value, blocks_after_next), weight))
    floor = _feerate(fee_floor(value, blocks_after_next, window), weight)
    # The floor at most doubles with each block, so that a climb by more than two catches up.
    lowest = max(
        least, min(floor, before * policy.fee_climb), after_waiting(before, waited, policy)
    )
    wanted = min(highest, max(lowest, estimate(_target(blocks_after_next, raced, policy))))
    if before == 0:
        return wanted
    if before > highest:
        # That much was offered for this and others together, of which a rival has taken some: it
        # cannot confirm any more, and need not be outbid. What is left bears no more than this.
        return highest
    stepped = max(wanted, least_replacement(before, policy))
    return stepped if before < wanted and stepped <= highest else before


def after_waiting(before: int, waited: int, policy: Policy) -> int:
    """What to offer at least for what waited so many blocks with the offer `before`; 0 where that
    says nothing yet.

    So it goes up to fees at which a block takes nearly anything; more is for the user to say.
    """
    if waited < policy.no_hurry:
        return 0
    return min(before + before * policy.waiting_percent // 100, policy.bump_feerate)


def highest_for(
    *,
    value: Sat,
    weight: int,
    blocks_after_next: int | None,
    usual: int,
    policy: Policy,
    window: int | None,
) -> int:
    """The most that `feerate_for` can have given until now where no estimate was above `usual`:
    the floor only rises."""
    highest = max(policy.min_feerate, _feerate(fee_limit(value, blocks_after_next), weight))
    floor = _feerate(fee_floor(value, blocks_after_next, window), weight)
    return min(highest, max(policy.min_feerate, floor, usual))


def _feerate(fee: Sat, weight: int) -> int:
    return fee.value * 1000 // weight


def _target(left: int | None, raced: bool, policy: Policy) -> int:
    target = policy.hurry if raced else policy.no_hurry
    return target if left is None else max(1, min(target, (left + 1) // 2))
