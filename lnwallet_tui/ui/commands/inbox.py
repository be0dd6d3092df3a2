"""What can be done in the inbox."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class GoToIt(
    Command, where="inbox", keys="enter", title="Go there", action="go_there", footer="inbox"
):
    """Go to the payment, the channel or the page that the entry is about; it counts as read."""


class MarkRead(Command, where="inbox", keys="d", title="Read", action="mark_read", footer="inbox"):
    """The entry under the cursor has been read; it stays here."""


class MarkAllRead(
    Command, where="inbox", keys="A", title="All read", action="mark_all", footer="inbox"
):
    """Everything here has been read."""
