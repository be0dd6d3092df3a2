"""Keys are taken one after another, also those that are typed faster than the screen moves.

Textual hands each key to whatever has the cursor when the key arrives. One that moves the cursor
does so later: it bubbles up to the application, which lets a field submit, which tells the page,
which asks the application to move the cursor. What is typed in between would stand in the field
that was left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Final

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.widget import Widget

_LEAVE: Final = "ctrl+q"
_PATIENCE_S: Final = 3.0
"""A turn that is lost with the widget in whose queue it waited holds no key back for longer."""


class Turn:
    """Comes behind all that waits for one after the other on a way, and then does `then`. A page
    that is taken away lets it pass, as it must: no key would be taken any more."""

    def __init__(self, way: Iterator[MessagePump], then: Callable[[], Awaitable[None]]) -> None:
        self._way, self._then = way, then

    async def __call__(self) -> None:
        """On to the next one that still reads messages."""
        for pump in self._way:
            if pump.post_message(events.Callback(callback=self)):
                return
        await self._then()


def is_turn(event: events.Event) -> bool:
    """Whether a `Turn` comes by."""
    return isinstance(event, events.Callback) and isinstance(event.callback, Turn)


class KeysInTurn(App[None]):
    """An application that holds keys and pastes back until the key before them has done what it
    does."""

    def __init__(self) -> None:
        super().__init__()
        self._held_back: deque[events.Key | events.Paste] = deque()
        self._is_moving = False
        self._moves = self._held = 0

    async def on_event(self, event: events.Event) -> None:
        """Everything else is nobody's typing."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded or _leaves(event):
            await super().on_event(event)
        else:
            self._held_back.append(event)
            await self._take()

    async def _take(self) -> None:
        while self._held_back and not self._is_moving:
            event = self._held_back.popleft()
            target = self._has_cursor
            self._is_moving = isinstance(event, events.Key) and not _is_text(event, target)
            await super().on_event(event)
            if self._is_moving:
                self._moves += 1
                moved = partial(self._moved, self._moves)
                self.set_timer(_PATIENCE_S, moved)
                await Turn(self._way_of_a_key(target), moved)()

    @property
    def _has_cursor(self) -> Widget:
        return self.focused or self.screen

    def _way_of_a_key(self, target: Widget) -> Iterator[MessagePump]:
        """Whose messages are to be read before the next key may come."""
        for _ in range(2):  # the key itself, and what the widget told because of it
            yield from target.ancestors_with_self
            yield self  # also where the widget is gone
        yield from self._has_cursor.ancestors_with_self  # a page that is new is put together first

    def hold_keys_back(self) -> None:
        """Until whoever wants that lets them go on."""
        self._is_moving = True
        self._moves += 1
        self._held = self._moves
        self.set_timer(_PATIENCE_S, partial(self._moved, self._moves))

    async def let_keys_go_on(self) -> None:
        """Those that are held back so, behind what is being done now."""
        way = self._way_of_a_key(self._has_cursor)
        await Turn(way, partial(self._moved, self._held))()

    async def _moved(self, number: int) -> None:
        if self._is_moving and number == self._moves:
            self._is_moving = False
            await self._take()


def _leaves(event: events.Key | events.Paste) -> bool:
    """Whoever wants to leave waits for nothing."""
    return isinstance(event, events.Key) and event.key == _LEAVE


def _is_text(key: events.Key, target: Widget) -> bool:
    """It goes into what has the cursor, and moves nothing else."""
    return target.check_consume_key(key.key, key.character)
