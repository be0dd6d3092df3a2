"""The node's log: its newest lines in memory, each without secrets before it is kept anywhere.

Every node has its own, so that several can live in one process. Whoever follows it, such as the
file, is handed each line once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final

from lnwallet_tui.api.logs import LogLevel, LogLine
from lnwallet_tui.api.redaction import describe, redacted

KEPT: Final = 5_000
"""Lines in memory: about a megabyte."""
MOST_A_MINUTE: Final = 300
"""Of one area, errors apart: a peer that complains without end pushes nothing else out."""
_LONGEST: Final = 500  # characters

Follower = Callable[[LogLine], None]


class Logbook:
    """Lines in the order in which they came. May be written to from any thread."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._lines: deque[LogLine] = deque(maxlen=KEPT)
        self._number = 0
        self._minutes: dict[str, tuple[int, int]] = {}  # area: the minute, how many lines in it
        self._followers: list[Follower] = []
        self._lock = threading.RLock()

    # -- writing
    def info(self, area: str, text: str) -> None:
        """Something happened."""
        self.write(LogLevel.INFO, area, text)

    def warning(self, area: str, text: str) -> None:
        """Something happened that may need somebody."""
        self.write(LogLevel.WARNING, area, text)

    def error(self, area: str, text: str, error: BaseException | None = None) -> None:
        """Something went wrong; with `error`, where."""
        self.write(LogLevel.ERROR, area, text)
        if error is not None:
            self.report(area, describe(error))

    def report(self, area: str, lines: str) -> None:
        """A report that is clean already: files and functions may stand in it."""
        with self._lock:
            for line in lines.splitlines():
                self._keep(LogLevel.ERROR, area, line)

    def write(self, level: LogLevel, area: str, text: str) -> None:
        """One line of that level."""
        with self._lock:
            if level is LogLevel.ERROR or self._has_room(area):
                self._keep(level, area, redacted(text))

    def _has_room(self, area: str) -> bool:
        minute = self._now() // 60
        since, lines = self._minutes.get(area, (minute, 0))
        if since != minute:
            if lines > MOST_A_MINUTE:
                words = f"{lines - MOST_A_MINUTE:,} more lines came within a minute"
                self._keep(LogLevel.WARNING, area, words)
            lines = 0
        self._minutes[area] = minute, lines + 1
        return lines < MOST_A_MINUTE

    def _keep(self, level: LogLevel, area: str, text: str) -> None:
        self._number += 1
        shown = "".join(one if one.isprintable() else "?" for one in text[:_LONGEST])
        line = LogLine(
            number=self._number, time=self._now(), level=level, area=area, text=shown.rstrip()
        )
        self._lines.append(line)
        for follower in self._followers:
            follower(line)

    # -- reading
    def lines(self, after: int = 0, limit: int = KEPT) -> tuple[LogLine, ...]:
        """The newest of those with a higher number than `after`, the oldest of them first."""
        with self._lock:
            newer = min(len(self._lines), max(0, self._number - after), max(0, limit))
            return tuple(islice(self._lines, len(self._lines) - newer, None))

    def follow(self, follower: Follower) -> None:
        """Hand over all that is kept, and every line from now on."""
        with self._lock:
            for line in self._lines:
                follower(line)
            self._followers.append(follower)

    def unfollow(self, follower: Follower) -> None:
        """No more."""
        with self._lock:
            self._followers.remove(follower)
