"""The list of Activity as it was at one moment, asked for page by page."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.api.activity import ActivityCount, ActivityPage
from lnwallet_tui.api.filter import Names
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui.widgets.payment_rows import PAGE, PaymentRows


@dataclass(frozen=True, slots=True)
class Taken:
    """Where the cursor and the first row are, and their pages."""

    words: str
    count: ActivityCount
    cursor: int
    top: int
    pages: dict[int, ActivityPage]


async def take_list(
    node: NodeApi, rows: PaymentRows, words: str, names: Names, *, same: bool
) -> Taken | Refused:
    """For what `words` mean. Where it is the `same` list, the cursor stays on what it is on."""
    count = await node.count_activity(words, names=names)
    if isinstance(count, Refused):
        return count
    total = count.total
    cursor = top = 0
    if same and rows.cursor and rows.place:
        before = await node.count_activity(words, rows.place, names=names)
        cursor = 0 if isinstance(before, Refused) else min(before.total, max(0, total - 1))
        top = max(0, cursor - (rows.cursor - rows.scroll_offset.y))
    pages = {}
    rows_shown = min(total - top, max(1, rows.size.height))
    for number in range(top // PAGE, (top + rows_shown - 1) // PAGE + 1):
        page = await node.search_activity(words, PAGE, skip=number * PAGE, names=names)
        if isinstance(page, Refused):
            return page
        pages[number] = page
    return Taken(words, count, cursor, top, pages)
