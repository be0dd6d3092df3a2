"""What can be done on Home."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class OpenFromHome(Command, where="home", keys="o", title="Open", action="open_channel", footer=""):
    """Open a channel, so that you can pay."""


class ClearNotices(Command, where="home", keys="d", title="Seen", action="clear_notices"):
    """Take away the notices that you have read; the inbox keeps them. What no inbox keeps and is
    still so stays."""


class ReadOn(Command, where="home", keys="n", title="More", action="read_on"):
    """Show what else is under Now; after its end, its beginning."""


class Receipt(Command, where="home", keys="enter", title="Details", action="show_payment"):
    """Show everything about the payment under the cursor."""
