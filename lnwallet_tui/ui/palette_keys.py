"""The palette's keys are for what was typed, also where it takes long to find that.

Textual's own runs whatever is on top of its list when enter comes: where nothing was looked for
yet, that is a command that nobody asked for.
"""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from textual import events, on
from textual.command import CommandPalette
from textual.widgets import Input
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from lnwallet_tui.ui.keys_in_turn import KeysInTurn, Turn

_MOVES: Final = {
    "up": "command_list('cursor_up')",
    "down": "cursor_down",
    "pageup": "command_list('page_up')",
    "pagedown": "command_list('page_down')",
}


class Palette(CommandPalette):
    """Chooses only in a list that is complete; keys behind one that waits for that do, too."""

    _search: Worker[Any] | None = None  # for what was typed last

    def _gather_commands(self, search_value: str) -> Worker[Any]:
        self._search = super()._gather_commands(search_value)
        return self._search

    async def on_key(self, event: events.Key) -> None:
        """What was typed before it is read first."""
        if event.key in _MOVES:
            event.stop()
            move = partial(self.run_action, _MOVES[event.key])
            way = self.query_one(Input).ancestors_with_self
            await Turn(iter(way), partial(self._once_complete, move))()

    @on(Input.Submitted)
    async def _choose(self, event: Input.Submitted) -> None:
        if self._is_searching:
            event.prevent_default()
            await self._once_complete(self._select)

    async def _select(self) -> None:
        self._select_or_command()

    @property
    def _is_searching(self) -> bool:
        return self._search is not None and not self._search.is_finished

    async def _once_complete(self, act: Callable[[], Awaitable[None]]) -> None:
        """Now, or as soon as all is found."""
        if not self._is_searching:
            await act()
            return
        if isinstance(self.app, KeysInTurn):
            self.app.hold_keys_back()
        self.run_worker(self._wait(self._search, act))

    async def _wait(self, search: Worker[Any] | None, act: Callable[[], Awaitable[None]]) -> None:
        await sleep(0)  # it is about to begin
        if search is not None:
            with suppress(WorkerFailed, WorkerCancelled):
                await search.wait()
        self.call_later(self._act, search, act)

    async def _act(self, search: Worker[Any] | None, act: Callable[[], Awaitable[None]]) -> None:
        """Unless somebody typed on, or left, instead of waiting."""
        if search is self._search and search is not None and not search.is_cancelled:
            await act()
        if isinstance(self.app, KeysInTurn):
            await self.app.let_keys_go_on()
