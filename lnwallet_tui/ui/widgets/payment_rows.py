"""A list of any number of payments, of which only the rows on the screen are drawn and only the
pages around them are held. Pages come from outside: what is missing is asked for by a message."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from lnwallet_tui.api.views import PaymentsPage, PaymentView
from lnwallet_tui.ui import activity_words

PAGE: Final = 50
MOST_PAGES: Final = 6
_CURSOR: Final = "payment-rows--cursor"
_HOVER: Final = "payment-rows--hover"


class PaymentRows(ScrollView, can_focus=True):
    """Rows by index, from 0; `total` of them, whether they are here or not."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {_CURSOR, _HOVER}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "move_page(-1)", show=False),
        Binding("pagedown", "move_page(1)", show=False),
        Binding("home,g", "move_to(0)", show=False),
        Binding("end,G", "move_to(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Wanted(Message):
        """A page that is to be drawn is not here."""

        def __init__(self, page: int) -> None:
            super().__init__()
            self.page = page

    class Moved(Message):
        """Another payment is under the cursor."""

    class Chosen(Message):
        """Everything about this payment, please."""

        def __init__(self, payment: PaymentView) -> None:
            super().__init__()
            self.payment = payment

    def __init__(self, *, id: str) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self.total = self.cursor = self.now = 0
        self._pages: dict[int, PaymentsPage] = {}
        self._wanted: set[int] = set()
        self._hovered = -1

    # -- what is here
    def show(self, total: int, cursor: int, top: int, pages: dict[int, PaymentsPage]) -> None:
        """Show another list: what was here before is forgotten."""
        self.total, self.cursor = total, max(0, min(cursor, total - 1))
        self._pages, self._wanted = dict(pages), set()
        self.virtual_size = Size(self.scrollable_content_region.width, total)
        self.scroll_to(y=top, animate=False, force=True, immediate=True)
        self._to_cursor()
        self.refresh()
        self.post_message(self.Moved())

    def put(self, number: int, page: PaymentsPage) -> None:
        """A page that was asked for."""
        self._wanted.discard(number)
        self._pages[number] = page
        while len(self._pages) > MOST_PAGES:
            del self._pages[max(self._pages, key=lambda one: abs(one - self._middle()))]
        self.refresh()
        if number == self.cursor // PAGE:
            self.post_message(self.Moved())

    def start_of(self, page: int) -> tuple[str, int]:
        """Behind which place a page begins, and how many rows are to be left out from there."""
        before = [n for n, one in self._pages.items() if n < page and len(one.places) == PAGE]
        if not before:
            return "", page * PAGE
        nearest = max(before)
        return self._pages[nearest].places[-1], (page - nearest - 1) * PAGE

    def row(self, index: int) -> PaymentView | None:
        """The payment of that row, where it is here."""
        page = self._pages.get(index // PAGE)
        rows = () if page is None else page.payments
        return rows[index % PAGE] if index % PAGE < len(rows) else None

    @property
    def payment(self) -> PaymentView | None:
        """The payment under the cursor."""
        return self.row(self.cursor) if self.total else None

    @property
    def place(self) -> str:
        """The place of the payment under the cursor."""
        page = self._pages.get(self.cursor // PAGE)
        places = () if page is None else page.places
        return places[self.cursor % PAGE] if self.cursor % PAGE < len(places) else ""

    def _middle(self) -> int:
        return (self.scroll_offset.y + self.size.height // 2) // PAGE

    # -- drawing
    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        index, width = self.scroll_offset.y + y, self.scrollable_content_region.width
        style = self.get_visual_style(*self._classes_of(index))
        if index >= self.total:
            return Strip.blank(width, style.rich_style)
        payment = self.row(index)
        if payment is None:
            self._want(index // PAGE)
            return Strip([Segment("…".ljust(width), style.rich_style)], width)
        content = activity_words.row(payment, self.now, wide=self.app.size.width >= 110)
        [strip] = Visual.to_strips(self, content, width, 1, style, apply_selection=False)
        return strip.adjust_cell_length(width, style.rich_style)

    def _classes_of(self, index: int) -> tuple[str, ...]:
        if index == self.cursor and index < self.total:
            return (_CURSOR,)
        return (_HOVER,) if index == self._hovered else ()

    def _want(self, page: int) -> None:
        if page not in self._wanted:
            self._wanted.add(page)
            self.post_message(self.Wanted(page))

    # -- moving
    def action_move(self, rows: int) -> None:
        """So many rows down."""
        self._go(self.cursor + rows)

    def action_move_page(self, pages: int) -> None:
        """So many screens down."""
        self._go(self.cursor + pages * max(1, self.size.height - 1))

    def action_move_to(self, index: int) -> None:
        """To a row; -1 is the last."""
        self._go(self.total - 1 if index < 0 else index)

    def action_choose(self) -> None:
        """Everything about the payment under the cursor."""
        if self.payment is not None:
            self.post_message(self.Chosen(self.payment))

    def _go(self, index: int) -> None:
        before = self.cursor
        self.cursor = max(0, min(index, self.total - 1))
        self._to_cursor()
        if self.cursor != before:
            self.refresh_lines(before, 1)
            self.refresh_lines(self.cursor, 1)
            self.post_message(self.Moved())

    def _to_cursor(self) -> None:
        region = Region(0, self.cursor, 1, 1)
        self.scroll_to_region(region, animate=False, force=True, immediate=True)

    # -- the mouse
    def _index_at(self, event: events.MouseEvent) -> int:
        index = self.scroll_offset.y + event.y
        return index if index < self.total else -1

    def _on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self._index_at(event))

    def _on_leave(self, _: events.Leave) -> None:
        self._hover(-1)

    def _hover(self, index: int) -> None:
        if index != self._hovered:
            self._hovered = index
            self.refresh()

    async def _on_click(self, event: events.Click) -> None:
        """The first click moves the cursor to a row, one on the cursor shows its payment."""
        index = self._index_at(event)
        if index == self.cursor and index >= 0:
            self.action_choose()
        elif index >= 0:
            self._go(index)
