"""What can be done on Guard."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class CopyTxid(Command, where="guard", keys="y", title="Copy txid", action="copy", footer="guard"):
    """Copy the transaction id of the log line under the cursor."""
