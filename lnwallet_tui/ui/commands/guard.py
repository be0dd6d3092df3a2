"""What can be done on Guard."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class Drill(Command, where="guard", keys="d", title="Drill", action="drill", footer="guard"):
    """Have a cheat publish an old state in a sandbox, see that it is caught, and build
    penalties for old states of your own channels, 1,000 at most; nothing is sent."""


class Calendar(
    Command, where="guard", keys="e", title="Calendar", action="calendar", footer="guard"
):
    """Write the date until which you may be away to a calendar file (.ics), with reminders."""


class ShowWatched(
    Command, where="guard", keys="enter", title="Channel", action="show_channel", footer=""
):
    """Go to the channel of what is watched under the cursor."""


class CopyTxid(Command, where="guard", keys="y", title="Copy txid", action="copy", footer="guard"):
    """Copy the transaction id of the line under the cursor."""
