"""Flows that the other walks leave out, whole: with keys alone, and with the mouse alone. A code in
a picture, the palette, a key of one's own, peers, several payees from marked coins."""

from __future__ import annotations

from pathlib import Path

from tests.ui import coins, spending, views
from tests.ui.pictures import page, saved
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import Stage, on_stage
from tests.ui.test_look import with_settings
from tests.ui.test_pay_address import asked_for
from tests.ui.test_pay_address import node as spender
from tests.ui.test_pay_many import OTHER
from tests.ui.test_settings import outline

SETTINGS = 'theme = "night"\n'
TWO = ((spending.ADDRESS, 25_000), (OTHER, 40_000))
"""Payees and what they get."""


async def typed_path(stage: Stage, folder: Path) -> None:
    """Of a picture with two codes; what has no other way is typed."""
    await stage.type(str(saved(page(views.INVOICE, "not this one"), folder / "two.png")))
    await stage.press("enter")  # a line of typing has no button
    await stage.patiently("2 codes were found")


async def typed_lines(stage: Stage) -> None:
    for address, sat in TWO:
        await stage.type(f"{address} {sat}")
        await stage.press("enter")


# -- scan
async def test_a_code_is_scanned_and_paid_with_keys_alone(tmp_path: Path) -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("f3", "down", "down", "down", "enter")
        await typed_path(stage, tmp_path)
        await stage.press("j", "k", "enter")
        await stage.shows("2 of 3 · check", "[ Pay 25,000 sat ]")
        await stage.press("right", "enter")
        await stage.shows("✓ Paid 25,000 sat")
        assert [one[0] for one in node.told("pay")] == [views.INVOICE]  # type: ignore[index]  # of a call that has arguments


async def test_a_code_is_scanned_and_paid_with_the_mouse_alone(tmp_path: Path) -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await chosen(stage, "scan", "Read a QR code")
        await stage.click_on("A file")
        await typed_path(stage, tmp_path)
        await stage.click_on("Lightning")
        await stage.shows("2 of 3 · check")
        await stage.click("#check-go")
        await stage.shows("✓ Paid 25,000 sat")
        assert [one[0] for one in node.told("pay")] == [views.INVOICE]  # type: ignore[index]  # of a call that has arguments


# -- the palette
async def chosen(stage: Stage, words: str, found: str) -> None:
    """In the palette: it is clicked open, typed into, and what it finds is clicked."""
    await stage.click_on(": Commands")
    await stage.type(words)
    await stage.click_on(found)


async def test_the_palette_with_the_mouse_alone() -> None:
    """From its field to a command, a channel, a payment and a person; a click beside it shuts
    it."""
    node = ScriptedNode()
    node.payment_views = (views.payment(description="Rent of May"),)
    async with on_stage(node, ScriptedWorld()) as stage:
        await chosen(stage, "settings", "How the screen looks")
        assert stage.place == "SettingsScreen"
        await stage.click_on("1 Home")
        await stage.click_on("1 Home")
        await chosen(stage, "1018x", "Channel 1018x1x1")
        await stage.shows("How it stands")
        await stage.click_on("1 Home")
        await chosen(stage, "rent", "its words: “Rent of May”")
        await stage.shows(views.PAYMENT_HASH)
        await stage.click_on("1 Home")
        await stage.click_on("1 Home")
        await chosen(stage, "carl", "Person Carl")
        await stage.shows("Do not trust him.")
        await stage.click_on(": Commands")
        await stage.shows("Search for commands")
        await stage.pilot.click(offset=(3, 0))
        await stage.shows("Do not trust him.")
        await stage.lacks("Search for commands")


# -- keys of one's own
async def test_a_key_is_chosen_used_and_given_back_with_keys_alone(tmp_path: Path) -> None:
    async with with_settings(tmp_path, SETTINGS) as stage:
        await stage.press("9", "end", "enter", "down", "enter", "down", "enter")
        await stage.shows('Press the key for "Open".')
        await stage.press("Z")
        await stage.shows("Open Z yours")
        await stage.press("escape", "1", "Z")
        assert stage.place == "OpenChannelScreen"
        await stage.press("escape", "escape", "1", "9")
        while (row := outline(stage).row) is None or row.item.title != "Open":
            await stage.press("down")
        await stage.press("x")
        await stage.shows("Open o")
        assert "Z" not in (tmp_path / "config.toml").read_text()


async def test_a_key_is_chosen_and_given_back_with_the_mouse_alone(tmp_path: Path) -> None:
    """The key itself is pressed: that is what is asked for."""
    async with with_settings(tmp_path, SETTINGS) as stage:
        await chosen(stage, "shortcut", "Which key does what")
        for words in ("▸ Home", "▸ Home", "Open "):
            await stage.click_on(words)
        await stage.click_on("Open ")
        await stage.shows('Press the key for "Open".')
        await stage.press("Z")
        await stage.shows("Open Z yours")
        await stage.click_on("x Default")
        await stage.shows("Open o")
        assert "Z" not in (tmp_path / "config.toml").read_text()


# -- peers
async def test_somebody_is_met_and_let_go_with_keys_alone() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("8", "n")
        await stage.shows("Connect to:")
        await stage.type(views.URI)
        await stage.press("enter")
        assert node.told("connect") == [views.URI]
        await stage.press("g", "j", "x")
        await stage.shows("1 connected")
        await stage.press("x")
        assert node.told("disconnect") == node.told("forget_peer") == ["02" + "77" * 32]
        await stage.press("g", "o")
        await stage.shows("Open a channel")
        assert stage.place == "OpenChannelScreen"


async def test_somebody_is_met_let_go_and_opened_to_with_the_mouse_alone() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await chosen(stage, "peers", "Who is connected and who is known")
        await stage.click_on("n Connect")
        await stage.shows("Connect to:")
        await stage.paste(views.URI)
        await stage.press("enter")  # a line of typing has no button
        assert node.told("connect") == [views.URI]
        await stage.click_on("02777777")
        await stage.click_on("x Let go")
        await stage.shows("1 connected")
        await stage.click_on("x Forget")  # whoever is not connected is forgotten
        assert node.told("disconnect") == node.told("forget_peer") == ["02" + "77" * 32]
        await stage.click_on("02ababab")
        await stage.click_on("o Open")
        assert stage.place == "OpenChannelScreen"


# -- several payees
async def test_two_are_paid_from_marked_coins_with_keys_alone() -> None:
    made = spender()
    async with on_stage(made) as stage:
        await stage.press("7", "m", "j", "m", "p")
        await stage.shows("1 of 3 · how much", "2 coins that you marked")
        await typed_lines(stage)
        await stage.press("tab", "enter")
        await stage.shows("2 of 3 · check")
        await stage.press("right", "enter")
        await stage.shows("Transaction: in no block yet")
        [asked] = asked_for(made, "send")
        assert asked.payouts == TWO
        assert asked.coins == (coins.COINS[0].coin, coins.COINS[1].coin)


async def test_two_are_paid_from_marked_coins_with_the_mouse_alone() -> None:
    """A click on a coin and on what the page says of keys: no page has room for all at its foot."""
    made = spender()
    async with on_stage(made) as stage:
        await chosen(stage, "on-chain", "Your coins and every transaction")
        await stage.click_on("800,000 sat")
        await stage.click_on("Mark coins: m")
        await stage.shows("1 marked")
        await stage.click_on("pay from them: p")
        await stage.shows("1 of 3 · how much")
        await typed_lines(stage)
        await stage.click("#form-go")
        await stage.shows("2 of 3 · check")
        await stage.click("#check-go")
        await stage.shows("Transaction: in no block yet")
        [asked] = asked_for(made, "send")
        assert asked.payouts == TWO
        assert asked.coins == (coins.COINS[1].coin,)
