"""Time for scenarios with a process that lives in real time: it passes as outside."""

from __future__ import annotations

import asyncio
import time

from lnwallet_tui.playground.clock import START_OF_TIME


class RunningClock:
    """A node's clock that began at `start` (Unix seconds); it runs `times` as fast as that outside.
    Implements `node.ports.Clock`."""

    def __init__(self, start: int = START_OF_TIME, times: int = 1) -> None:
        self._start_ms = start * 1000
        self._times = times
        self._began = time.monotonic_ns()

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch, in this world."""
        return self._start_ms + (time.monotonic_ns() - self._began) * self._times // 1_000_000

    def now(self) -> int:
        """Seconds since the Unix epoch, in this world."""
        return self.now_ms() // 1000

    def pass_by(self, seconds: int) -> None:
        """As for a lid that was shut: what was to ring meanwhile rings when it would have."""
        self._start_ms += 1000 * seconds

    async def sleep_until(self, at_ms: int) -> None:
        """As `Clock.sleep_until`."""
        # One more, since `now_ms` rounds down.
        await asyncio.sleep(max(0, at_ms - self.now_ms() + 1) / (1000 * self._times))
