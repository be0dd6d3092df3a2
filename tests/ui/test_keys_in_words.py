"""Every key that a screen names is the one that the user has, wherever it is named."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from lnwallet_tui.ui import commands, keymap
from lnwallet_tui.ui.pages import PAGES
from lnwallet_tui.ui.widgets.lines import MODES
from tests.ui import views
from tests.ui.scripted_drill import ScriptedDrill
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import LARGE, Stage, on_stage
from tests.ui.test_snapshots import busy_node
from tests.ui.test_story_screen import StoryWorld

BEFORE = re.compile(
    r"(?<!\w)(?:F(?:[1-9]|1[0-2])|ctrl\+\w|esc)(?!\w)|\{[a-z_]+\.|\(x\)|[a-z] \([57]\)"
)
"""Keys as they are at first, and a command in braces."""


def all_others() -> dict[str, str]:
    """Keys for all commands that nobody has at first: Cyrillic letters, and beyond F12."""
    plain = (chr(code) for code in range(0x400, 0x500))
    beyond = (f"f{number}" for number in range(13, 25))
    tables: dict[str, dict[str, str]] = {}
    for command in commands.ALL:
        key = next(beyond if command.needs_world else plain)
        tables.setdefault(command.where, {})[commands.name_of(command)] = key
    found, wrong = keymap.check(tables)
    assert wrong == []
    return found


def nothing() -> ScriptedNode:
    """A wallet in which nothing has happened yet."""
    node = ScriptedNode()
    node.channel_views = node.payment_views = node.coin_views = node.transaction_views = ()
    node.balance_view = views.EMPTY_BALANCE
    node.peers_view = replace(node.peers_view, peers=())
    return node


def have(stage: Stage, keys: dict[str, str]) -> None:
    """What follows a change in the settings."""
    stage.app.session.keys = keys
    stage.app.use_keys(keys)
    stage.app._redraw()


@pytest.mark.parametrize("empty", [True, False])
async def test_no_screen_names_a_key_that_is_another_now(*, empty: bool) -> None:
    async with on_stage(
        nothing() if empty else busy_node(), StoryWorld(), LARGE, drill=ScriptedDrill()
    ) as stage:
        have(stage, all_others())
        await stage.rest()
        for action in (*(f"mode('{one}')" for one in MODES), *(f"page('{one}')" for one in PAGES)):
            await stage.app.run_action(action)
            await stage.rest()
            assert BEFORE.findall(stage.text) == [], stage.text
            await stage.app.run_action("explain")
            await stage.rest()
            assert BEFORE.findall(stage.text) == [], stage.text
            while len(stage.app.screen_stack) > 1:
                stage.app.pop_screen()


async def test_enter_opens_a_row_whatever_other_key_does() -> None:
    async with on_stage(ScriptedNode()) as stage:
        have(stage, {"channels.show_channel": "z"})
        for key in ("z", "enter"):
            await stage.press("2", key)
            assert stage.place == "ChannelScreen"
            await stage.press("escape")
        await stage.press("f1")
        await stage.shows("z enter Details: Show every number")
