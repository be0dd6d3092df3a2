"""The application on a real playground, with somebody at the keys or at the mouse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from lnwallet_tui.playground.drill.drills import Drills
from lnwallet_tui.playground.world import World
from lnwallet_tui.ui.app import LnWalletApp
from tests.ui.stage import PATIENCE, SMALL, Stage

_EVERY = 1 / 4
"""Seconds from one drawing to the next while nobody looks. Who waits for the screen to come to rest
has it drawn at once; a day of blocks was drawn as if by 60 pictures a second."""


class RealStage(Stage):
    """As `Stage`; what is asked of a world may take many turns of the loop."""

    def __init__(self, app: LnWalletApp, pilot: Pilot[None], world: World) -> None:
        super().__init__(app, pilot)
        self.world = world

    async def rest(self) -> None:
        """Until the world is, too."""
        await super().rest()
        for _ in range(PATIENCE):
            if not self.app.session.working:
                break
            await self.pilot.pause()
        await super().rest()

    async def until(self, *words: str) -> None:
        """Press F6 until that stands on the screen."""
        for _ in range(12):
            if all(part in self.seen for part in words):
                return
            await self.press("f6")
        await self.shows(*words)


@asynccontextmanager
async def on_real_stage(
    folder: Path, seed: int = 1, size: tuple[int, int] = SMALL
) -> AsyncIterator[RealStage]:
    """The application on the world of `folder`, as `lnwallet-tui play` opens it."""
    world = await World.begin(seed, folder)
    try:
        if world.is_new:
            await world.fund()
        postman = asyncio.create_task(world.clock.keep_delivering())
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("textual.screen.UPDATE_PERIOD", _EVERY)
            patched.setattr("lnwallet_tui.ui.app._SOON", _EVERY)
            app = LnWalletApp(world.you.node, world, drill=Drills(world.you.node))
            async with app.run_test(size=size, notifications=True) as pilot:
                stage = RealStage(app, pilot, world)
                await stage.shows("Can send now")
                yield stage
        postman.cancel()
    finally:
        await world.close()
