"""Waiting until something is so, without looking again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class News:
    """Told whenever something happened."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def happened(self) -> None:
        """Whoever waits looks again."""
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Return once it is so, be it at once."""
        while not is_so():
            await self._event.wait()
