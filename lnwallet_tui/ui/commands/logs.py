"""What can be done in the log."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class FilterLog(
    Command, where="logs", keys="slash", title="Filter", action="filter", footer="logs"
):
    """Show only some lines: warning or error, an area such as peers or guard, any word."""


class FollowLog(Command, where="logs", keys="f", title="Follow", action="follow", footer="logs"):
    """Stay at the newest line as lines come; moving away ends that."""


class MarkLine(Command, where="logs", keys="m", title="Mark", action="mark", footer="logs"):
    """Mark the line under the cursor, or take its mark away."""


class CopyLog(Command, where="logs", keys="y", title="Copy", action="copy", footer="logs"):
    """Copy the marked lines; where none is marked, all that are listed, for whoever helps you."""
