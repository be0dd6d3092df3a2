"""The node's clock: the machine's, or one that a test has set, as Core's `setmocktime` does."""

from __future__ import annotations

import time


class Clock:
    """Seconds since 1970."""

    def __init__(self) -> None:
        self._set = 0

    def now(self) -> int:
        """What it shows."""
        return self.now_ms() // 1_000

    def now_ms(self) -> int:
        """The same in milliseconds."""
        return self._set * 1_000 or time.time_ns() // 1_000_000

    def set(self, seconds: int) -> None:
        """Stand still there; 0: go on with the machine's."""
        self._set = seconds
