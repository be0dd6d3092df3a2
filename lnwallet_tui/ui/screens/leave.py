"""Leaving while a payment is under way: what goes on, and what does not."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Button

from lnwallet_tui.ui import commands
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.widgets.forms import Choices
from lnwallet_tui.ui.widgets.words import Words


class LeaveScreen(WalletScreen):
    """Asked only when something would be left open."""

    place = "leave"
    mode = ""
    about = "A payment is under way; it is not lost when you leave, but nobody watches it."
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("leave")]

    def body(self) -> ComposeResult:
        yield Words("A payment of yours is still under way.", classes="title")
        yield Words(
            "It may still arrive after you left. The wallet learns its end when it is started "
            "again; until then do not pay the same invoice by other means."
        )
        yield Choices("Stay", "Leave")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "go":
            self.app.exit()
        else:
            self.action_back()
