"""What a sweep may cost: by the estimate while there is time, else by what is at stake.

An estimate can be wrong, and somebody may bid against us. So beside it runs a floor that doubles
with each block as the deadline comes, up to the whole value in the last block: what we do not pay
then, we lose. It is climbed, not begun with: only what was offered and did not confirm says that
the estimate is wrong, and who comes home late pays for it only if he must.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lnwallet_tui.bitcoin.amount import Sat

FeeEstimate = Callable[[int], int]
"""The feerate (sat/kw) that is expected to confirm within so many blocks."""

MIN_FEERATE: Final = 253  # 1 sat/vB, rounded so that it is relayed
HURRY: Final = 6
"""Blocks within which something should confirm that somebody else could take first."""

NO_HURRY: Final = 144
_CLIMB: Final = 4
"""The floor raises an offer to at most so many times what it was; the floor itself doubles, so it
is caught up with."""

STEP: Final = 253  # a replacement is relayed if it pays 1 sat/vB more; newer nodes ask for less
_FAR: Final = 60  # 2 to this power is more than all the bitcoin there can be


def fee_limit(value: Sat, blocks_after_next: int | None) -> Sat:
    """The most that may be paid to take `value`: all of it in the last block, else half."""
    return value if blocks_after_next is not None and blocks_after_next <= 0 else value // 2


def fee_floor(value: Sat, blocks_after_next: int | None) -> Sat:
    """The least that is paid when so many blocks are left after the next one."""
    if blocks_after_next is None:
        return Sat(0)
    return Sat(value.value >> min(max(blocks_after_next, 0), _FAR))


def feerate_for(
    *,
    value: Sat,
    weight: int,
    blocks_after_next: int | None,
    raced: bool,
    estimate: FeeEstimate,
    before: int = 0,
) -> int:
    """The feerate (sat/kw) to offer in the next block for a transaction of `weight`.

    `value` is what it brings, less the smallest output that it must have; `blocks_after_next` is
    how many more there are until the deadline. `before` is what was offered the last time: it
    never goes down, and goes up only by steps that are relayed. The result can be more than
    `fee_limit` allows where even the least feerate is.
    """
    highest = max(MIN_FEERATE, _feerate(fee_limit(value, blocks_after_next), weight))
    floor = _feerate(fee_floor(value, blocks_after_next), weight)
    lowest = max(MIN_FEERATE, min(floor, before * _CLIMB))
    wanted = min(highest, max(lowest, estimate(_target(blocks_after_next, raced))))
    if before == 0:
        return wanted
    stepped = max(wanted, before + STEP)
    return stepped if before < wanted and stepped <= highest else before


def _feerate(fee: Sat, weight: int) -> int:
    return fee.value * 1000 // weight


def _target(left: int | None, raced: bool) -> int:
    target = HURRY if raced else NO_HURRY
    return target if left is None else max(1, min(target, (left + 1) // 2))
