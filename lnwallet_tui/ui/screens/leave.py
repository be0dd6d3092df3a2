"""Leaving while a payment is under way, or a world that nothing keeps: what goes on then."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Button

from lnwallet_tui.ui import commands
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.widgets.forms import Choices
from lnwallet_tui.ui.widgets.words import Words

_UNDER_WAY: Final = (
    "A payment of yours is still under way.",
    "It may still arrive after you left. The wallet learns its end when it is started again; until "
    "then do not pay the same invoice by other means.",
)
_FORGOTTEN: Final = (
    "This world ends when you leave.",
    "Its people, your channels and your payments are forgotten. A world that you can come back to "
    "has a folder: start it with\n\n  lnwallet-tui play --folder DIR",
)


class LeaveScreen(WalletScreen):
    """Asked only when something would be left open."""

    place = "leave"
    mode = ""
    fits_all = True
    about = (
        "A payment that is under way is not lost when you leave, but nobody watches it. A world "
        "that no folder keeps is lost."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("leave")]

    def body(self) -> ComposeResult:
        title, sentence = _FORGOTTEN if self.session.forgotten else _UNDER_WAY
        yield Words(title, classes="title")
        yield Words(sentence)
        yield Choices("Stay", "Leave")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "go":
            self.app.exit()
        else:
            self.action_back()
