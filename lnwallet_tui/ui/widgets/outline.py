"""A list of rows that open and fold, of any length: only the rows that are seen are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

Item = TypeVar("Item")
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row(Generic[Item]):
    """A row that is there to be seen. `path` names it and what it is in; `folds`: there is
    something in it."""

    path: Path
    item: Item
    folds: bool
    is_open: bool

    @property
    def depth(self) -> int:
        """How many it is in."""
        return len(self.path) - 1


class Outline(ScrollView, Generic[Item], can_focus=True):
    """Rows to move in with the arrows or as in vim. Who shows them keeps what is open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", show=False),
        Binding("down,j", "step(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "step(-1_000_000_000)", show=False),
        Binding("end,G", "step(1_000_000_000)", show=False),
        Binding("left,h", "outwards", show=False),
        Binding("right,l", "inwards", show=False),
        Binding("enter,space", "fold", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"outline--row", "outline--cursor"}
    DEFAULT_CSS = """
    Outline {
        height: 1fr; overflow-x: hidden; scrollbar-gutter: stable; background: $background;
    }
    Outline > .outline--cursor {
        color: $block-cursor-blurred-foreground; background: $block-cursor-blurred-background;
    }
    Outline:focus > .outline--cursor {
        color: $block-cursor-foreground; background: $block-cursor-background;
        text-style: $block-cursor-text-style;
    }
    """

    class Moved(Message):
        """The cursor stands on another row, or its row is another."""

    class Folded(Message):
        """A row is to be opened, or folded."""

        def __init__(self, path: Path, *, is_open: bool) -> None:
            super().__init__()
            self.path, self.is_open = path, is_open

    class Chosen(Message):
        """Enter, or a second click, on a row that has nothing in it."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(
        self,
        draw: Callable[[Row[Item], int], Content],
        *,
        id: str,  # noqa: A002  # Textual's word
    ) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._rows: Sequence[Row[Item]] = ()
        self._at = 0

    # -- what is shown
    @property
    def row(self) -> Row[Item] | None:
        """The one under the cursor."""
        return self._rows[self._at] if self._rows else None

    @property
    def rows(self) -> Sequence[Row[Item]]:
        """All of them, seen or not."""
        return self._rows

    def show(self, rows: Sequence[Row[Item]]) -> None:
        """Show these. The cursor stays on its row, or goes to what that was in."""
        here, before = self.row, self._at
        self._rows = rows
        self.virtual_size = Size(0, len(rows))
        if here is not None:
            places = {row.path: at for at, row in enumerate(rows)}
            known = (here.path[:depth] for depth in range(len(here.path), 0, -1))
            self._at = next((places[path] for path in known if path in places), 0)
        self.refresh()
        if self._at == before:
            self.post_message(self.Moved())  # whoever scrolled away from it stays there
        else:
            self._move_to(self._at)
        if here is not None and not here.is_open and self.row is not None and self.row.is_open:
            self._show_inside()

    def point_at(self, path: Path) -> None:
        """Put the cursor on the row of that path, and show what is in it."""
        at = next((at for at, row in enumerate(self._rows) if row.path == path), None)
        if at is not None:
            self._move_to(at)
            self._show_inside()

    def _show_inside(self) -> None:
        """Scroll until what is in the row under the cursor is seen, as far as it fits."""
        depth, after = self._rows[self._at].depth, self._rows[self._at + 1 :]
        inside = next((at for at, row in enumerate(after) if row.depth <= depth), len(after))
        seen = min(1 + inside, max(1, self.size.height))
        self.scroll_to_region(Region(0, self._at, 1, seen), animate=False, force=True)

    def _move_to(self, at: int) -> None:
        self._at = max(0, min(at, len(self._rows) - 1))
        self.scroll_to_region(Region(0, self._at, 1, 1), animate=False, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        at = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        if at >= len(self._rows):
            return Strip.blank(width, self.get_visual_style("outline--row").rich_style)
        cursor = ("outline--cursor",) if at == self._at else ()
        style = self.get_visual_style("outline--row", *cursor)
        content = self._draw(self._rows[at], width)
        if cursor:
            content = Content(content.plain)  # its own colours could not be read there
        [strip] = Visual.to_strips(self, content, width, 1, style, pad=True)
        return strip

    # -- moving
    def action_step(self, rows: int) -> None:
        """So many rows down."""
        self._move_to(self._at + rows)

    def action_page(self, pages: int) -> None:
        """So many pages down."""
        self.action_step(pages * max(1, self.size.height - 1))

    def action_outwards(self) -> None:
        """Fold the row, or go to what it is in."""
        row = self.row
        if row is not None and row.folds and row.is_open:
            self.post_message(self.Folded(row.path, is_open=False))
        elif row is not None and row.depth:
            above = (at for at in range(self._at, -1, -1) if self._rows[at].depth < row.depth)
            self._move_to(next(above, 0))

    def action_inwards(self) -> None:
        """Open the row, or go to the first in it."""
        row = self.row
        if row is not None and row.folds and row.is_open:
            self.action_step(1)
        elif row is not None and row.folds:
            self.post_message(self.Folded(row.path, is_open=True))

    def action_fold(self) -> None:
        """Open the row, or fold it."""
        row = self.row
        if row is not None and row.folds:
            self.post_message(self.Folded(row.path, is_open=not row.is_open))
        elif row is not None:
            self.post_message(self.Chosen(row.path))

    async def _on_click(self, event: events.Click) -> None:
        """The first click goes there; one on the row under the cursor opens or folds it."""
        event.stop()
        at = event.y + self.scroll_offset.y
        if at >= len(self._rows):
            return
        if at == self._at:
            self.action_fold()
        else:
            self._move_to(at)
