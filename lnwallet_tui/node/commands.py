"""Commands under way: who waits for the answer of which channel."""

from __future__ import annotations

import asyncio
import itertools
from typing import TypeVar

from lnwallet_tui.channel.errors import ChannelRefusal
from lnwallet_tui.node.shell import Shell

Result = int | ChannelRefusal | None
T = TypeVar("T")


class Commands:
    """Numbers commands and hands on their answers."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Result]] = {}

    def number(self) -> int:
        """The id of a command whose answer nobody awaits here."""
        return next(self._numbers)

    def begin(self) -> tuple[int, asyncio.Future[Result]]:
        """The id of a new command, and its answer to come."""
        number = self.number()
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        return number, answer

    def answer(self, number: int, result: Result) -> None:
        """A channel answered."""
        future = self._waiting.pop(number, None)
        if future is not None and not future.done():
            future.set_result(result)

    async def wait(self, future: asyncio.Future[T], most_ms: int) -> T | None:
        """The result; None if it did not come in time. The node's own clock says what is late."""
        clock = self._shell.ports.clock
        bell = asyncio.ensure_future(clock.sleep_until(clock.now_ms() + most_ms))
        try:
            await asyncio.wait((future, bell), return_when=asyncio.FIRST_COMPLETED)
        finally:
            bell.cancel()
        return future.result() if future.done() else None
