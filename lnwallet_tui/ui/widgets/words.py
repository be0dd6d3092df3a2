"""Text on the screen. Nothing here reads markup; what others wrote comes in as `Untrusted`."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from textual import events, on
from textual.content import Content
from textual.visual import Visual
from textual.widget import Widget
from textual.widgets import Static

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.ui.keymap import content_with_keys
from lnwallet_tui.ui.last_look import harmless
from lnwallet_tui.ui.needs import UNLOCK, Line, Weight
from lnwallet_tui.ui.plain_app import PlainApp

MUTED = "$lnwallet-muted"
_LEAST_ROOM = 20  # cells, in which a remark is broken into lines
WIDE, LONGEST = 120, 110
"""Cells: lines of text fill a window of that width, and in a wider one are so long at most."""
_COLOURS = {
    Weight.GOOD: "$success",
    Weight.PLAIN: MUTED,
    Weight.CARE: "$warning",
    Weight.BAD: "$error",
}


class OurWords(Static):
    """What we wrote: a command that it names in braces becomes the key that the user has for it."""

    def put(self, content: Content) -> None:
        """Show this instead; what stands there already is neither measured nor drawn again."""
        shown = self.content
        if not isinstance(shown, Content) or not content.is_same(shown):
            self.update(content)

    @property
    def visual(self) -> Visual:
        """What is drawn: with the keys of this moment."""
        visual, app = super().visual, self.app
        if isinstance(app, PlainApp) and isinstance(visual, Content):
            return content_with_keys(visual, app.keys, app.pressed_twice)
        return visual


class Words(OurWords):
    """A piece of our own text. A `str` is shown as it is, never as markup."""

    def __init__(
        self,
        text: Content | str = "",
        *,
        id: str | None = None,  # noqa: A002  # Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(_plain(text), id=id, classes=classes, markup=False)
        self.laid_out: Callable[[], None] = lambda: None
        """Called whenever it has another size."""

    def say(self, text: Content | str) -> None:
        """Show this instead."""
        self.put(_plain(text))

    @on(events.Resize)
    def _tell_size(self) -> None:
        self.laid_out()


def on_layout(box: Widget, text: Words, say: Callable[[], None]) -> None:
    """Have `say` called whenever another part of `text` may fit into that box than before."""
    text.laid_out = say
    box.watch(box, "virtual_size", say)


def is_cut(box: Widget, text: Words) -> bool:
    """Whether more is written in that box than it shows; `text` is what may be long in it."""
    needed = text.get_content_height(box.content_size, box.app.size, text.content_size.width)
    return needed > text.content_size.height or box.virtual_size.height > box.size.height


def more(box: Widget, text: Words) -> list[str]:
    """What its border says where it is cut: which key shows all of it; else nothing."""
    return ["… {everywhere.explain}: all of it"] if is_cut(box, text) else []


class TheirWords(Static):
    """What somebody else wrote: by itself in a frame that says so, cleaned and cut."""

    def __init__(self, *, limit: int, title: str, id: str | None = None) -> None:  # noqa: A002  # Textual's word
        super().__init__(Content(), id=id, markup=False)
        self._limit = limit
        self.border_title = title

    def quote(self, words: Untrusted) -> None:
        """Show these words, or nothing where there are none."""
        self.display = bool(words)
        self.update(Content(words.cells(self._limit)))


def quotation(label: str, words: Untrusted, limit: int) -> Content:
    """Words that others may have written on a line of their own, behind what they are; nothing
    where there are none."""
    shown = words.cells(limit)
    return Content.assemble((label, MUTED), shown) if shown else Content()


class RefusalBox(OurWords):
    """Why a command was not carried out, and what to do; hidden while there is nothing to say."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's word
        super().__init__(Content(), id=id, markup=False)
        self.display = self._says_locked = False

    def show(self, refused: Refused) -> None:
        """Show the refusal's two sentences; what opens a locked wallet is a command here, too."""
        is_locked = refused.code is RefusalCode.LOCKED
        self.complain(refused.message, UNLOCK if is_locked else refused.remedy)
        self._says_locked = is_locked

    def unlocked(self) -> None:
        """The wallet is open again: that it is locked is wrong no more."""
        if self._says_locked:
            self.clear()

    def complain(self, message: str, remedy: str = "") -> None:
        """Show what is wrong and what to do."""
        self._says_locked = False
        self.put(sentences([Line(Weight.BAD, message, remedy)]))
        self.display = True

    def clear(self) -> None:
        """Nothing is wrong (any more)."""
        self.display = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of a table of facts: what, how much, and a remark."""

    label: str
    value: str
    remark: str = ""
    style: str = ""


class Facts(OurWords):
    """Rows of label, right-aligned value and remark; a long remark goes on below itself."""

    def __init__(
        self,
        *,
        label: int = 18,
        value: int = 18,
        id: str | None = None,  # noqa: A002  # Textual's word
    ) -> None:
        super().__init__(Content(), id=id, markup=False)
        self._label, self._value = label, value
        self._rows: tuple[Fact | None, ...] = ()
        self._told_in = 0  # cells; 0: how wide it is was not known

    def tell(self, rows: Iterable[Fact | None]) -> None:
        """Show these; None is an empty line."""
        self._rows = tuple(rows)
        self._tell()

    def on_resize(self) -> None:
        if self.content_size.width != self._told_in and any(
            row and row.remark for row in self._rows
        ):
            self._tell()

    def _tell(self) -> None:
        self._told_in = self.content_size.width
        self.put(Content("\n").join([self._row(row) for row in self._rows]))

    def _row(self, row: Fact | None) -> Content:
        if row is None:
            return Content()
        value = row.value.rjust(self._value) if row.value.endswith(" sat") else row.value
        head = Content.assemble((row.label.ljust(self._label), MUTED), (value, row.style or "bold"))
        if not row.remark:
            return head
        beside = Content.assemble(head, ("  " + row.remark, MUTED))
        if beside.cell_length > self._told_in >= head.cell_length + _LEAST_ROOM:
            head = Content.assemble(head, ("  ", MUTED))
            return hanging(head, row.remark, self._told_in, MUTED)
        return beside


def hanging(
    head: Content, text: str, width: int, style: str = "", *, indent: int | None = None
) -> Content:
    """`head`, then `text` broken to `width` cells in all, its further lines under its first, or
    `indent` cells from the left."""
    width = LONGEST if width > WIDE else width
    left = head.cell_length if indent is None else indent
    first = " " * (head.cell_length - left)
    lines = textwrap.wrap(harmless(text), max(20, width - left), initial_indent=first) or [""]
    rest = [Content.assemble(" " * left, (line, style)) for line in lines[1:]]
    return Content("\n").join([Content.assemble(head, (lines[0][len(first) :], style)), *rest])


def sentences(lines: Sequence[Line]) -> Content:
    """Each with its mark in front and what to do after it."""
    parts = [
        Content.assemble(
            (line.weight.value + " ", _COLOURS[line.weight]),
            harmless(line.text),
            (f" {harmless(line.remedy)}" if line.remedy else "", "bold"),
        )
        for line in lines
    ]
    return Content("\n").join(parts)


def _plain(text: Content | str) -> Content:
    return text if isinstance(text, Content) else Content(harmless(text))
