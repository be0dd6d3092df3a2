"""One transaction of the wallet, reached from the first screen."""

from __future__ import annotations

from lnwallet_tui.ui.screens.transaction import TransactionScreen


class TransactionOfHome(TransactionScreen):
    """The same page; it leads back there."""

    mode = "home"
