"""What is typed faster than the screen moves lands where it was meant to."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from lnwallet_tui.ui import keys_in_turn
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import on_stage


async def test_what_is_typed_behind_enter_and_tab_lands_in_the_next_field() -> None:
    for leaves in ("enter", "tab"):
        node = ScriptedNode()
        async with on_stage(node) as stage:
            await stage.press("o")
            await stage.shows("Open a channel")
            stage.at_once((*views.URI, leaves, *"1000000", "enter"))
            await stage.shows("Open a channel: check")
            assert node.told("quote_open") == [(views.URI, 1_000_000, None)]


async def test_what_is_pasted_at_once_lands_where_the_cursor_goes() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("o")
        for event in (events.Paste(views.URI), events.Key("enter", None), events.Paste("25,000")):
            stage.app.post_message(event)
        await stage.rest()
        fields = [field.value for field in stage.app.screen.query(Input)]
        assert fields[:2] == [views.URI, "25,000"]


async def test_a_page_that_a_key_opens_is_there_before_what_is_typed_behind_it() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        stage.at_once(("o", *views.URI, "enter", *"1000000", "enter"))
        await stage.shows("Open a channel: check")
        assert node.told("quote_open") == [(views.URI, 1_000_000, None)]


async def test_keys_go_on_behind_a_page_that_is_taken_away() -> None:
    async with on_stage(ScriptedNode()) as stage:
        for _ in range(3):
            stage.at_once(("o", "escape", "2", "o", "escape", "escape", "1", "s", "escape"))
            await stage.rest()
        stage.at_once(("o", "x", "y"))
        await stage.shows("Open a channel")
        assert stage.app.screen.query_one("#uri", Input).value == "xy"


async def test_a_turn_that_is_lost_holds_no_key_back_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def lost(_: keys_in_turn.Turn) -> None:
        """Whatever had it in its queue is gone."""

    monkeypatch.setattr(keys_in_turn, "_PATIENCE_S", 0.01)
    monkeypatch.setattr(keys_in_turn.Turn, "__call__", lost)
    async with on_stage(ScriptedNode()) as stage:
        stage.at_once(("o", "x"))
        await stage.shows("Open a channel", "x")
        assert stage.app.screen.query_one("#uri", Input).value == "x"
