"""Long work in a thread, in a world whose every run must be the same.

A bare thread will not do: the clock sees only what its loop has to do, so the world would come to
rest, and time pass, while the thread still works; and when its result came would be up to the
machine, not to the seed. So the clock waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lnwallet_tui.node.offload import Offload
from lnwallet_tui.playground.clock import WorldClock

T = TypeVar("T")


class Beside:
    """Does work as `offload` does it, and gives results back in the world's order. Implements
    `node.offload.Offload`."""

    def __init__(self, clock: WorldClock, offload: Offload) -> None:
        self._clock, self._offload = clock, offload

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, or what it raised."""
        return await self._clock.done_beside(self._offload.run(work))
