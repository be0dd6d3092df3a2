"""Tells that the source of the chain is somewhere else than before: a first sync is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from lnwallet_tui.api.chain import ChainView
from lnwallet_tui.node.shell import Shell

MOST_OFTEN_MS: Final = 1_000


class ChainNews:
    """Tells (by `tell`), at most once a second, and only while somebody listens."""

    def __init__(self, shell: Shell, tell: Callable[[], None]) -> None:
        self._shell, self._tell = shell, tell
        self._told: ChainView | None = None

    def start(self) -> None:
        """From now on."""
        self._shell.tasks.start(self._listen(), "chain news")

    async def _listen(self) -> None:
        clock, chain = self._shell.ports.clock, self._shell.ports.chain
        while True:
            await chain.changed()
            if self._shell.feed.is_read and self._is_new(chain.view()):
                self._tell()
            await clock.sleep_until(clock.now_ms() + MOST_OFTEN_MS)

    def _is_new(self, view: ChainView) -> bool:
        timeless = replace(view, now=0)
        is_new, self._told = timeless != self._told, timeless
        return is_new
