"""Where work is done that takes long: away from the loop, which has deadlines to keep.

Only pure functions of what does not change are given away, and questions to the disk that open a
connection of their own, so it does not matter where they run.
A thread does: libsecp256k1 lets the interpreter go while it verifies, and a search through the
graph gives it up every five milliseconds. A process would need the graph a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")


class Offload(Protocol):
    """Does work that takes long."""

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, or what it raised."""
        ...


class Inline:
    """At once and on the loop: for worlds of a few nodes, in which time stands still meanwhile."""

    async def run(self, work: Callable[[], T]) -> T:
        """As `Offload.run`, without giving up the turn."""
        return work()


class Threads:
    """One thread beside the loop: what is given to it is done in that order."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="offload")

    async def run(self, work: Callable[[], T]) -> T:
        """As `Offload.run`. Who is cancelled meanwhile does not wait for it any more."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Wait for what is under way; nothing more is begun."""
        self._pool.shutdown(cancel_futures=True)
