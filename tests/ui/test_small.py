"""A window that becomes too small and large again: a sentence meanwhile, nothing typed is lost."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from textual import events
from textual.geometry import Size
from textual.widgets import Input

from lnwallet_tui.api.events import StatusChanged
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import SMALL, Stage, on_stage

TOO_SMALL = "This window is smaller than 80 columns by 24 rows. Please enlarge it."


async def resize(stage: Stage, columns: int, rows: int) -> None:
    await stage.pilot.resize_terminal(columns, rows)
    await stage.rest()


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (20, 5), (1, 1)])
async def test_what_was_typed_and_the_cursor_are_there_again(size: tuple[int, int]) -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "1", "2", "tab", *"rent")
        note = stage.app.focused
        assert isinstance(note, Input)
        await resize(stage, *size)
        if size[0] > 60:
            await stage.shows(TOO_SMALL)
        await stage.lacks("Make invoice", "rent")
        await resize(stage, *SMALL)
        await stage.shows("Make invoice", "12", "rent")
        assert stage.app.focused is note
        await stage.press("s")
        assert note.value == "rents"


async def test_nothing_that_is_not_seen_is_pressed_or_typed() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.paste(views.INVOICE)
        await stage.shows("[ Pay 25,000 sat ]")
        await stage.press("right")
        await resize(stage, 60, 20)
        await stage.press("enter", "tab", "enter", "space")
        await resize(stage, *SMALL)
        await stage.shows("[ Pay 25,000 sat ]")
        assert node.told("pay") == []


async def test_the_node_is_heard_meanwhile() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await resize(stage, 60, 20)
        node.status_view = replace(node.status_view, height=1_025)
        node.speak(StatusChanged(node.status_view))
        await resize(stage, *SMALL)
        await stage.shows("regtest 1,025")


async def test_a_small_window_can_be_left_and_q_is_said() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld(), size=(60, 20)) as stage:
        await stage.shows("This window is smaller than 80 columns by 24 rows.")
        await stage.shows("its guard with it.", "Until then no key does anything but")
        await stage.press("q")
        assert stage.app.return_code == 0


async def test_a_palette_that_was_open_is_there_again() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("ctrl+p", *"gua")
        await resize(stage, 30, 8)
        await resize(stage, *SMALL)
        await stage.shows("What the breach guard watches")
        assert stage.app.screen.query_one(Input).value == "gua"


def size_of(columns: int, rows: int) -> events.Resize:
    """As a terminal tells it."""
    size = Size(columns, rows)
    return events.Resize(size, size)


@pytest.mark.parametrize("key", ["s", "4", "w", "f5", "f8", "ctrl+p", "escape", "ctrl+n", "tab"])
async def test_no_key_acts_on_what_is_not_seen(key: str) -> None:
    world = ScriptedWorld()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("3", "1", "2")
        note = stage.app.focused
        await resize(stage, 60, 20)
        await stage.press(key)
        await stage.paste(views.INVOICE)
        await resize(stage, *SMALL)
        assert (stage.place, stage.app.focused) == ("ReceiveScreen", note)
        assert len(stage.app.screen_stack) == 1
        assert world.asked == []


async def test_the_first_keys_after_it_was_enlarged_are_not_lost() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "1", "2")
        amount = stage.app.focused
        assert isinstance(amount, Input)
        await resize(stage, 60, 20)
        told = [size_of(70, 20), size_of(*SMALL), *(events.Key(one, one) for one in "345")]
        for event in told:
            stage.app.post_message(event)
        await stage.rest()
        assert amount.value == "12345"


async def test_keys_that_come_with_its_shrinking_are_not_typed() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "1", "2")
        amount = stage.app.focused
        assert isinstance(amount, Input)
        for event in (size_of(60, 20), events.Key("3", "3"), events.Key("tab", None)):
            stage.app.post_message(event)
        await stage.rest()
        await resize(stage, *SMALL)
        assert (amount.value, stage.app.focused) == ("12", amount)


async def test_help_is_read_in_a_small_window_and_what_was_there_comes_back() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "1", "2")
        amount = stage.app.focused
        await resize(stage, 60, 20)
        await stage.press("question_mark")
        await stage.shows("Say how much you ask for")
        await stage.lacks(TOO_SMALL)
        await stage.press("escape")
        await stage.shows("This window is smaller than")
        await stage.press("question_mark")
        await resize(stage, *SMALL)
        await stage.press("escape", "3")
        await stage.shows("Make invoice", "123")
        assert stage.app.focused is amount


async def test_what_is_asked_before_leaving_can_be_read_in_a_small_window() -> None:
    async with on_stage(ScriptedNode(), forgotten=True) as stage:
        await resize(stage, 60, 20)
        await stage.press("q")
        await stage.shows("This world ends when you leave.", "[ Stay ]", "[ Leave ]")
        await stage.press("q")
        assert stage.app.return_code == 0
