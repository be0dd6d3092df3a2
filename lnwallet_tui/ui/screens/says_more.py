"""A page with a box that may not show all that is written in it: its border says where the rest is.

How much fits is known once the box was laid out anew.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events

from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.widgets.words import Words, is_cut, on_layout


class SaysMore(WalletScreen):
    """`box` is that box, `text` what may be long in it."""

    box: ClassVar[str] = "#one"
    text: ClassVar[str] = "#explanation"
    rest: ClassVar[str] = "… {everywhere.explain}: all of it"

    def on_mount(self) -> None:
        super().on_mount()
        on_layout(self.query_one(self.box), self.query_one(self.text, Words), self.say_more)

    def on_resize(self, _: events.Resize) -> None:
        self.say_more()

    def say_more(self) -> None:
        """Something else stands there, or may fit."""
        self.once_laid_out(self.draw_more)

    def draw_more(self) -> None:
        """Say whether the box shows all, and what the page says beside that."""
        box = self.query_one(self.box)
        said = self.rest if is_cut(box, self.query_one(self.text, Words)) else ""
        said = "   ".join(filter(None, (said, self.leads_to())))
        box.border_subtitle = self.session.with_keys(said)

    def leads_to(self) -> str:
        """Where else one comes from what stands there."""
        return ""
