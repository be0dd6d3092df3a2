"""Throwing the playground's world away: what is lost, then a decision."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Button

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.ui import commands
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.messages import BeginAnew
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.widgets.forms import Choices
from lnwallet_tui.ui.widgets.words import Words


class NewWorldScreen(WalletScreen):
    """Asked before anything is thrown away."""

    place = "anew"
    mode = ""
    about = (
        "A new world begins where this one began: the same people with the same channels among "
        "themselves, you with coins and without a channel, the story at its first step."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("anew")]

    def body(self) -> ComposeResult:
        with Vertical(classes="page"):
            yield Words("Throw this world away and begin another?", classes="title")
            yield Words(id="lost")
            yield Choices("Keep this one", "Throw it away", danger=True)

    def draw(self, picture: Picture) -> None:
        self.query_one("#lost", Words).say(lost(picture) + self._whose_words())

    def _whose_words(self) -> str:
        """What the next wallet is made of."""
        view = self.session.custody_view
        if view is None:
            return ""
        if view.keeping is None:
            return (
                " Its wallet can live on words of your own: see First run "
                "({everywhere.command_palette}) before."
            )
        asked = "" if view.is_open else " They are opened first: until then nothing is thrown away."
        return f" Its wallet lives on your own words.{asked}"

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "go":
            self.app.post_message(BeginAnew())
        else:
            self.action_back()


def lost(picture: Picture) -> str:
    """What goes with the world."""
    closed = sum(one.state is ChannelState.CLOSED for one in picture.channels)
    channels = fmt.count(len(picture.channels), "channel")
    channels += f" ({closed:,} of them closed)" if closed else ""
    payments = fmt.count(len(picture.payments), "payment")
    return (
        f"Lost are: your {channels}, your {payments}, {fmt.msat(picture.balance.total_msat)} of "
        f"play money, the chain with its {picture.status.height:,} blocks, everything that the "
        "people here had, and the ticks of the story. Nothing brings them back.\n\n"
        "The new world begins as this one did: the same people, you with new coins and without a "
        "channel. The screen goes dark for a moment."
    )
