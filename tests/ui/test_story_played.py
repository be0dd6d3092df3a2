"""The whole story on a real playground: by the keys that the story itself names, and by mouse."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Button

from lnwallet_tui.ui.story import Step
from lnwallet_tui.ui.story_hints import LARGE_SAT
from lnwallet_tui.ui.widgets.lines import Key, Tab
from lnwallet_tui.ui.widgets.story_line import StoryLine
from tests.ui.real_stage import RealStage, on_real_stage


def person(stage: RealStage, role: str) -> str:
    return next(one.name for one in stage.world.people() if one.role == role)


async def told(stage: RealStage, *steps: Step) -> None:
    """These are ticked and no others; the story is in front."""
    await stage.press("f2")
    await stage.shows(f"The story: {len(steps)} of 6 done")
    assert stage.app.session.tale is not None
    assert stage.app.session.tale.done == set(steps)


async def test_by_keys(tmp_path: Path) -> None:
    async with on_real_stage(tmp_path) as stage:
        cheat, shop = person(stage, "cheat"), person(stage, "shop")
        await stage.shows("0/6 done")
        # a channel
        await told(stage)
        await stage.press("enter")
        await stage.type("1000000")
        await stage.press("enter")
        await stage.shows("Open a channel: check")
        await stage.press("right", "enter")
        await stage.shows("waits for a block")
        await told(stage)
        await stage.shows("waits for 3 blocks")
        await stage.until("The story: 1 of 6 done")
        # be paid
        await stage.press("escape", "f2")
        await stage.shows(f"Press enter: People opens at {cheat}. Press O")
        await stage.press("enter", "O")
        await stage.shows(f"{cheat} opened a channel to you")
        await told(stage, Step.OPEN)
        await stage.shows(f"The channel from {cheat} waits for 3 blocks")
        await stage.until("Receive opens")
        await stage.press("enter")
        await stage.shows("Receive a payment")
        await stage.type("50000")
        await stage.press("enter", "enter")
        await stage.shows("● Waiting for 50,000 sat")
        await told(stage, Step.OPEN)
        await stage.shows("Your invoice of 50,000 sat waits")
        await stage.press("enter", "p")
        await stage.shows(f"✓ {cheat} paid you 50,000 sat.")
        await told(stage, Step.OPEN, Step.BE_PAID)
        # far
        await stage.shows(f"People opens at {shop}")
        await stage.press("enter", "b")
        await stage.shows("Send · 2 of 3 · check")
        await stage.press("right", "enter")
        await stage.shows("✓ Paid 25,000 sat")
        await told(stage, Step.OPEN, Step.BE_PAID, Step.PAY_FAR)
        # in parts
        await stage.shows("400,000 sat")
        await stage.press("enter", "tab")
        await stage.type(str(LARGE_SAT))
        await stage.press("enter", "b")
        await stage.shows("Send · 2 of 3 · check", "400,000 sat")
        await stage.press("right", "enter")
        await stage.shows("✓ Paid 400,000 sat")
        await told(stage, Step.OPEN, Step.BE_PAID, Step.PAY_FAR, Step.PAY_IN_PARTS)
        # what hops saw
        await stage.press("up")
        await stage.shows("Press v to see what each hop saw of it.")
        await stage.press("v")
        await stage.shows("Part 1 of", "Part 2 of", "cannot know whether you are the payer")
        await stage.press("escape")
        # close
        await stage.press("down")
        await stage.shows("Channels opens at the one with")
        await stage.press("enter", "x")
        await stage.shows("Choose how to close")
        await stage.press("enter")
        await stage.shows("Close together: check")
        await stage.press("right", "enter")
        await stage.press("f2")
        await stage.until("The story: 5 of 6 done")
        # cheat
        await stage.press("escape", "f2")
        await stage.shows(f"People opens at {cheat}. Press x")
        await stage.press("enter", "x")
        await stage.shows(f"{cheat} published an old state.")
        await stage.press("f2")
        await stage.shows("The story: 5 of 6 done")
        await stage.press("f5")
        await stage.shows("your guard has seen it", "The story: 5 of 6 done")
        await stage.until("The story: 6 of 6 done")
        await stage.press("escape", "1")
        await stage.shows("The story is told; everything here stays open to you.")
    async with on_real_stage(tmp_path) as stage:
        await stage.shows("The story is told; everything here stays open to you.")


class Mouse:
    """Somebody with a mouse, who types nothing but amounts."""

    def __init__(self, stage: RealStage) -> None:
        self.stage = stage

    async def mine(self, *words: str) -> None:
        """Click F6 until that stands there."""
        for _ in range(12):
            if all(part in self.stage.seen for part in words):
                return
            await self.click_key("F6")
        await self.stage.shows(*words)

    async def click_key(self, key: str) -> None:
        """On one of the playground's keys."""
        keys = [one for one in self.stage.app.screen.query(Key) if one.shown == key]
        await self.stage.click(keys[0])

    async def home(self) -> None:
        """By its tab, twice where a page lies on it."""
        for _ in range(2):
            await self.stage.click(self.stage.app.screen.query(Tab).first())

    async def story(self) -> None:
        """By the line on the first screen."""
        await self.home()
        await self.stage.click(self.stage.app.screen.query_one(StoryLine))
        await self.stage.shows("The story:")

    async def go(self, step: Step) -> None:
        """Where that step is done: two clicks on it."""
        await self.story()
        listing = self.stage.app.screen.query_one("#steps")
        row = [*Step].index(step)
        for _ in range(2):
            await self.stage.pilot.click(listing, offset=(6, row), times=1)
            await self.stage.rest()

    async def footer(self, words: str) -> None:
        """A command that the footer names."""
        await self.stage.click_on(words)

    async def press_button(self, label: str) -> None:
        """A button by what stands on it."""
        await self.stage.shows(label)
        buttons = self.stage.app.screen.query(Button)
        await self.stage.click(next(one for one in buttons if label in str(one.label)))


async def ticks(mouse: Mouse, *steps: Step) -> None:
    await mouse.story()
    await mouse.stage.shows(f"The story: {len(steps)} of 6 done")
    assert mouse.stage.app.session.tale is not None
    assert mouse.stage.app.session.tale.done == set(steps)


async def test_by_mouse_in_another_order(tmp_path: Path) -> None:
    async with on_real_stage(tmp_path, seed=2) as stage:
        mouse = Mouse(stage)
        cheat, shop = person(stage, "cheat"), person(stage, "shop")
        # the cheat opens and pays, and is caught
        await mouse.go(Step.CATCH)
        await stage.shows(cheat)
        await mouse.footer("O They open")
        await stage.shows(f"{cheat} opened a channel to you")
        await mouse.mine("1 channel with you")
        await mouse.story()
        await mouse.mine("The story: 0 of 6 done", "Open a channel")
        for _ in range(3):
            await mouse.click_key("F5")
        await ticks(mouse)
        await mouse.go(Step.BE_PAID)
        await stage.type("50000")
        await mouse.press_button("[ Make invoice ]")
        await stage.shows("● Waiting for 50,000 sat")
        await mouse.go(Step.BE_PAID)
        await mouse.footer("p They pay")
        await stage.shows(f"✓ {cheat} paid you 50,000 sat.")
        await ticks(mouse, Step.BE_PAID)
        await mouse.go(Step.CATCH)
        await mouse.footer("x Cheat")
        await stage.shows("published an old state")
        await mouse.click_key("F5")
        await mouse.story()
        await mouse.mine("The story: 2 of 6 done")
        await ticks(mouse, Step.BE_PAID, Step.CATCH)
        # a channel
        await mouse.go(Step.OPEN)
        await stage.type("1000000")
        await mouse.press_button("[ Continue ]")
        await mouse.press_button("[ Open ]")
        await mouse.story()
        await mouse.mine("The story: 3 of 6 done")
        # in parts first
        await mouse.go(Step.PAY_IN_PARTS)
        await stage.shows(shop)
        await stage.click("#amount")
        await stage.type(str(LARGE_SAT))
        await stage.click_on(shop)
        await mouse.footer("b Buy")
        await mouse.press_button("[ Pay 400,000 sat ]")
        await stage.shows("✓ Paid 400,000 sat")
        await mouse.story()
        assert stage.app.session.tale is not None
        assert Step.PAY_IN_PARTS in stage.app.session.tale.done
        if Step.PAY_FAR not in stage.app.session.tale.done:  # its parts went that way, too
            await mouse.go(Step.PAY_FAR)
            await mouse.footer("b Buy")
            await mouse.press_button("[ Pay 25,000 sat ]")
            await stage.shows("✓ Paid 25,000 sat")
        # and close
        await mouse.go(Step.CLOSE)
        await mouse.footer("x Close")
        await stage.click_on("Together")
        await mouse.press_button("Close")
        await mouse.story()
        await mouse.mine("The story: 6 of 6 done")
