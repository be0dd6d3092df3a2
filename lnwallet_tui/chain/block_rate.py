"""Whether blocks come as often as the work in them says: who keeps the others from us has to make
his own, and is slower than all miners together.

The age of the newest block alone does not show it: a tenth of the hash power makes a block each
hundred minutes, with times that look fresh.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_HOUR: Final = 3_600
USUAL_PER_HOUR: Final = 6
_LEAST: Final = ((6, 6), (24, 64))
"""In so many hours at least so many blocks. Fewer come once in more than ten million such spans by
chance, also where a fifth of the hash power is gone since the last retarget (Poisson, 4.8 blocks an
hour: 5 or fewer in 6 hours 6e-8, 63 or fewer in 24 hours 8e-8)."""


ENOUGH: Final = 300
"""So many blocks are more than a day."""


@dataclass(frozen=True, slots=True)
class TooFew:
    """So many blocks came within so many hours, by the times in their headers."""

    blocks: int
    hours: int

    @property
    def usual(self) -> int:
        """How many come in so long a time."""
        return self.hours * USUAL_PER_HOUR


def too_few(times: Iterable[int], now: int) -> TooFew | None:
    """Whether the newest blocks, of these `times` (Unix seconds), are too few up to `now`.

    Give it `ENOUGH` of them. None too where they do not reach back far enough to say. It means
    nothing on networks whose blocks come as somebody pleases (regtest, testnet4).
    """
    known = sorted(times)
    for hours, least in _LEAST:
        since = now - hours * _HOUR
        if known and known[0] <= since:
            lately = sum(1 for time in known if time > since)
            if lately < least:
                return TooFew(lately, hours)
    return None
