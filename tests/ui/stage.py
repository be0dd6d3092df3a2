"""Runs the application in memory and reads its screen as text."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from lnwallet_tui.api.custody import CustodyApi
from lnwallet_tui.api.drill import DrillApi
from lnwallet_tui.ui.app import LnWalletApp
from tests.ui.idle import drawn
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld

SMALL, LARGE = (80, 24), (120, 40)
PATIENCE = 100
"""How often one looks whether a screen shows something."""
_LOOK_AGAIN = 1 / 100
"""Seconds later; most of what comes is there when the screen is at rest."""


class Stage:
    """The running application with somebody at the keys."""

    def __init__(self, app: LnWalletApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> None:
        """Press these keys and let everything come to rest."""
        for key in keys:
            await self._ready()
            await self.pilot.press(key)
            await self.rest()

    async def _ready(self) -> None:
        """Until the button in focus takes a press again; for a moment after one it does not."""
        while self.app.focused is not None and self.app.focused.has_class("-active"):
            await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type text into what has the focus."""
        await self.pilot.press(*text)
        await self.rest()

    def at_once(self, keys: Iterable[str]) -> None:
        """As a terminal gives them that nobody has read for a while."""
        for key in keys:
            self.app.post_message(Key(key, key if len(key) == 1 else None))

    async def paste(self, text: str) -> None:
        """Paste as a terminal does."""
        self.app.post_message(Paste(text))
        await self.rest()

    async def paste_into(self, selector: str, text: str) -> None:
        """Paste into a field of the screen in front."""
        self.app.screen.query_one(selector).focus().post_message(Paste(text))
        await self.rest()

    async def click(self, selector: str | Widget, *, times: int = 1) -> None:
        """Click the widget in the screen in front, as soon as it is there."""
        for _ in range(PATIENCE):
            widget = self.app.screen.query_one(selector) if isinstance(selector, str) else selector
            if widget.region.area and not widget.has_class("-active"):
                break
            await self.pilot.pause()
        assert await self.pilot.click(widget, times=times), f"{selector} is covered:\n{self.text}"
        await self.rest()

    async def click_on(self, words: str) -> None:
        """Click where these words stand."""
        await self.shows(words)
        row, line = next(
            (row, line) for row, line in enumerate(self.text.split("\n")) if words in line
        )
        await self.pilot.click(offset=(line.index(words) + 1, row))
        await self.rest()

    async def rest(self) -> None:
        """Until every message and every answer to one was handled, and what came of it drawn."""
        await drawn(self.pilot)

    @property
    def seen(self) -> str:
        """The same in one line, boxes that stand side by side one after the other."""
        rows = [line.split("││") for line in self.text.split("\n")]
        columns = [row[0] for row in rows] + [row[1] for row in rows if len(row) > 1]
        return " ".join(re.sub("[│▌▁-▃▅-▇]", " ", " ".join(columns)).split())

    async def shows(self, *words: str) -> None:
        """All of that stands on the screen, wherever lines break; perhaps after some messages."""
        await self._soon(words, there=True, complaint="is not on the screen")

    async def patiently(self, *words: str) -> None:
        """The same where another program must do something first."""
        for _ in range(PATIENCE * 10):
            if all(part in self.seen for part in words):
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"{words!r} is not on the screen:\n{self.text}")

    async def says(self, selector: str, *words: str) -> None:
        """All of that stands in this text of the screen in front, whatever stands beside it."""
        said = ""
        for _ in range(PATIENCE):
            said = " ".join(str(self.app.screen.query_one(selector, Static).visual).split())
            if all(part in said for part in words):
                return
            await self.pilot.pause()
        raise AssertionError(f"{words!r} is not in {said!r}")

    async def lacks(self, *words: str) -> None:
        """None of that stands on the screen."""
        await self._soon(words, there=False, complaint="is on the screen")

    async def _soon(self, words: Iterable[str], *, there: bool, complaint: str) -> None:
        seen = self.seen
        for part in words:
            for _ in range(PATIENCE):
                if (part in seen) is there:
                    break
                await self.pilot.pause(_LOOK_AGAIN)
                seen = self.seen
            else:
                raise AssertionError(f"{part!r} {complaint}:\n{self.text}")

    @property
    def text(self) -> str:
        """What stands on the screen, line by line."""
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(line.text.rstrip() for line in lines)

    @property
    def place(self) -> str:
        """Which screen is in front."""
        return type(self.app.screen).__name__


@asynccontextmanager
async def on_stage(
    node: ScriptedNode,
    world: ScriptedWorld | None = None,
    size: tuple[int, int] = SMALL,
    *,
    forgotten: bool = False,
    drill: DrillApi | None = None,
    custody: CustodyApi | None = None,
) -> AsyncIterator[Stage]:
    """The application on `node`, at rest on its first screen."""
    app = LnWalletApp(node, world, forgotten=forgotten, drill=drill, custody=custody)
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.rest()
        yield stage
