"""Something that shows a cursor always has it: one arrow or tab too many loses nobody."""

from __future__ import annotations

import pytest
from textual.containers import VerticalScroll

from tests.ui import spending, views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import Stage, on_stage
from tests.ui.test_open_channel import to_check
from tests.ui.test_pay_address import node as with_address


def here(stage: Stage) -> str:
    """What has the cursor, and shows it."""
    focused = stage.app.focused
    assert focused is not None
    assert not isinstance(focused, VerticalScroll)
    return focused.id or ""


async def _goes_round(stage: Stage, last: str) -> None:
    stage.app.screen.query_one(f"#{last}").focus()
    await stage.rest()
    await stage.press("right")
    assert here(stage) == last  # it stays
    await stage.press("right", "right")
    assert here(stage) == last
    seen = []
    for _ in range(6):
        await stage.press("tab")
        seen.append(here(stage))
    assert last in seen  # tab comes round


async def test_on_the_pages_of_send() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("s")
        await stage.shows("Send · 1 of 3")
        await _goes_round(stage, "paste-go")
        await stage.paste_into("#invoice", views.INVOICE)
        await stage.shows("Send · 2 of 3")
        await _goes_round(stage, "check-go")
        await stage.shows("enter: Pay 25,000 sat", "← → Choose")


@pytest.mark.parametrize("page", ["how much", "check"])
async def test_on_the_pages_of_an_address(page: str) -> None:
    async with on_stage(with_address()) as stage:
        await stage.paste(spending.ADDRESS)
        await stage.shows("Send on chain · 1 of 3")
        if page == "how much":
            await _goes_round(stage, "form-go")
            return
        await stage.type("25000")
        await stage.press("enter", "enter")
        await stage.shows("2 of 3 · check")
        await _goes_round(stage, "check-go")


async def test_where_a_channel_is_checked() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await to_check(stage)
        await stage.shows("check", "[ Back ]")
        await _goes_round(stage, "check-go")


async def test_a_page_that_only_scrolls_still_does() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("question_mark", "pagedown")
        page = stage.app.screen.query_one(VerticalScroll)
        assert page.scroll_offset.y or page.scroll_target_y
