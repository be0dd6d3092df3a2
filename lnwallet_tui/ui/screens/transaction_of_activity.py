"""One transaction of the wallet, reached from the list of all that moved money."""

from __future__ import annotations

from lnwallet_tui.ui.screens.transaction import TransactionScreen


class TransactionOfActivity(TransactionScreen):
    """The same page; it leads back there."""

    mode = "activity"
