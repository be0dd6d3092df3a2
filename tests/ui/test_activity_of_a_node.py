"""Activity on a real node in the playground: real payments looked for, noted and written down."""

from __future__ import annotations

import json
from pathlib import Path

from textual.widgets import Input

from lnwallet_tui.playground.world import World
from lnwallet_tui.ui.app import LnWalletApp
from tests.screen import live
from tests.ui.stage import SMALL, Stage


async def test_what_was_paid_is_found_noted_and_written_down(tmp_path: Path) -> None:
    world = await World.begin(1, tmp_path / "world")
    try:
        await world.fund()
        await live(world)
        app = LnWalletApp(world.you.node, world)
        async with app.run_test(size=SMALL, notifications=True) as pilot:
            stage = Stage(app, pilot)
            await stage.press("a")
            await stage.shows("Activity: 2 payments", "+250,000 sat", "-42,000 sat")
            await stage.shows("on your invoice: An old bicycle")
            await stage.press("slash")
            await stage.type("out coffee paid >40k")
            await stage.shows("1 payment found", "its words: Two kilos of coffee")
            await stage.press("enter", "n")
            await stage.type("for the office")
            await stage.press("enter")
            await stage.shows("you noted: for the office")
            await stage.press("enter")
            await stage.shows("Try 1 42,000 sat arrived, fee none, 1 hop via", "You noted")
            await stage.press("escape", "e")
            await stage.shows("Write to:")
            app.screen.query_one("#answer", Input).value = str(tmp_path / "all.json")
            await stage.press("enter")
            await stage.shows("1 payment written to")
            [written] = json.loads((tmp_path / "all.json").read_text())
            assert (written["amount_msat"], written["note"]) == (42_000_000, "for the office")
            await stage.press("escape", "slash", *["backspace"] * 20)
            await stage.type("note:bicycle")
            await stage.shows("1 payment found", "+250,000 sat")
    finally:
        await world.close()
