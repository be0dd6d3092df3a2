"""What can be done where every satoshi is shown."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class CopyHolding(
    Command, where="satoshis", keys="y", title="Copy id", action="copy", footer="satoshis"
):
    """Copy the id of the payment, transaction, output or channel under the cursor."""


class HurrySweep(Command, where="satoshis", keys="b", title="Hurry", action="hurry"):
    """Hurry what brings the money of a close home, for a higher fee; the cost comes first."""


class FoldAll(
    Command, where="satoshis", keys="e", title="Open all", action="fold_all", footer="satoshis"
):
    """Open every row; where all are open, fold them."""
