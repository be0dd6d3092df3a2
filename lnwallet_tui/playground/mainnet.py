"""The public Lightning network in numbers: quantiles of what its nodes announce.

Taken from the public graph of 2024-09-22 (`tests/data/` of ElementsProject/lightning): 18,212 nodes
and 59,428 channels; what they ask for from the 74,956 directions of which the file knows any terms.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

PERMILLE: Final = (0, *range(50, 1_000, 50), 990, 999, 1_000)
"""Where the distributions below were read."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A distribution: its values at each of `PERMILLE`.

    `steps`: nothing lies between two values, as with fees, of which most people leave the default.
    """

    values: tuple[int, ...]
    steps: bool = True

    def at(self, permyriad: int) -> int:
        """The value below which so many of ten thousand lie."""
        below = min(bisect_right(PERMILLE, permyriad // 10) - 1, len(PERMILLE) - 2)
        low, high = self.values[below], self.values[below + 1]
        if self.steps or high == low:
            return low
        start, end = PERMILLE[below] * 10, PERMILLE[below + 1] * 10
        share = (permyriad - start) / (end - start)
        # Between two quantiles sizes grow by factors: a straight line would make all of the last
        # thousandth giants.
        return round(low * math.pow(high / low, share))


CHANNELS: Final = Quantiles(
    (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 4, 5, 6, 10, 20, 73, 461, 3_723), steps=False
)
"""Channels of a node."""

CAPACITY_SAT: Final = Quantiles(
    (
        1_050, 20_000, 50_000, 100_000, 180_000, 300_000, 500_000, 700_000, 1_000_000, 1_000_000,
        1_500_000, 2_000_000, 2_500_000, 3_693_750, 5_000_000, 5_000_000, 8_000_000, 10_000_000,
        15_000_000, 25_000_000, 150_000_000, 500_000_000, 1_000_000_000,
    ),
    steps=False,
)  # fmt: skip

FEE_BASE_MSAT: Final = Quantiles(
    (
        0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 999, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000,
        1_000, 1_000, 20_000, 9_999_000, 10_000_000,
    )
)  # fmt: skip

FEE_PPM: Final = Quantiles(
    (
        0, 0, 1, 1, 1, 1, 2, 10, 21, 64, 100, 200, 300, 434, 500, 600, 700, 1_000, 1_540, 2_500,
        10_000, 40_886, 1_002_999,
    )
)  # fmt: skip

CLTV_DELTA: Final = Quantiles(
    (
        4, 34, 40, 40, 40, 40, 40, 80, 80, 80, 80, 80, 80, 80, 100, 100, 142, 144, 144, 144, 222,
        432, 4_000,
    )
)  # fmt: skip

HTLC_MINIMUM_MSAT: Final = Quantiles(
    (
        0, 1, 1, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000,
        1_000, 1_000, 1_000, 1_000, 1_000, 10_000, 1_000_000, 10_000_000, 1_000_000_000,
    )
)  # fmt: skip

HTLC_MAXIMUM_PERMILLE: Final = Quantiles(
    (
        1, 200, 450, 960, 990, 990, 990, 990, 990, 990, 990, 990, 990, 990, 990, 990, 990, 990,
        990, 1_000, 1_000, 1_000, 1_000,
    ),
    steps=False,
)  # fmt: skip
"""Of the capacity. What a few announce is more than that, which BOLT 7 forbids, or less than a
thousandth: both are cut."""

DISABLED_PERCENT: Final = 10
"""Of all directions."""
