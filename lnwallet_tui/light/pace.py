"""How fast what is waited for comes nearer, measured over the last minute."""

from __future__ import annotations

from collections import deque
from typing import Final

from lnwallet_tui.chain.sync import Progress, Wait

SPAN_MS: Final = 60_000
EVERY_MS: Final = 1_000
LEAST_MS: Final = 5_000
"""After less time a rate says nothing."""


def stage(progress: Progress) -> tuple[str, int, int] | None:
    """What goes forward, up to where it is, and where it ends; None where blocks are no measure,
    or nothing is under way."""
    match progress.waits_for:
        case Wait.HEADERS:
            return "headers", progress.headers, progress.told_height
        case Wait.FILTER_HEADERS | Wait.SECOND_OPINION | Wait.JUDGEMENT:
            return "filter headers", progress.filter_headers, progress.headers
        case Wait.FILTERS:
            return "filters", progress.filters, progress.headers
        case Wait.BLOCKS:
            return "blocks", progress.verified_to, progress.headers
        case Wait.PEERS | Wait.NOTHING:
            return None


class Pace:
    """Looks at the progress about once a second."""

    def __init__(self) -> None:
        self._of = ""
        self._seen: deque[tuple[int, int]] = deque()  # when, how far

    def is_due(self, now_ms: int) -> bool:
        """Whether to look again."""
        return not self._seen or not 0 <= now_ms - self._seen[-1][0] < EVERY_MS

    def note(self, progress: Progress, now_ms: int) -> None:
        """It is so far now."""
        at = stage(progress)
        if at is None:
            self._begin("")
            return
        what, done, _ = at
        if what != self._of or (self._seen and not self._goes_on(done, now_ms)):
            self._begin(what)
        self._seen.append((now_ms, done))
        while now_ms - self._seen[0][0] > SPAN_MS:
            self._seen.popleft()

    def per_minute(self, progress: Progress, now_ms: int) -> int:
        """Blocks a minute; 0: not known, or nothing moves."""
        at = stage(progress)
        if not self._seen or at is None or at[0] != self._of:
            return 0
        began, first = self._seen[0]
        took = now_ms - began
        return (self._seen[-1][1] - first) * 60_000 // took if took >= LEAST_MS else 0

    def seconds_left(self, progress: Progress, now_ms: int) -> int:
        """Until the end of what goes forward, if it goes on like this; -1: not known. Blocks come
        in leaps: of their end nothing is said."""
        at, rate = stage(progress), self.per_minute(progress, now_ms)
        if at is None or self._of == "blocks" or not rate or at[2] < at[1]:
            return -1
        return (at[2] - at[1]) * 60 // rate

    def _goes_on(self, done: int, now_ms: int) -> bool:
        before_ms, before = self._seen[-1]
        return done >= before and 0 <= now_ms - before_ms <= SPAN_MS  # no reorg, no nap

    def _begin(self, what: str) -> None:
        self._of = what
        self._seen.clear()
