"""What work cost, in the time that processors spent on it: the same however busy the machine is."""

from __future__ import annotations

import os
from typing import Final

_HOUR_S: Final = 3_600
_CORES: Final = 2


def spent_by_children() -> float:
    """Seconds, of processes that this one started and that have ended, and of theirs."""
    times = os.times()
    return times.children_user + times.children_system


def hours(seconds: float) -> float:
    """How long that is on two cores."""
    return seconds / _CORES / _HOUR_S


def an_hour(count: int, seconds: float) -> int:
    """So many, done in that time, are how many an hour on two cores."""
    return round(count / hours(seconds)) if seconds else 0
