"""What a wallet is made of, for whoever looks for it."""

from __future__ import annotations

from lnwallet_tui.api.views import View


class AboutView(View, frozen=True, kw_only=True):
    """`folder` is where the wallet's files are, `log` the log among them; `format` is the number
    of the way in which they are written."""

    folder: str
    log: str
    format: int
