"""The whole story without a screen: every step in the order of the plan, a line after each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

from lnwallet_tui.playground.chronicle import Chronicle
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.parties import Facts
from lnwallet_tui.playground.plan import Plan, plan
from lnwallet_tui.playground.story import Story
from lnwallet_tui.playground.telling import Told, TourFailed
from lnwallet_tui.playground.world import World, WorldStuck

Step = tuple[str, Callable[[], Awaitable[Told]]]


class Tour:
    """A tour through the world of `seed`, whose files go below `folder`.

    Iterate over `lines`; `passed` and `blocks` (hex, in order of height) are known afterwards.
    """

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed: Final = seed
        self._folder: Final = folder
        self.passed = False
        self.blocks: list[str] = []

    async def lines(self) -> AsyncIterator[Facts]:
        """One object a step; after one that failed nothing comes but `done`."""
        world = await World.begin(self._seed, self._folder)
        try:
            chronicle = Chronicle(world)
            for name, act in _steps(world, plan(world.seed), chronicle):
                try:
                    told = await act()
                except (TourFailed, WorldStuck) as problem:
                    yield {"step": name, "ok": False, "says": str(problem)}
                    yield {"step": "done", "ok": False, "says": "The tour ended early."}
                    return
                head = {"step": name, "ok": True, "says": told.sentence, "facts": told.facts}
                yield {**head, **await chronicle.line()}
            self.passed = True
        finally:
            self.blocks = world.regtest.blocks_hex()
            await world.close()


def _steps(world: World, chosen: Plan, chronicle: Chronicle) -> list[Step]:
    story = Story(world, chosen, chronicle, SeededDice(world.seed, "story"))
    openings = [("open", partial(story.open, opening)) for opening in chosen.openings]
    middle = [(name, partial(story.do, name)) for name in chosen.steps]
    return [
        ("chain", story.chain),
        ("fund", story.fund),
        *openings,
        *middle,
        ("done", story.done),
    ]
