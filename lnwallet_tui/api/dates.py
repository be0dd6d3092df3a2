"""How times stand on a screen: one form for each distance, for the node's sentences and the rows.

Times are Unix seconds, and stand there in UTC. A block that is to come always stands beside its
time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

BLOCK_SECONDS: Final = 600
_WEEK: Final = 7  # days


def clock(unix: int, now: int) -> str:
    """`14:02` today, `Mon 14:02` within six days, else `24 Nov 14:02`; of another year with its
    number."""
    then, today = utc(unix), utc(now)
    apart = abs((then.date() - today.date()).days)
    if apart == 0:
        return f"{then:%H:%M}"
    if apart < _WEEK:
        return f"{then:%a %H:%M}"
    year = "" if then.year == today.year else f"{then:%Y }"
    return f"{then.day} {then:%b} {year}{then:%H:%M}"


def moment(unix: int) -> str:
    """With its day and year, however near: `Mon 21 Sep 2026, 14:02 UTC`."""
    then = utc(unix)
    return f"{then:%a} {then.day} {then:%b %Y, %H:%M} UTC"


def block_at(block: int, unix: int, now: int) -> str:
    """A height with its time: `block 976,120 (~Mon 14:02)`."""
    return f"block {block:,} (~{clock(unix, now)})"


def expected_at(block: int, tip: int, now: int) -> int:
    """When it comes, reckoned at ten minutes a block from `tip` at `now`."""
    return now + (block - tip) * BLOCK_SECONDS


def expected(block: int, tip: int, now: int, read: int | None = None) -> str:
    """A height to come with its time; `read` is the newest block that was read, where that is not
    `tip`."""
    if read is not None and read < block <= tip:
        return f"block {block:,} (came already, still to be read)"
    return block_at(block, expected_at(block, tip, now), now)


def utc(unix: int) -> datetime:
    """The day and time of it."""
    return datetime.fromtimestamp(unix, tz=UTC)
