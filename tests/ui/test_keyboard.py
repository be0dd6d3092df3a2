"""By keys: moving as in vim, esc that loses nothing, short footers, no stopping."""

from __future__ import annotations

import pytest
from textual.containers import VerticalScroll
from textual.widgets import Input
from textual.widgets._footer import FooterKey

from lnwallet_tui.ui.commands import MOST_IN_FOOTER
from lnwallet_tui.ui.widgets.forms import Listing, PasteBox
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import PATIENCE, Stage, on_stage
from tests.ui.test_snapshots import busy_node, tour

LISTS = {"payments": ["1"], "channels": ["2"], "log": ["5"], "people": ["1", "f8"]}


@pytest.mark.parametrize("name", LISTS)
async def test_lists_are_moved_in_with_arrows_and_as_in_vim(name: str) -> None:
    async with on_stage(busy_node(), ScriptedWorld()) as stage:
        await stage.press(*LISTS[name], "home")
        listing = stage.app.screen.query_one(f"#{name}", Listing)
        assert stage.app.focused is listing
        last = listing.option_count - 1
        assert last > 0
        places = []
        for key in ("j", "k", "down", "up", "G", "g", "end", "home"):
            await stage.press(key)
            places.append(listing.highlighted)
        assert places == [1, 0, 1, 0, last, 0, last, 0]


async def test_l_opens_and_h_goes_back() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("2", "l")
        assert stage.place == "ChannelScreen"
        await stage.press("x")
        await stage.press("j", "h")
        assert stage.place == "ChannelScreen"
        await stage.press("escape", "h")
        assert stage.place == "HomeScreen"


async def test_buttons_are_chosen_with_arrows_and_as_in_vim() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.paste(views.INVOICE)
        await stage.shows("2 of 3")
        places = []
        for key in ("l", "h", "right", "left"):
            await stage.press(key)
            places.append(stage.app.focused.id if stage.app.focused else "")
        assert places == ["check-go", "check-back", "check-go", "check-back"]


async def test_long_pages_are_scrolled_as_in_vim() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("question_mark")
        page = stage.app.screen.query_one(VerticalScroll)
        assert page.max_scroll_y > 1
        for key, target in (("j", 1), ("G", page.max_scroll_y), ("k", page.max_scroll_y - 1)):
            await stage.press(key)
            assert page.scroll_target_y == target
        await stage.press("g")
        assert page.scroll_target_y == 0


FIELDS = {
    "amount of Receive": (["3"], "amount", ["3"]),
    "note of Receive": (["3", "tab"], "note", ["3"]),
    "invoice of Send": (["4"], "invoice", ["4"]),
    "whom to open to": (["2", "o"], "uri", ["2", "o"]),
    "amount to open with": (["2", "o", "tab"], "amount", ["1", "o"]),
    "amount of the people": (["f8", "tab"], "amount", ["f8"]),
}


@pytest.mark.parametrize("keys", ["escape", "escape 2", "f1 escape escape"])
@pytest.mark.parametrize("field", FIELDS)
async def test_esc_never_loses_what_was_typed(field: str, keys: str) -> None:
    there, name, again = FIELDS[field]
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press(*there, "1", "2", "3")
        before = typed(stage, name)
        assert before.startswith("123")
        await stage.press(*keys.split())
        stage.app.screen.set_focus(None)
        await stage.press("1", *again)
        assert typed(stage, name) == before


def typed(stage: Stage, name: str) -> str:
    field = stage.app.screen.query_one(f"#{name}")
    assert isinstance(field, Input | PasteBox)
    return field.value if isinstance(field, Input) else field.text


async def test_what_was_used_is_not_there_again() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("2", "o")
        await stage.paste_into("#uri", views.URI)
        await stage.press("enter", "5", "enter")
        await stage.shows("[ Open ]")
        await stage.press("right", "enter")
        await stage.shows("How it stands")
        await stage.press("o")
        assert (typed(stage, "uri"), typed(stage, "amount")) == ("", "")


async def test_somebody_to_open_to_comes_before_what_was_typed() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("2", "o", "x", "tab", "7", "escape", "f8", "enter")
        assert typed(stage, "uri").startswith(views.PEER)
        assert typed(stage, "amount") == "7"


async def test_ctrl_z_is_answered_with_a_sentence() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("ctrl+z")
        await stage.shows("Ctrl+Z does not stop the wallet")
        await stage.press("4", "a", "ctrl+z")  # undoes, as in every editor
        assert typed(stage, "invoice") == ""


class Footers:
    """Counts what stands in them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.wrong: dict[str, list[str]] = {}

    async def add(self, name: str, *words: str) -> None:
        """The footer once these words stand on the screen."""
        await self._stage.shows(*words)
        keys: list[FooterKey] = []
        for _ in range(PATIENCE):  # the footer is made anew after the page
            keys = [key for key in self._stage.app.screen.query(FooterKey) if key.region.area]
            if keys:
                break
            await self._stage.pilot.pause()
        shown = [key.description for key in keys]
        fits = all(key.region.right <= self._stage.app.size.width for key in keys)
        if not 2 <= len(shown) <= MOST_IN_FOOTER or not fits:
            self.wrong[name] = shown


async def test_every_footer_has_at_most_seven_keys_and_fits() -> None:
    node = busy_node()
    async with on_stage(node) as stage:
        footers = Footers(stage)
        await tour(stage, node, footers)
        assert footers.wrong == {}
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        footers = Footers(stage)
        await stage.press("f8")
        await footers.add("people", "Who is there")
        assert footers.wrong == {}
