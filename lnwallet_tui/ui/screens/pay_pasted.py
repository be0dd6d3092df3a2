"""Paying the address that stands on Send: what was typed for it is kept as long as that is so."""

from __future__ import annotations

from lnwallet_tui.ui.screens.pay_address import PayAddressScreen
from lnwallet_tui.ui.widgets.forms import Field


class PayPastedScreen(PayAddressScreen):
    """Send forgets these `drafts`."""

    drafts = ("amount", "feerate")

    def fill_form(self) -> None:
        """What was typed before goes before what the link asks for."""
        typed = {name: self.draft(name) for name in self.drafts}
        super().fill_form()
        for name, text in typed.items():
            if text:
                self.query_one(f"#{name}", Field).recall(text)
