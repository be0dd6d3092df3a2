"""The log: what the node wrote down, to look into and to send to whoever helps."""

from __future__ import annotations

from collections import deque
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input

from lnwallet_tui.api.logs import LogLine, written
from lnwallet_tui.ui import commands, log_words
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.forms import Field
from lnwallet_tui.ui.widgets.outline import Outline, Row
from lnwallet_tui.ui.widgets.words import Words

MOST_KEPT: Final = 5_000
MOST_COPIED: Final = 500
"""Lines: terminals take no clipboard of any size."""
_LOOK_EVERY: Final = 1.0  # seconds
_END: Final = 1_000_000_000


class LogsScreen(WalletScreen):
    """Lines to move in, the one under the cursor whole below them."""

    place = "logs"
    mode = ""
    AUTO_FOCUS = "#lines"  # not the filter: nobody types yet
    about = (
        "What the node wrote down: connections and why they ended, channels from one state to the "
        "next, blocks, payments by the first digits of their hash, what the guard did, and what "
        "went wrong. Press {logs.filter} and write what to show: warning or error shows these "
        "and worse; an "
        "area, such as peers, channels or guard, only that; any other word is looked for in the "
        "lines; all words must hold. Peers stand by their names where these are known. Copy takes "
        "the marked lines, else the newest 500 that are listed. Keys, preimages, invoices and "
        "seed words never stand in the log, so it can be sent to whoever helps you; which peers "
        "you have, by their ids, and when you pay does. The same lines are in the file "
        "logs/node.log of the wallet's folder."
    )
    CSS_PATH = "logs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("logs")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._lines: deque[LogLine] = deque(maxlen=MOST_KEPT)
        self._marked: set[int] = set()
        self._follows = True
        self._is_asking = False
        self._named: dict[int, str] = {}  # by the line's number, until names may have changed
        self._cleared = ""  # what was typed before it was cleared

    def body(self) -> ComposeResult:
        with Vertical(id="all", classes="box"):
            with Horizontal(classes="asking"):
                yield Words("/")
                yield Field(id="filter", placeholder=log_words.EXAMPLE, max_length=100)
            yield Outline(self._drawn, id="lines")
            yield Words(id="none")
        with Vertical(id="one", classes="box") as box:
            box.border_title = "The line under the cursor"
            yield Words(id="heading")
            yield Words(id="text")

    def on_mount(self) -> None:
        super().on_mount()
        self._rows.focus()
        self.set_interval(_LOOK_EVERY, self._look)  # lines come without any other news

    @property
    def _rows(self) -> Outline[LogLine]:
        return self.query_one("#lines", Outline)

    # -- asking
    def draw(self, picture: Picture) -> None:  # noqa: ARG002  # the log is asked for
        self._named.clear()
        self._look()

    def _look(self) -> None:
        if self.is_current and not self._is_asking:
            self._is_asking = True
            after = self._lines[-1].number if self._lines else 0
            self.ask("lines", self.session.node.log_lines(after, MOST_KEPT), self._came)

    def _came(self, lines: tuple[LogLine, ...]) -> None:
        self._is_asking = False
        self._lines.extend(lines)
        if lines:
            self._show()
        elif not self._lines:
            self.query_one("#none", Words).say(log_words.NOTHING_YET)

    # -- showing
    def _show(self) -> None:
        words = self.query_one("#filter", Input).value
        listed = log_words.meant(self._lines, words, self._text)
        kept = {one.number for one in self._lines}
        self._marked &= kept
        rows, none = self._rows, self.query_one("#none", Words)
        rows.display, none.display = bool(listed), not listed
        none.say(log_words.NOTHING_FOUND if self._lines else log_words.NOTHING_YET)
        rows.show([Row((str(one.number),), one, folds=False, is_open=False) for one in listed])
        if self._follows:
            rows.action_step(_END)
        self.query_one("#one").display = bool(listed)
        self._draw_around()

    def _draw_around(self) -> None:
        box, listed = self.query_one("#all"), len(self._listed())
        box.border_title = log_words.title(listed, len(self._lines), len(self._marked))
        back = (
            [self.session.with_keys("{logs.filter}: what you looked for")] if self._cleared else []
        )
        box.border_subtitle = "   ".join([*back, *(["following"] if self._follows else [])])

    def _drawn(self, row: Row[LogLine], width: int) -> Content:
        marked = row.item.number in self._marked
        drawn = log_words.drawn(row.item, self._text(row.item), marked=marked)
        return drawn.truncate(width, ellipsis=True)

    def _text(self, line: LogLine) -> str:
        """With the names that all other pages have."""
        known = self._named.get(line.number)
        if known is None:
            known = self._named[line.number] = self.session.with_names(line.text)
        return known

    def _listed(self) -> list[LogLine]:
        return [row.item for row in self._rows.rows]

    def on_outline_moved(self, _: Outline.Moved) -> None:
        row, listed = self._rows.row, self._rows.rows
        if row is not None and self._follows and row is not listed[-1]:
            self._follows = False
            self._draw_around()
        if row is not None:
            self.query_one("#heading", Words).say(log_words.heading(row.item, self.session.now))
            self.query_one("#text", Words).say(self._text(row.item))
        self.offer()

    # -- doing
    def can(self, action: str) -> bool:
        if action in {"mark", "copy"}:
            return self._rows.row is not None
        return True

    def action_follow(self) -> None:
        """Go to the newest line and stay there."""
        self._follows = not self._follows
        if self._follows:
            self._rows.action_step(_END)
        self._draw_around()

    def action_mark(self) -> None:
        """Mark the line, and go on to the next."""
        row = self._rows.row
        if row is not None:
            self._marked ^= {row.item.number}
            self._rows.action_step(1)
            self._draw_around()

    def action_copy(self) -> None:
        """What was marked, else what is listed."""
        marked = [one for one in self._lines if one.number in self._marked]
        lines = marked or self._listed()[-MOST_COPIED:]
        self.app.copy_to_clipboard("".join(f"{written(one)}\n" for one in lines))
        self.notify(log_words.copied(lines), timeout=2, markup=False)

    # -- the filter
    def action_filter(self) -> None:
        """Write what to look for; what was cleared comes back."""
        field = self.query_one("#filter", Field)
        field.recall(field.value or self._cleared)
        self._cleared = ""
        field.focus()

    def on_input_changed(self, _: Input.Changed) -> None:
        self._show()

    def on_input_submitted(self, _: Input.Submitted) -> None:
        self._rows.focus()

    def action_back(self) -> None:
        """First out of the filter, then to where one came from."""
        field = self.query_one("#filter", Field)
        if field.value:
            self._cleared, field.value = field.value, ""
            self._rows.focus()
        elif field.has_focus:
            self._rows.focus()
        else:
            super().action_back()
