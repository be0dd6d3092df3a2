"""The inbox on the screen: what is unread, where an entry leads, and what Home shows of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from lnwallet_tui.api.events import Notice, StatusChanged
from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.api.refusals import RefusalCode, Refused
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import LARGE, SMALL, on_stage
from tests.ui.test_look import with_settings

CHANNEL = views.channel().channel_id
PAYMENT = views.payment().payment_hash
CHEATED = "02999999 cheated with an old state: 585,000 sat taken (less the fee)."
FINAL_AT = 1_130


def node() -> ScriptedNode:
    """With one of each that leads somewhere, the newest last."""
    found = ScriptedNode()
    found.payment_views = (views.payment(),)
    found.keep("Something in the screen went wrong (ValueError).", kind=InboxKind.BUG, urgent=True)
    found.keep("You received 250,000 sat.", kind=InboxKind.RECEIVED, payment_hash=PAYMENT)
    found.keep(
        *(CHEATED, "See Guard (5).", InboxKind.BREACH),
        urgent=True,
        channel_id=CHANNEL,
        final_at=FINAL_AT,
    )
    found.keep("Nothing to go to.")
    return found


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_entries_are_read_and_stay(size: tuple[int, int]) -> None:
    wallet = node()
    async with on_stage(wallet, size=size) as stage:
        await stage.shows("i: 4 unread", "✗ 02999999 cheated")
        await stage.press("i")
        await stage.shows("Inbox: 4 unread of 4", "● 14:13", "cheat 02999999 cheated with")
        await stage.press("d", "down")
        await stage.shows(
            "Inbox: 3 unread of 4", "Final at block 1,130 (~Tue 07:53).", "See Guard (5)."
        )
        await stage.lacks("d Read All", "enter: the log")
        await stage.press("A")
        await stage.shows("Inbox: 0 unread of 4", "Nothing to go to.")
        await stage.lacks("All read")
        await stage.press("escape")
        await stage.shows("Nothing needs you.")
        await stage.lacks("unread")


async def test_enter_leads_to_what_it_is_about() -> None:
    async with on_stage(node()) as stage:
        for steps, leads, place in (
            (0, "", "InboxScreen"),
            (1, "enter: the channel", "ChannelsScreen"),
            (2, "enter: the payment", "PaymentScreen"),
            (3, "enter: the log", "LogsScreen"),
        ):
            await stage.press("i", *["down"] * steps)
            if leads:
                await stage.shows(leads)
            await stage.press("enter")
            await stage.rest()
            assert stage.place == place
            await stage.press("1")
        await stage.shows("i: 1 unread", "Nothing to go to.")


async def test_by_mouse() -> None:
    async with on_stage(node()) as stage:
        await stage.click("#now")
        await stage.shows("Inbox: 4 unread of 4")
        await stage.click_on("You received")
        await stage.shows("enter: the payment")
        await stage.click_on("d Read")
        await stage.shows("Inbox: 3 unread of 4")
        await stage.click_on("A All read")
        await stage.shows("Inbox: 0 unread of 4")
        await stage.click_on("our bug")
        await stage.shows("enter: the log")


async def test_home_marks_read_what_it_shows_and_no_more() -> None:
    wallet = node()
    async with on_stage(wallet) as stage:
        await stage.shows("i: 4 unread", "d: seen")
        await stage.press("d")
        await stage.shows("i: 1 unread", "Nothing needs you.")
        assert [one.text for one in wallet.entries if not one.is_read] == [
            "You received 250,000 sat."
        ]
        await stage.lacks("d: seen")


async def test_what_comes_meanwhile_is_seen_at_once() -> None:
    wallet = node()
    async with on_stage(wallet) as stage:
        await stage.press("i")
        await stage.shows("4 unread of 4")
        wallet.speak(Notice("The disk is full.", "Free some space.", urgent=True))
        await stage.shows("5 unread of 5", "The disk is full.")


async def test_details_are_read_in_the_inbox_alone() -> None:
    wallet = node()
    wallet.keep("Carl cheated.", details="Of 7 sat: 6 sat came, 1 sat was the fee.", final_at=9)
    async with on_stage(wallet) as stage:
        await stage.shows("i: 5 unread")
        await stage.press("n")
        await stage.shows("Carl cheated. Final since block 9.")
        await stage.lacks("Of 7 sat")
        await stage.press("i")
        await stage.shows(
            "Carl cheated. Of 7 sat: 6 sat came, 1 sat was the fee. Final since block 9."
        )


async def test_an_entry_that_does_not_fit_is_marked_and_a_key_shows_all_of_it() -> None:
    wallet = node()
    details = " ".join(f"This is its sentence number {number}." for number in range(20))
    wallet.keep("Carl cheated.", details=details, payment_hash="11" * 32)
    async with on_stage(wallet) as stage:
        await stage.press("i")
        await stage.shows("sentence number 0", "… ?: all of it enter: the payment")
        await stage.press("down")
        await stage.lacks("all of it")
        await stage.press("up", "question_mark")
        await stage.shows("sentence number 19")


async def test_no_date_of_an_entry_grows_old() -> None:
    wallet = node()
    async with on_stage(wallet, size=LARGE) as stage:
        await stage.shows("Final at block 1,130 (~Tue 07:53).")
        wallet.status_view = changed(wallet.status_view, height=FINAL_AT - 1)
        wallet.speak(StatusChanged(wallet.status_view))
        await stage.shows("Final at block 1,130 (~14:23).")
        await stage.press("i", "down")
        await stage.shows("Final at block 1,130 (~14:23).")
        wallet.status_view = changed(wallet.status_view, height=FINAL_AT)
        wallet.speak(StatusChanged(wallet.status_view))
        await stage.shows("Final since block 1,130.")


async def test_a_disk_that_takes_nothing_is_told() -> None:
    wallet = node()
    wallet.refusing["mark_read"] = Refused(
        RefusalCode.DISK, "The disk is full: nothing was changed.", "Free some space."
    )
    async with on_stage(wallet) as stage:
        await stage.press("i", "d")
        await stage.shows("The disk is full: nothing was changed. Free some space.", "4 unread")
        await stage.press("escape", "d")
        await stage.shows("Now: 4 things", "i: 4 unread")


async def test_an_empty_inbox() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("i")
        await stage.shows("Nothing yet. What comes in")
        await stage.press("enter", "d", "A", "escape")
        assert stage.place == "HomeScreen"


async def test_nothing_is_said_of_the_inbox_before_it_is_known() -> None:
    node = ScriptedNode()
    node.keep("The invoice of the baker was paid.")
    gate = node.hold("inbox")
    async with on_stage(node) as stage:
        await stage.press("i")
        await stage.shows("Inbox")
        await stage.lacks("Nothing yet", "unread of")
        gate.set()
        await stage.shows("1 unread of 1", "The invoice of the baker was paid.")


async def test_what_is_wrong_with_a_file_stands_until_it_is_mended(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    mine = tmp_path / "themes" / "mine.toml"
    mine.write_text('name = "mine"\nprimary = "bluish"')
    async with with_settings(tmp_path, 'theme = "nope"\nshade = 1') as stage:
        await stage.shows("Now: 3 things")
        await stage.press("i")
        await stage.shows("Inbox: 3 things to mend", "! now ! settings The theme file mine.toml")
        await stage.shows("until it is mended", "Mend or remove it in", "enter: the settings")
        await stage.press("d", "A", "down")
        await stage.shows("Inbox: 3 things to mend", "config.toml, line 2: there is no key")
        await stage.press("down", "question_mark", "escape")
        await stage.shows('there is no theme "nope"')
        await stage.press("enter")
        assert stage.place == "SettingsScreen"
        mine.unlink()
        (tmp_path / "config.toml").write_text('theme = "paper"')
        await stage.press("escape", "i")
        await stage.lacks("to mend")
        await stage.shows("Nothing yet. What comes in")
        await stage.press("1")
        await stage.shows("Nothing needs you.")


async def test_what_was_read_on_home_stands_in_the_inbox(tmp_path: Path) -> None:
    async with with_settings(tmp_path, "shade = 1") as stage:
        await stage.press("d")
        await stage.shows("Nothing needs you.")
        await stage.press("i")
        await stage.shows("Inbox: 1 thing to mend", "config.toml, line 1: there is no key")


async def test_files_that_are_right_are_not_spoken_of(tmp_path: Path) -> None:
    async with with_settings(tmp_path, 'theme = "paper"') as stage:
        await stage.press("i")
        await stage.lacks("to mend", "settings")
