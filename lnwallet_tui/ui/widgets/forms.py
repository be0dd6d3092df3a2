"""Where people type, choose and decide. Whatever is pasted is made safe before it is shown."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.keys import _character_to_key
from textual.message import Message
from textual.widgets import Button, Input, OptionList, TextArea
from textual.widgets.button import ButtonVariant
from textual.widgets.option_list import Option

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.words import Words

MOST_PASTED = 8_000
LONGEST_LINE = 200
_NAMED = {_character_to_key(character): character for character in string.punctuation}
_UNIT = re.compile(r"(?i)(?<=[0-9])\s*sats?$")


class Field(Input):
    """One line of typing; a paste loses its control characters and line breaks. Coming back to it
    selects nothing, so that the next key does not replace what was typed; what an earlier visit
    left there is selected: the next key replaces that, an arrow goes on with it."""

    def on_mount(self) -> None:
        self.select_on_focus = False

    def recall(self, value: str) -> None:
        """Hold what was typed on an earlier visit."""
        self.value = value
        if self.has_focus:
            self.select_all()
        else:
            self.select_on_focus = True

    def on_blur(self) -> None:
        self.select_on_focus = False

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Also what Textual knows no character for by its name: the footer offers nothing with a
        key that goes into the line."""
        return super().check_consume_key(key, character or _NAMED.get(key))

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = self.taken(Untrusted(event.text).cells(MOST_PASTED))
        room = self.max_length - len(self.value) if self.max_length else len(text)
        if len(text) > room:  # else Textual would take nothing of it, and say nothing
            said = f"There is room for {self.max_length} characters."
            self.screen.notify(said, timeout=4, markup=False)
        self.insert_text_at_cursor(text[: max(0, room)])

    def taken(self, pasted: str) -> str:
        """What of a paste goes in."""
        return pasted


class AmountField(Field):
    """An amount in whole satoshis: digits, what separates thousands, and the unit behind a blank.
    A letter that was meant for a command is not taken for one; that is said."""

    def __init__(
        self,
        *,
        id: str,  # noqa: A002  # Textual's word
        placeholder: str = "0",
    ) -> None:
        super().__init__(
            id=id, placeholder=placeholder, restrict=r"[0-9 ,._']*( s| sa| sat)?", max_length=24
        )

    def restricted(self) -> None:
        said = "This is an amount: only digits go in. {everywhere.back} leaves it."
        self.screen.notify(said, timeout=4, markup=False)

    def delete(self, start: int, end: int) -> None:
        """Whatever is left then may stand there: it is on its way to an amount."""
        first, last = sorted((max(0, start), min(len(self.value), end)))
        self.value = self.value[:first] + self.value[last:]
        self.cursor_position = first

    def taken(self, pasted: str) -> str:
        """Without the unit, which need not stand behind a blank there."""
        return _UNIT.sub("", pasted.strip())

    @property
    def amount_sat(self) -> int | None:
        """What was typed, None where it is no amount."""
        return fmt.parse_sat(self.value)


class FeerateField(Field):
    """A feerate in sat/vB; nothing typed means that it is left to the wallet."""

    def __init__(self, *, id: str, placeholder: str) -> None:  # noqa: A002  # Textual's word
        super().__init__(
            id=id, placeholder=placeholder, restrict=r"[0-9]{0,6}([.,][0-9]{0,3})?", max_length=10
        )

    @property
    def per_kw(self) -> int | None:
        """What was typed, in sat/kw; None where it is no feerate."""
        return fmt.parse_feerate(self.value)

    @property
    def is_wrong(self) -> bool:
        """Whether something was typed that is no feerate."""
        return bool(self.value.strip()) and self.per_kw is None

    def still_says(self, per_kw: int | None) -> bool:
        """Whether it was this that was typed; None: nothing."""
        return self.per_kw == per_kw and not self.is_wrong


class PasteBox(TextArea):
    """Several lines for something long; enter submits, tab leaves."""

    class Submitted(Message):
        """Enter was pressed in the box, or something was pasted into it."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  # Textual's word
        super().__init__(
            id=id, soft_wrap=True, tab_behavior="focus", show_line_numbers=False,
            highlight_cursor_line=False, compact=True,
        )  # fmt: skip

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.prevent_default()
            event.stop()
            self.post_message(self.Submitted())
        else:
            await super()._on_key(event)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.fill(event.text)
        self.post_message(self.Submitted())

    def fill(self, text: str) -> None:
        """Hold this instead of what was there, made safe."""
        self.load_text(Untrusted(text).cells(MOST_PASTED))


class LinesBox(TextArea):
    """Several lines of typing, `most` of which are pasted at once; tab leaves."""

    def __init__(self, *, most: int, id: str) -> None:  # noqa: A002  # Textual's word
        super().__init__(
            id=id, soft_wrap=True, tab_behavior="focus", show_line_numbers=False,
            highlight_cursor_line=False, compact=True,
        )  # fmt: skip
        self._most = most

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        lines = event.text.splitlines()[: self._most]
        self.insert("\n".join(Untrusted(one).cells(LONGEST_LINE) for one in lines))


class Listing(OptionList):
    """A list to move in with arrows or as in vim: h goes back, l opens what the cursor is on.
    Rows are `Content`, never markup."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("g", "first", show=False),
        Binding("G", "last", show=False),
        Binding("h", "app.back", show=False),
        Binding("l", "select", show=False),
    ]

    def __init__(self, *, id: str, click_selects: bool = True) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id, markup=False, compact=True)
        self._click_selects = click_selects
        self._start: str | None = None  # the row of a cursor that nobody has moved
        self._clicked: str | None = None  # a row to which a click moved it

    async def _on_click(self, event: events.Click) -> None:
        """Where a row has several uses, the first click only moves the cursor there; a second one,
        however late, is as enter."""
        clicked: int | None = event.style.meta.get("option")
        if self._click_selects or clicked is None:
            return
        if clicked >= self.option_count:  # the list was shortened since it was drawn
            event.prevent_default()
            return
        row = self.get_option_at_index(clicked).id
        is_first = event.chain == 1 and (row != self._clicked or clicked != self.highlighted)
        self._clicked = row if is_first else None
        if is_first:
            event.prevent_default()
            self.highlighted = clicked

    def action_select(self) -> None:
        """Whoever comes back to the row afterwards clicks it anew for the first time."""
        self._clicked = None
        super().action_select()

    def action_cursor_down(self) -> None:
        """One row down; at the end it stays there, as in every other list of ours."""
        if self.highlighted is None or self.highlighted < self.option_count - 1:
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        """One row up; at the top it stays."""
        if self.highlighted != 0:
            super().action_cursor_up()

    def show(
        self, rows: Iterable[Option], *, newest_first: bool = False, start: str | None = None
    ) -> None:
        """Show these rows (each with an id). What has not changed is not drawn again, and the
        cursor stays on its row; where the newest come first, one that nobody has moved goes to the
        row that is the `start` now, the first unless another is named. Empty, the list is hidden;
        the first row takes an idle focus."""
        new = list(rows)
        self.display = bool(new)
        if new and self.is_attached and self.screen.focused is None:
            self.focus()
        is_at_start = newest_first and self.highlighted_id in (None, self._start)
        ids = [row.id for row in new]
        self._start = start or (ids[0] if ids else None)
        here = self._start if is_at_start else self.highlighted_id
        if ids == [row.id for row in self.options]:
            for index, (old, row) in enumerate(zip(self.options, new, strict=True)):
                if old.prompt != row.prompt or old.disabled != row.disabled:
                    old.disabled = row.disabled
                    self.replace_option_prompt_at_index(index, row.prompt)
            if is_at_start and here in ids:
                self.highlighted = ids.index(here)
            return
        at_top = newest_first and (is_at_start or self.highlighted == 0)
        self.set_options(new)
        known = here is not None and here in ids
        self.highlighted = ids.index(here) if known else (0 if new else None)
        if at_top:
            self.call_after_refresh(self._show_first)

    def _show_first(self) -> None:
        """What came last is seen, where the cursor's row is then, too."""
        if self.highlighted is not None and self.highlighted < self.size.height:
            self.scroll_home(animate=False)

    def move_to(self, row_id: str) -> bool:
        """Put the cursor on that row; whether there is one."""
        for index, row in enumerate(self.options):
            if row.id == row_id:
                self.highlighted = index
                return True
        return False

    @property
    def highlighted_id(self) -> str | None:
        """The id of the row under the cursor."""
        option = self.highlighted_option
        return option.id if option is not None else None


class _Beside(Words):
    """Words in what the buttons leave free."""

    def __init__(self, resized: Callable[[], None]) -> None:
        super().__init__(classes="enter")
        self._resized = resized

    def on_resize(self) -> None:
        self._resized()


class ButtonRow(Horizontal):
    """A row of buttons; left and right move between the page's buttons, and stay at the first and
    the last: one arrow too many chooses nothing else."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "choose(-1)", "Choose", key_display="← →"),
        Binding("right,l", "choose(1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(classes="choices")

    def action_choose(self, step: int) -> None:
        """Go to the next button of the page, or stay."""
        buttons = [one for one in self.screen.focus_chain if isinstance(one, Button)]
        here = next((at for at, one in enumerate(buttons) if one.has_focus), None)
        if here is not None:
            # At once: `focus` would come after an enter that is typed fast behind the arrow.
            self.screen.set_focus(buttons[max(0, min(here + step, len(buttons) - 1))])


class Choices(ButtonRow):
    """Two buttons, of which the first one is the harmless one. Beside them stands what enter does
    now, and how to come to the other one."""

    DEFAULT_CSS = "Choices .enter { width: 1fr; height: 1; }"

    def __init__(self, back: str, go: str, *, danger: bool = False, prefix: str = "") -> None:
        super().__init__()
        self._words = (back, go)
        self._danger = danger
        self._prefix = prefix
        self._elsewhere = ""  # what enter does on another button of the page

    def compose(self) -> ComposeResult:
        back, go = self._words
        yield _Beside(self._say_enter)
        yield Button(Content(f"[ {back} ]"), id=f"{self._prefix}back", compact=True)
        kind: ButtonVariant = "error" if self._danger else "primary"
        yield Button(Content(f"[ {go} ]"), id=f"{self._prefix}go", variant=kind, compact=True)

    def offer(self, go: str, *, enabled: bool = True) -> None:
        """Word the second button anew."""
        button = self.query_one(f"#{self._prefix}go", Button)
        button.label = Content(f"[ {go} ]")
        button.disabled = not enabled
        button.refresh(layout=True)  # a label alone does not make it wider
        self._words = (self._words[0], go)
        self._say_enter()

    def on_descendant_focus(self) -> None:
        self._say_enter()

    def on_descendant_blur(self) -> None:
        self._say_enter()

    def say_elsewhere(self, does: str) -> None:
        """The cursor is on another button of the page, with which enter does this; empty: not."""
        self._elsewhere = does
        self._say_enter()

    def _say_enter(self) -> None:
        """As much of it as there is room for."""
        back, go = self._words
        first, second = self.query(Button)
        said: tuple[str, ...] = ()
        if first.has_focus and not second.disabled:
            verb = go.partition(" ")[0]
            said = (f"enter: {back}   → then enter: {go}", f"enter: {back}   → then enter: {verb}…")
        elif first.has_focus:
            said = (f"enter: {back}",)
        elif second.has_focus:
            said = (f"enter: {go}",)
        elif self._elsewhere:
            does, verb = self._elsewhere, go.partition(" ")[0]
            said = (
                f"enter: {does}; then enter on {go}",
                f"enter: {does}; then enter on {verb}…",
                f"enter: {does}",
            )
        beside = self.query_one(".enter", Words)
        beside.say(next((one for one in said if cell_len(one) <= beside.size.width), ""))
