"""The node's asyncio tasks: each has an owner, and none survives `stop`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine


class Tasks:
    """Starts tasks and ends them. One that crashes is told to `on_crash`."""

    def __init__(self, on_crash: Callable[[Exception], None]) -> None:
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._on_crash = on_crash

    def start(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        """Run `work` until it returns or until `stop`."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    async def stop(self) -> None:
        """Cancel everything and wait for the end of it."""
        while self._tasks:
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.wait(tuple(self._tasks))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, Exception):
            self._on_crash(error)
