"""A list of any length, of which only the rows on the screen are drawn and only the pages around
them are held. Pages come from outside: what is missing is asked for by a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

Item = TypeVar("Item")

PAGE: Final = 50
MOST_PAGES: Final = 6
_CURSOR: Final = "paged-rows--cursor"
_HOVER: Final = "paged-rows--hover"


class PagedRows(ScrollView, Generic[Item], can_focus=True):
    """Rows by index, from 0; `total` of them, whether they are here or not. `draw` makes one of an
    item and a width."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {_CURSOR, _HOVER}
    DEFAULT_CSS = """
    PagedRows {
        height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; background: $background;
    }
    PagedRows > .paged-rows--hover { background: $block-hover-background; }
    PagedRows > .paged-rows--cursor {
        background: $block-cursor-blurred-background; color: $block-cursor-blurred-foreground;
        text-style: $block-cursor-blurred-text-style;
    }
    PagedRows:focus > .paged-rows--cursor {
        background: $block-cursor-background; color: $block-cursor-foreground;
        text-style: $block-cursor-text-style;
    }
    """
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

        def __init__(self, name: str, page: int) -> None:
            super().__init__()
            self.name, self.page = name, page

    class Moved(Message):
        """Another item is under the cursor."""

    class Chosen(Message):
        """Everything about the item under the cursor, please."""

    def __init__(
        self,
        draw: Callable[[Item, int], Content],
        *,
        id: str,  # noqa: A002  # Textual's word
    ) -> None:
        super().__init__(id=id)
        self.total = self.cursor = 0
        self._draw = draw
        self._pages: dict[int, Sequence[Item]] = {}
        self._wanted: set[int] = set()
        self._hovered = -1

    # -- what is here
    def show(self, total: int, cursor: int, top: int, pages: Mapping[int, Sequence[Item]]) -> None:
        """Show another list: what was here before is forgotten."""
        self.total, self.cursor = total, max(0, min(cursor, total - 1))
        self._pages, self._wanted = dict(pages), set()
        self.virtual_size = Size(self.scrollable_content_region.width, total)
        self.scroll_to(y=top, animate=False, force=True, immediate=True)
        self._to_cursor()
        self.refresh()
        self.post_message(self.Moved())

    def put(self, number: int, page: Sequence[Item]) -> None:
        """A page that was asked for."""
        self._wanted.discard(number)
        self._pages[number] = page
        while len(self._pages) > MOST_PAGES:
            del self._pages[max(self._pages, key=lambda one: abs(one - self._middle()))]
        self.refresh()
        if number == self.cursor // PAGE:
            self.post_message(self.Moved())

    def row(self, index: int) -> Item | None:
        """The item of that row, where it is here."""
        rows = self._pages.get(index // PAGE, ())
        return rows[index % PAGE] if index % PAGE < len(rows) else None

    @property
    def item(self) -> Item | None:
        """The one under the cursor."""
        return self.row(self.cursor) if self.total else None

    def _middle(self) -> int:
        return (self.scroll_offset.y + self.size.height // 2) // PAGE

    # -- drawing
    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        index, width = self.scroll_offset.y + y, self.scrollable_content_region.width
        style = self.get_visual_style(*self._classes_of(index))
        if index >= self.total:
            return Strip.blank(width, style.rich_style)
        item = self.row(index)
        if item is None:
            self._want(index // PAGE)
            return Strip([Segment("…".ljust(width), style.rich_style)], width)
        content = self._draw(item, width)
        [strip] = Visual.to_strips(self, content, width, 1, style, apply_selection=False)
        return strip.adjust_cell_length(width, style.rich_style)

    def _classes_of(self, index: int) -> tuple[str, ...]:
        if index == self.cursor and index < self.total:
            return (_CURSOR,)
        return (_HOVER,) if index == self._hovered else ()

    def _want(self, page: int) -> None:
        if page not in self._wanted:
            self._wanted.add(page)
            self.post_message(self.Wanted(self.id or "", page))

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
        """Everything about the item under the cursor."""
        if self.item is not None:
            self.post_message(self.Chosen())

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
        """The first click moves the cursor to a row, one on the cursor shows what is there."""
        index = self._index_at(event)
        if index == self.cursor and index >= 0:
            self.action_choose()
        elif index >= 0:
            self._go(index)
