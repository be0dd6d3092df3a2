"""The world's time: it stands still while anybody has something to do, and then jumps.

Wires and nodes ask this clock and no other, so a run depends on its seed alone. There are two
kinds of timers. *Deliveries* are things under way that nobody waits for in real life (bytes on a
wire): the world is not at rest before they have arrived. *Alarms* are what nodes set for later (a
ping, the next dial): the world may rest although they are set, and they ring when time passes.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

# A date like another, and well in the past: Core refuses blocks from more than two hours ahead of
# the machine's clock, and years are to be had here before the world reaches it.
START_OF_TIME: Final = 1_735_689_600  # 2025-01-01 00:00:00 UTC
_MOST_TURNS: Final = 1_000_000

T = TypeVar("T")


class WorldIsRestless(Exception):
    """The tasks of this world wake each other for ever: a bug, not a matter of patience."""


@dataclass(order=True, slots=True)
class _Timer:
    """Something to happen. `ring` is None once nobody waits for it any more."""

    at_ms: int
    number: int
    ring: Callable[[], None] | None = field(compare=False)
    delivery: bool = field(compare=False)


class WorldClock:
    """Virtual time in milliseconds; implements `node.ports.Clock` and `net.link.Scheduler`."""

    def __init__(self, start: int = START_OF_TIME) -> None:
        self._now_ms = start * 1000
        self._timers: list[_Timer] = []
        self._numbers = itertools.count()
        self._deliveries = 0  # under way
        self._delivered = 0
        self._beside: deque[tuple[asyncio.Future[Any], asyncio.Event]] = deque()
        self._driver = asyncio.Lock()
        self._under_way = asyncio.Event()

    # -- asked by nodes and wires

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return self._now_ms

    def now(self) -> int:
        """Seconds since the Unix epoch."""
        return self._now_ms // 1000

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> None:
        """Set a delivery."""
        self._set(self._now_ms + delay_ms, callback, delivery=True)
        self._deliveries += 1
        self._under_way.set()

    async def sleep_until(self, at_ms: int) -> None:
        """Set an alarm and wait for it."""
        if at_ms <= self._now_ms:
            return
        rung = asyncio.Event()
        timer = self._set(at_ms, rung.set, delivery=False)
        try:
            await rung.wait()
        finally:
            timer.ring = None

    async def done_beside(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of what another thread does: it comes once nobody has anything else to do, and
        in the order in which it was asked for, however long it took. Until then no time passes."""
        task, turn = asyncio.ensure_future(work), asyncio.Event()
        self._beside.append((task, turn))
        self._under_way.set()
        await turn.wait()
        return task.result()

    def _set(self, at_ms: int, ring: Callable[[], None], *, delivery: bool) -> _Timer:
        timer = _Timer(at_ms, next(self._numbers), ring, delivery)
        heapq.heappush(self._timers, timer)
        return timer

    # -- asked by the world

    async def rest(self) -> None:
        """Return when nobody has anything to do and nothing is under way."""
        async with self._driver:
            await self._settle()

    async def deliver(self, count: int) -> None:
        """Let only the next `count` deliveries arrive, and what they lead to happen."""
        async with self._driver:
            await self._quiet()
            before = self._delivered
            while self._deliveries and self._delivered - before < count:
                self._ring_next()
                await self._quiet()

    async def pass_by(self, milliseconds: int) -> None:
        """Let time pass, all at once as for a lid that was shut, then come to rest.

        What was under way arrives before; alarms ring afterwards, in the order of their times.
        """
        async with self._driver:
            await self._settle()
            self._now_ms += milliseconds
            while (timer := self._next()) is not None and timer.at_ms <= self._now_ms:
                self._ring_next()
                await self._quiet()
            await self._settle()

    async def wait_for(self, happened: Callable[[], bool], most_ms: int) -> bool:
        """Let time pass from alarm to alarm until `happened`, at most `most_ms`; whether it did."""
        async with self._driver:
            await self._settle()
            until = self._now_ms + most_ms
            while not happened():
                timer = self._next()
                if timer is None or timer.at_ms > until:
                    return False
                self._ring_next()
                await self._settle()
            return True

    async def keep_delivering(self) -> None:
        """Deliver what is under way, for ever: for a world in which nobody calls `rest`."""
        while True:
            await self._under_way.wait()
            await self.rest()

    async def _settle(self) -> None:
        await self._quiet()
        while self._deliveries:
            self._ring_next()
            await self._quiet()
        self._under_way.clear()

    async def _quiet(self) -> None:
        """Return when nobody is ready to run, and nothing is being done beside the loop."""
        await _quiet()
        while self._beside:
            task, turn = self._beside.popleft()
            await asyncio.wait({task})
            turn.set()
            await _quiet()

    def _next(self) -> _Timer | None:
        """The timer that rings next, if there is one."""
        while self._timers and self._timers[0].ring is None:
            heapq.heappop(self._timers)
        return self._timers[0] if self._timers else None

    def _ring_next(self) -> None:
        timer = self._next()
        assert timer is not None
        heapq.heappop(self._timers)
        self._now_ms = max(self._now_ms, timer.at_ms)
        self._deliveries -= timer.delivery
        self._delivered += timer.delivery
        assert timer.ring is not None
        timer.ring()


async def _quiet() -> None:
    """Return when no other task of the running loop is ready to run.

    asyncio tells nobody whether its loop is idle. Its list of what is ready is private, but the
    same in all versions that we run on; without it there is only guessing by number of turns.
    """
    ready = getattr(asyncio.get_running_loop(), "_ready", None)
    assert ready is not None, "this event loop does not show what is ready"
    for _ in range(_MOST_TURNS):
        await asyncio.sleep(0)
        if not ready:
            return
    raise WorldIsRestless
