"""Taking a list of pages anew while somebody looks at it: the cursor stays on its item and on its
line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui.widgets.paged_rows import PAGE, PagedRows

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items from number `first` on, of `total`."""

    items: Sequence[Item]
    first: int
    total: int


Fetch = Callable[[int, str], Awaitable[Page[Item] | Refused]]
"""The page without so many before it, or the one that has the item of that name."""


@dataclass(frozen=True, slots=True)
class Taken(Generic[Item]):
    """The list as it was at one moment: where the cursor and the first row are, and their pages."""

    total: int
    cursor: int
    top: int
    pages: dict[int, Sequence[Item]]

    def show(self, rows: PagedRows[Item]) -> None:
        """Show it instead of what is there."""
        rows.show(self.total, self.cursor, self.top, self.pages)


async def take(
    rows: PagedRows[Item], fetch: Fetch[Item], name_of: Callable[[Item], str]
) -> Taken[Item] | Refused:
    """All that `rows` shows, as it is now."""
    here = rows.item
    name = "" if here is None else name_of(here)
    page = await fetch(rows.cursor // PAGE * PAGE, name)
    if isinstance(page, Refused):
        return page
    found = [at for at, item in enumerate(page.items, page.first) if name_of(item) == name]
    cursor = max(0, found[0] if found else min(rows.cursor, page.total - 1))
    top = max(0, cursor - (rows.cursor - rows.scroll_offset.y))
    pages = {page.first // PAGE: page.items}
    seen = min(page.total - top, max(1, rows.size.height))
    for number in range(top // PAGE, (top + seen - 1) // PAGE + 1):
        if number not in pages:
            more = await fetch(number * PAGE, "")
            if isinstance(more, Refused):
                return more
            pages[number] = more.items
    return Taken(page.total, cursor, top, pages)
