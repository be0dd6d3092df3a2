"""What the story leaves out, on a real playground: once with keys alone, once with the mouse alone.

Each opens a channel, is paid, looks for the payment, notes something, writes files, drills, changes
colours, closes alone and waits until every satoshi is home.
"""

from __future__ import annotations

import os
from pathlib import Path

from icalendar import Calendar
from textual.widgets import Input

from lnwallet_tui.api.views import ChannelState
from tests.ui.real_stage import RealStage, on_real_stage
from tests.ui.test_guard_real import called, practised
from tests.ui.test_story_played import Mouse

CHANNEL_SAT, PRICE_SAT = 800_000, 60_000


async def wrote(stage: RealStage, selector: str, path: Path) -> None:
    """The file's name stands in the field instead of what was proposed."""
    field = stage.app.screen.query_one(selector, Input)
    assert field.has_focus
    field.value = ""
    await stage.type(str(path))


def read(path: Path) -> str:
    assert path.stat().st_mode & 0o777 == 0o600
    return path.read_text()


async def is_home(stage: RealStage) -> None:
    """Nothing is in a channel or on its way any more, and only fees are gone."""
    node = stage.world.you.node
    balance = await node.balance()
    assert balance.closing_msat == balance.in_flight_msat == balance.can_send_msat == 0
    assert {one.state for one in await node.channels()} <= {ChannelState.CLOSED}
    assert balance.total_msat > 4_000_000_000


async def test_with_keys_alone(tmp_path: Path) -> None:
    files = tmp_path / "files"
    os.mkdir(files)
    async with on_real_stage(tmp_path / "world") as stage:
        relay, friend = called(stage, "relay"), called(stage, "neighbour")
        # a channel, to somebody whose name was typed
        await stage.press("ctrl+p")
        await stage.type(relay)
        await stage.shows(f"Person {relay}")
        await stage.press("enter", "o")
        await stage.shows("Open a channel")
        await stage.type(str(CHANNEL_SAT))
        await stage.press("enter")
        await stage.shows("Open a channel: check")
        await stage.press("right", "enter")
        await stage.shows("waits for a block")
        await stage.until("Ready: you can pay")
        # one from somebody who pays
        await stage.press("f8", "home")
        stage.app.screen.query_one("#people").move_to(friend)  # type: ignore[attr-defined]
        await stage.press("O")
        await stage.shows(f"{friend} opened a channel to you")
        await stage.until("channel with you")
        for _ in range(6):
            await stage.press("f5")
        # be paid
        await stage.press("r")
        await stage.type(str(PRICE_SAT))
        await stage.press("enter")
        await stage.type("bicycle")
        await stage.press("enter")
        await stage.shows("● Waiting for 60,000 sat")
        await stage.press("f8", "p")
        await stage.shows(f"✓ {friend} paid you 60,000 sat.")
        # look for it, note something, write it down
        await stage.press("a", "slash")
        await stage.type("bicycle")
        await stage.press("enter")
        await stage.shows("+60,000 sat", "on your invoice: bicycle")
        await stage.press("n")
        await stage.type("the red one")
        await stage.press("enter")
        await stage.shows("you noted: the red one")
        await stage.press("e")
        await wrote(stage, "#answer", files / "bicycle.csv")
        await stage.press("enter")
        await stage.shows("1 payment written to")
        await stage.press("escape", "1")
        # the guard
        await stage.press("5")
        await stage.shows("✓ Watching 2 channels.", "Watched on the chain")
        await stage.press("d")
        await practised(stage)
        await stage.press("e")
        await wrote(stage, "#answer", files / "away.ics")
        await stage.press("enter")
        await stage.shows("Written to")
        # other colours, help, where it all is
        before = stage.app.theme
        await stage.press("ctrl+p", *"orchard", "enter")
        assert stage.app.theme != before
        await stage.press("question_mark")
        await stage.shows("d is the drill: in a sandbox")
        await stage.press("escape", "w")
        await stage.shows("Everything that is yours")
        await stage.press("escape")
        # the end of both channels, alone
        for which in ("home", "end"):
            await stage.press("c", which, "x")
            await stage.shows("Choose how to close")
            await stage.press("down", "enter")
            await stage.type("CLOSE")
            await stage.press("enter", "enter")
            await stage.shows("How it stands")
            await stage.press("f5")
        await stage.press("f7", "f7", "f6", "f6", "5")
        await stage.shows("back in the wallet")
        await is_home(stage)
        await stage.press("ctrl+q")
    assert "the red one" in read(files / "bicycle.csv")
    [event] = Calendar.from_ical(read(files / "away.ics")).events
    assert "Open lnwallet-tui before" in str(event["SUMMARY"])


async def choose(stage: RealStage, words: str, then: str) -> None:
    """From the palette, which the footer opens: type, and click what it finds."""
    await stage.click_on(": Commands")
    await stage.type(words)
    await stage.click_on(then)


async def test_with_the_mouse_alone(tmp_path: Path) -> None:
    """Only what can be nothing else is typed: amounts, words, names of files."""
    files = tmp_path / "files"
    os.mkdir(files)
    async with on_real_stage(tmp_path / "world", seed=2) as stage:
        mouse = Mouse(stage)
        relay = called(stage, "relay")
        # a channel
        await mouse.click_key("F8")
        await stage.click_on(relay)
        await mouse.footer("o Open")
        await stage.shows("Open a channel")
        await stage.type(str(CHANNEL_SAT))
        await mouse.press_button("[ Continue ]")
        await stage.shows("Open a channel: check")
        await mouse.press_button("[ Open ]")
        await stage.shows("waits for a block")
        await mouse.mine("Ready: you can pay")
        # one from them, and a payment
        await mouse.click_key("F8")
        await stage.click_on(relay)
        await mouse.footer("O They open")
        await stage.shows(f"{relay} opened a channel to you")
        for _ in range(7):
            await mouse.click_key("F5")
        await stage.click_on("3 Receive")
        await stage.type(str(PRICE_SAT))
        await mouse.press_button("[ Make invoice ]")
        await stage.shows("● Waiting for 60,000 sat")
        await mouse.click_key("F8")
        await mouse.footer("p They pay")
        await stage.shows(f"✓ {relay} paid you 60,000 sat.")
        # look for it and write it down
        await stage.click_on("6 Activity")
        await mouse.footer("/ Filter")
        await stage.type("in paid")
        await stage.shows("+60,000 sat")
        await stage.click_on("+60,000 sat")
        await stage.shows("✓ Received 60,000 sat")
        await mouse.footer("esc Back")
        await mouse.footer("e Export")
        await wrote(stage, "#answer", files / "paid.json")
        await stage.press("enter")  # a line of typing has no button
        await stage.shows("1 payment written to")
        # the guard
        await stage.click_on("5 Guard")
        await mouse.footer("d Drill")
        await practised(stage)
        await mouse.footer("e Calendar")
        await wrote(stage, "#answer", files / "away.ics")
        await stage.press("enter")
        await stage.shows("Written to")
        before = stage.app.theme
        await choose(stage, "orchard", "Theme: orchard")
        assert stage.app.theme != before
        # alone
        for _ in range(2):
            await stage.click_on("2 Channels")
            await stage.click_on(" ready ")
            await mouse.footer("x Close")
            await stage.shows("Choose how to close")
            await stage.click_on("Alone")
            await stage.type("CLOSE")
            await mouse.press_button("[ Close alone ]")
            await stage.shows("How it stands")
            await mouse.click_key("F5")
        for key in ("F7", "F7", "F6", "F6"):
            await mouse.click_key(key)
        await stage.click_on("5 Guard")
        await stage.shows("back in the wallet")
        await is_home(stage)
    assert str(PRICE_SAT * 1000) in read(files / "paid.json")
    assert len(Calendar.from_ical(read(files / "away.ics")).events) == 1
