"""Activity on a real node in the playground: real payments looked for, noted and written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from textual.widgets import Input

from lnwallet_tui.api.activity import ActivityCount
from lnwallet_tui.playground.world import World
from lnwallet_tui.ui import export
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
            await stage.shows("Activity: 2 payments, 2 on chain", "+250,000 sat", "-42,000 sat")
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
            answer = await export.write(world.you.node, "onchain", str(tmp_path / "chain.json"))
            rows = json.loads((tmp_path / "chain.json").read_text())
            assert answer == ActivityCount(payments=0, transactions=len(rows))
            balance = await world.you.node.balance()
            assert sum(map(_changed, rows)) == 1000 * (
                balance.onchain_confirmed_sat + balance.onchain_pending_sat
            )
            await stage.press("escape", "slash", *["backspace"] * 20)
            await stage.type("note:bicycle")
            await stage.shows("1 payment found", "+250,000 sat")
    finally:
        await world.close()


def _changed(row: dict[str, Any]) -> int:
    """What a row of the file did to what there is on chain, in msat."""
    amount, fee = row["amount_msat"], row["fee_msat"]
    assert isinstance(amount, int)
    assert isinstance(fee, int)
    return amount if row["direction"] == "in" else -amount - fee
