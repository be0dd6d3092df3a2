"""What stands on the screen says the same day and time as the node does, however long it has stood
there; and time that passes makes no work of its own."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import SMALL, on_stage
from tests.ui.test_activity import Drawn, wallet

DAY = 86_400


def later(node: ScriptedNode, seconds: int, height: int = views.HEIGHT) -> None:
    """So long after the first moment."""
    now = views.NOW + seconds
    node.status_view = replace(views.STATUS, height=height, now=now, tip_time=now)
    node.speak(StatusChanged(node.status_view))


# -- Activity
@pytest.mark.parametrize("is_in_front", [True, False], ids=["in front", "behind"])
async def test_the_dates_of_payments_follow_the_day(is_in_front: bool) -> None:
    node = wallet(3)
    async with on_stage(node) as stage:
        await stage.press("a")
        await stage.shows("14:13 ↑", "13:13 ↓ +2 sat")
        if not is_in_front:
            await stage.press("1")
        for days, seen in ((1, "Mon 13:13 ↓"), (8, "21 Sep 13:13 ↓"), (400, "21 Sep 2026 13:13 ↓")):
            later(node, days * DAY)
            if is_in_front:
                await stage.shows(seen)
        if not is_in_front:
            await stage.shows("21 Sep 2026 14:13")  # Home's own row
            await stage.press("a")
            await stage.shows("21 Sep 2026 13:13 ↓", "begun (2027, UTC)")


async def test_blocks_that_come_fast_draw_no_row_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    node, drawn = wallet(1_000), Drawn(monkeypatch)
    async with on_stage(node) as stage:
        await stage.press("a")
        await stage.shows("Activity: 1,000 payments", "13:13 ↓")
        later(node, 60, views.HEIGHT + 1)  # what is drawn at the first one belongs to the opening
        await stage.shows(f"regtest {views.HEIGHT + 1:,}")
        await stage.rest()
        drawn.rows = 0
        for block in range(2, 201):
            later(node, block * 60, views.HEIGHT + block)
        await stage.shows(f"regtest {views.HEIGHT + 200:,}")
        assert drawn.rows == 0
        later(node, DAY, views.HEIGHT + 201)
        await stage.shows("Mon 13:13 ↓")
        assert 0 < drawn.rows <= 2 * SMALL[1]


# -- Send
async def test_how_long_an_invoice_can_be_paid_is_said_anew_while_it_is_looked_at() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("s")
        await stage.paste_into("#invoice", views.INVOICE)
        await stage.shows("2 of 3", "Invoice expires 15:12 (in 59 min)")
        await stage.press("right")
        later(node, 30 * 60)
        await stage.shows("Invoice expires 15:12 (in 29 min)", "enter: Pay 25,000 sat")
        assert len(node.told("quote_payment")) == 1
        later(node, 40 * 60, views.HEIGHT + 1)  # what it costs and locks is another block's
        await stage.shows("Invoice expires 15:12 (in 19 min)", "enter: Pay 25,000 sat")
        assert len(node.told("quote_payment")) == 2
        late = Refused(RefusalCode.EXPIRED, "The invoice has expired.", "Ask for a new one.")
        node.refusing = {"quote_payment": late}
        later(node, 60 * 60, views.HEIGHT + 2)
        await stage.shows("2 of 3", "(over)", "✗ The invoice has expired. Ask for a new one.")
        await stage.press("escape")
        later(node, 61 * 60, views.HEIGHT + 3)
        await stage.shows("1 of 3")
        assert len(node.told("quote_payment")) == 3
