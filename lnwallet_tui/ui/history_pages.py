"""The coins and the history on chain, page by page. Closes that wait for a block stand before the
history, as rows like any other."""

from __future__ import annotations

from lnwallet_tui.api.coins import CoinView, TransactionsPage, TransactionView
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui.page_taking import Page
from lnwallet_tui.ui.widgets.paged_rows import PAGE


async def coins_page(node: NodeApi, skip: int, holding: str) -> Page[CoinView] | Refused:
    """As `page_taking.Fetch` says; so the next one."""
    page = await node.coins(PAGE, skip, holding=holding)
    return page if isinstance(page, Refused) else Page(page.coins, page.first, page.total)


async def forget_spent(node: NodeApi, marked: dict[str, int]) -> None:
    """Of coins that were marked, those that are not there any more: no list would show them, and
    nothing could be paid from them."""
    unseen = set(marked)
    while unseen:
        name = unseen.pop()
        page = await coins_page(node, 0, name)
        if isinstance(page, Refused):
            return
        there = {one.coin for one in page.items}
        if name not in there:
            marked.pop(name, None)
        unseen -= there


async def history_page(node: NodeApi, skip: int, holding: str) -> Page[TransactionView] | Refused:
    """The node counts the history alone: where closes wait, its pages are not ours."""
    found = await node.transactions(PAGE, skip, holding=holding)
    if isinstance(found, Refused):
        return found
    at = _place(found, holding)
    first = skip if at is None else at - at % PAGE
    while found.first != (wanted := _behind_closes(found, first)):
        found = await node.transactions(PAGE, wanted)
        if isinstance(found, Refused):
            return found
    closes = found.waiting_closes
    items = (*closes[first : first + PAGE], *found.transactions)[:PAGE]
    return Page(items, first, len(closes) + found.total)


def _place(page: TransactionsPage, txid: str) -> int | None:
    """In both together, where it is on this page or among the closes."""
    closes = page.waiting_closes
    for at, one in enumerate(closes):
        if one.txid == txid:
            return at
    for at, one in enumerate(page.transactions, len(closes) + page.first):
        if one.txid == txid:
            return at
    return None


def _behind_closes(page: TransactionsPage, first: int) -> int:
    """The first of the history that stands on the page that begins there."""
    return min(max(0, first - len(page.waiting_closes)), page.total)
