"""Two small pages that the settings lay on top: choose one of a few, and press a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.ui import commands
from lnwallet_tui.ui.keymap import shown
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.forms import Listing
from lnwallet_tui.ui.widgets.words import MUTED, RefusalBox, Words


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few: by its name, and what it is."""

    name: str
    words: str


class ChooseScreen(WalletScreen):
    """`look` is told what the cursor is on, and `""` when nothing was chosen."""

    place = "choose"
    mode = ""
    about = (
        "One of these can be chosen with enter or a click; what the cursor is on is shown at once "
        "where it can be. {everywhere.back} leaves everything as it was."
    )
    CSS_PATH = "settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("choose")]

    def __init__(
        self,
        session: Session,
        title: str,
        choices: Sequence[Choice],
        now: str,
        choose: Callable[[str], None],
        look: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__(session)
        self._title, self._choices, self._now = title, choices, now
        self._choose, self._look_at = choose, look

    def body(self) -> ComposeResult:
        with Vertical(id="choices", classes="box") as box:
            box.border_title, box.border_subtitle = self._title, "enter: this one"
            yield Listing(id="list")

    def on_mount(self) -> None:
        super().on_mount()
        listing = self.query_one("#list", Listing)
        listing.show(
            Option(Content.assemble(f"{one.name:<18}", (one.words, MUTED)), id=one.name)
            for one in self._choices
        )
        listing.move_to(self._now)
        listing.focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._look_at(event.option_id or "")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.app.pop_screen()
        self._choose(event.option_id or "")

    def action_back(self) -> None:
        self._look_at("")
        super().action_back()

    def left(self) -> None:
        self._look_at("")


class PressKeyScreen(WalletScreen):
    """Takes the next key, whatever it is, and says why where it cannot be had."""

    place = "choose"
    mode = ""
    about = "The next key that you press is the command's."
    CSS_PATH = "settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self, session: Session, title: str, judge: Callable[[str], str], take: Callable[[str], None]
    ) -> None:
        """`judge` says why a key cannot be had; empty: it can."""
        super().__init__(session)
        self._title, self._judge, self._take = title, judge, take

    def body(self) -> ComposeResult:
        with Vertical(id="ask"):
            yield Words(f'Press the key for "{self._title}".', classes="title")
            yield Words("esc leaves it as it is; so does a click.", classes="hint")
            yield RefusalBox(id="refused")

    def on_click(self) -> None:
        self.app.pop_screen()

    def on_key(self, event: events.Key) -> None:
        """Every key but escape, before it does anything else."""
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.app.pop_screen()
            return
        wrong = self._judge(event.key)
        if wrong:
            words = f"{shown(event.key)}: {wrong}"
            self.query_one("#refused", RefusalBox).complain(words, "Press another one.")
        else:
            self.app.pop_screen()
            self._take(event.key)
