"""Whether a transaction may already stand in the next block: its lock time and BIP68's delays.

Both are consensus; the mempool refuses what the next block could not hold, so that nothing waits
there that might never be mined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.tx import SEQUENCE_FINAL, Tx
from lnwallet_tui.playground.policy_rejection import Reason, Rejection

LOCKTIME_THRESHOLD: Final = 500_000_000  # below: a height; from here on: a Unix time
SEQUENCE_DISABLED: Final = 1 << 31
SEQUENCE_IS_TIME: Final = 1 << 22
SEQUENCE_MASK: Final = 0xFFFF
_SECONDS_PER_UNIT: Final = 512


@dataclass(frozen=True, slots=True)
class NextBlock:
    """What finality depends on: the next block's height and the median time of the tip (BIP113).

    `median_time_at` gives the median time of the block at a height of the best chain.
    """

    height: int
    median_time: int
    median_time_at: Callable[[int], int]


def check_finality(tx: Tx, coin_heights: Sequence[int], block: NextBlock) -> None:
    """`Rejection` unless `block` may hold `tx`.

    `coin_heights` are the heights at which the spent outputs confirmed, in the inputs' order; for
    an unconfirmed one the height of the next block, as it can confirm there at the earliest.
    """
    if not is_final(tx, block.height, block.median_time):
        raise Rejection(Reason.NON_FINAL, f"lock time {tx.locktime}")
    if tx.version < 2:
        return
    for txin, coin_height in zip(tx.inputs, coin_heights, strict=True):
        if not _delay_is_over(txin.sequence, coin_height, block):
            raise Rejection(Reason.NON_BIP68_FINAL, f"sequence {txin.sequence:#x}")


def is_final(tx: Tx, height: int, median_time: int) -> bool:
    """Whether the lock time allows `tx` in a block of that height after that median time."""
    limit = height if tx.locktime < LOCKTIME_THRESHOLD else median_time
    # A lock time of zero is below every limit.
    return tx.locktime < limit or all(txin.sequence == SEQUENCE_FINAL for txin in tx.inputs)


def _delay_is_over(sequence: int, coin_height: int, block: NextBlock) -> bool:
    if sequence & SEQUENCE_DISABLED:
        return True
    delay = sequence & SEQUENCE_MASK
    if not sequence & SEQUENCE_IS_TIME:
        return block.height >= coin_height + delay
    # BIP68: time is counted from the median time of the block before the one with the output.
    since = block.median_time_at(max(coin_height - 1, 0))
    return block.median_time >= since + delay * _SECONDS_PER_UNIT
