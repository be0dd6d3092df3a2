"""When an application in memory is at rest: its event loop has nothing to do.

Textual's pilot guesses that from the processor's time, and has every widget of the screen answer
before, some times for each key; that was most of what a test did, and where others are at work on
the machine the guess is wrong.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from rich.console import RenderableType
from textual import _wait
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.pilot import Pilot
from textual.screen import Screen

SOON: Final = 1 / 50
"""Seconds: a tenth of what a user waits for news that are no hurry, and for a button that was just
pressed to take another press."""
_MOST_TURNS: Final = 10_000
"""Of the loop, after which what never comes to rest is left alone."""
_AT_ONCE: Final = 20
_A_MOMENT: Final = 1 / 500
_MOST_DRAWINGS: Final = 20


async def at_rest() -> bool:
    """Wait until only time, another thread or another process can bring anything new; whether
    there was anything to do before."""
    loop: Any = asyncio.get_running_loop()
    turn = 0
    for turn in range(_MOST_TURNS):
        # Everything that is ready has its turn, and sockets are read. Now and then this steps out
        # of the way of whoever else waits for that: the clock of a playground does.
        await asyncio.sleep(1 / 10_000 if turn % _AT_ONCE == _AT_ONCE - 1 else 0)
        if not loop._ready:
            break
    if loop._default_executor is not None:  # of what threads do, the loop knows nothing
        await _wait.wait_for_idle(0)
    return turn > 0


async def drawn(pilot: Pilot[None]) -> bool:
    """Wait until that holds, and whatever changed is laid out and drawn, too."""
    loop: Any = asyncio.get_running_loop()
    was_busy = False
    for _ in range(_MOST_DRAWINGS):
        was_busy |= await at_rest()
        if pilot.app._resize_timer is not None:  # otherwise the window has its new size a bit later
            pilot.app._check_resize()
        pilot.app.screen._on_timer_update()  # otherwise a sixtieth of a second later
        if not loop._ready:
            break
    return was_busy


async def _moment(pilot: Pilot[None], delay: float | None = None) -> None:
    """In the place of `Pilot.pause`: who asks again while nothing happens lets time pass."""
    if not await drawn(pilot) and delay is None:
        delay = _A_MOMENT
    if delay is not None:
        await asyncio.sleep(delay)
        await drawn(pilot)


async def _answered(pilot: Pilot[None], timeout: float = 30.0) -> bool:  # noqa: ASYNC109  # Textual's
    """In the place of `Pilot._wait_for_screen`: at rest, every widget has answered."""
    await at_rest()
    return True


async def _idle(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """In the place of what a key waits for before and after what it moves."""
    await at_rest()


_WHOLE = Compositor.render_update


def _update(
    compositor: Compositor,
    full: bool = False,
    screen_stack: list[Screen[object]] | None = None,
    simplify: bool = False,
) -> RenderableType | None:
    """In the place of what is sent to a terminal, which is not there: what changed is drawn by its
    widgets, and not put together. Who looks at the screen has it put together by themselves."""
    if full:
        return _WHOLE(compositor, full, screen_stack, simplify)
    visible_screen_stack.set(screen_stack or [])
    changed = compositor._dirty_regions.copy()
    compositor._dirty_regions.clear()
    for widget, (region, clip) in compositor.visible_widgets.items():
        shown = region.intersection(clip)
        if any(map(shown.overlaps, changed)):
            widget.render_lines(shown.translate(-region.offset))
    return None


def patch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the pilot ask the event loop, and nobody draw what nobody sees."""
    monkeypatch.setattr(Compositor, "render_update", _update)
    monkeypatch.setattr("textual.strip.FIFOCache", lambda _size: {})  # most of a strip's making
    monkeypatch.setattr(Pilot, "pause", _moment)
    monkeypatch.setattr(Pilot, "_wait_for_screen", _answered)
    monkeypatch.setattr("textual.app.wait_for_idle", _idle)
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", _A_MOMENT)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", _A_MOMENT / 2)
