"""A deadline that can be moved: rings once, as a turn of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lnwallet_tui.node.shell import Shell


class Alarm:
    """Calls `ring` when its time has come; ringing too early must do no harm."""

    def __init__(self, shell: Shell, name: str, ring: Callable[[], None]) -> None:
        self._shell = shell
        self._name = name
        self._ring = ring
        self._at_ms: int | None = None
        self._sleeper: asyncio.Task[None] | None = None

    def set(self, at_ms: int | None) -> None:
        """Ring at `at_ms` instead; None: not at all.

        A deadline that only moved further away lets the sleeper be: it rings early, and whoever
        set it sets it anew. That spares a task for every message of a peer.
        """
        if self._at_ms is not None and at_ms is not None and at_ms >= self._at_ms:
            return
        self.stop()
        if at_ms is not None:
            self._at_ms = at_ms
            self._sleeper = self._shell.tasks.start(self._sleep(at_ms), self._name)

    @property
    def at_ms(self) -> int | None:
        """When it rings; None: not at all."""
        return self._at_ms

    def stop(self) -> None:
        """Do not ring."""
        if self._sleeper is not None:
            self._sleeper.cancel()
        self._sleeper = self._at_ms = None

    async def _sleep(self, at_ms: int) -> None:
        await self._shell.ports.clock.sleep_until(at_ms)
        self._sleeper = self._at_ms = None
        self._shell.turns.take(self._ring)
