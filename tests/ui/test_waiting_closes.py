"""Closes that both sides have agreed on stand in the history on chain while no block has them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.spending import WantedFee
from lnwallet_tui.ui.history_pages import history_page
from lnwallet_tui.ui.page_taking import Page
from lnwallet_tui.ui.widgets.paged_rows import PAGE, PagedRows
from tests.ui import coins, views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import on_stage

CLOSE = coins.transaction(
    77,
    kind=TxKind.CLOSE,
    amount_sat=497_000,
    fee_sat=210,
    confirmations=0,
    explanation="It closes the channel with 02ababab in agreement. It waits for a block.",
)


async def test_one_that_waits_is_listed_told_and_hurried() -> None:
    node = ScriptedNode()
    node.waiting_closes = (CLOSE,)
    async with on_stage(node) as stage:
        await stage.press("7")
        await stage.shows("history (10)")
        await stage.press("t")
        await stage.shows(
            "On chain: 10 transactions", "waits for a block +497,000 sat closed with 02ababab…",
            "in agreement. It waits for a block.", "+497,000 sat, after 210 sat of fee unconfirmed",
        )  # fmt: skip
        await stage.press("y")
        assert stage.app.clipboard == CLOSE.txid
        await stage.press("d")
        await stage.shows("in no block yet", "b hurries it", CLOSE.txid)
        await stage.press("escape", "b")
        assert node.told("quote_bump")[-1] == (CLOSE.txid, WantedFee())
        await stage.press("escape")
        node.waiting_closes = ()
        taken = replace(CLOSE, height=views.HEIGHT + 1, confirmations=1, time=views.NOW)
        node.transaction_views = (taken, *node.transaction_views)
        node.speak(StatusChanged(replace(views.STATUS, height=views.HEIGHT + 1)))
        await stage.shows("On chain: 10 transactions", "1 conf.")
        rows = stage.app.screen.query_one("#history-rows", PagedRows)
        assert rows.item == taken
        await stage.press("enter")
        assert stage.place == "ChannelsScreen"


@pytest.mark.parametrize("waiting", [0, 1, 2, PAGE + 3])
async def test_every_page_has_its_rows_and_every_row_its_page(waiting: int) -> None:
    node = ScriptedNode()
    node.waiting_closes = tuple(replace(CLOSE, txid=coins.txid(1_000 + n)) for n in range(waiting))
    node.transaction_views = tuple(coins.transaction(n) for n in range(3 * PAGE - 1))
    whole = (*node.waiting_closes, *node.transaction_views)
    for skip in range(0, len(whole) + PAGE, PAGE):
        page = await history_page(node, skip, "")
        assert isinstance(page, Page)
        assert (page.first, page.total) == (skip, len(whole))
        assert tuple(page.items) == whole[skip : skip + PAGE]
    for at, one in enumerate(whole):
        page = await history_page(node, 0, one.txid)
        assert isinstance(page, Page)
        assert page.items[at - page.first] == one
        assert page.first % PAGE == 0
    gone = await history_page(node, PAGE, coins.txid(9_999))
    assert isinstance(gone, Page)
    assert tuple(gone.items) == whole[PAGE : 2 * PAGE]
