"""Help: every page is explained, every key of it listed; the footer and the palette agree."""

from __future__ import annotations

import pytest

from lnwallet_tui.ui import commands
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import on_stage

WAYS = {"home": ("1",), "receive": ("r",), "people": ("f8",)}


def test_every_command_says_what_it_does() -> None:
    for command in commands.ALL:
        assert command.where in commands.PLACES
        assert command.footer <= set(commands.PLACES)
        assert command.sentence().endswith((".", ".)")), command


@pytest.mark.parametrize("place", commands.PLACES)
def test_keys_are_not_given_twice_and_the_footer_is_short(place: str) -> None:
    usable = list(commands.usable(place, playground=True))
    keys = [key for command in usable for key in command.keys.split(",")]
    assert len(keys) == len(set(keys))
    assert len(usable) == len(set(usable))
    shown = [one for one in commands.bindings(place) if one.show]
    assert len(shown) <= commands.MOST_IN_FOOTER


async def test_every_page_is_explained_by_f1_even_while_typing() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        for place, keys in WAYS.items():
            await stage.press(*keys)
            screen = stage.app.screen
            assert isinstance(screen, WalletScreen)
            assert screen.place == place
            await stage.press("f1")
            await stage.shows(commands.PLACES[place], " ".join(screen.about.split())[:60], "Back")
            await stage.press("escape")
            assert stage.app.screen is screen
            stage.app.screen.set_focus(None)
            while len(stage.app.screen_stack) > 1:
                await stage.press("escape")


async def test_help_says_how_to_move() -> None:
    async with on_stage(ScriptedNode(), size=(80, 60)) as stage:
        await stage.press("question_mark")
        await stage.shows("↑ ↓ j k Move: Go through a list", "← → h l Choose:")


async def test_the_palette_offers_each_command_once_and_only_what_can_be_done() -> None:
    async with on_stage(ScriptedNode()) as stage:
        for keys in (("1",), ("question_mark",), ("escape", "r")):
            await stage.press(*keys)
            titles = [one.title for one in stage.app.get_system_commands(stage.app.screen)]
            assert len(titles) == len(set(titles))
            assert "Copy" not in titles
        stage.app.screen.set_focus(None)
        await stage.press("colon")
        await stage.shows("Search for commands")
