"""What can be done among the payments."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class FilterPayments(
    Command, where="activity", keys="slash", title="Filter", action="filter", footer="activity"
):
    """Look for payments; words such as out, paid, >10000, month:last, note:rent go together."""


class ShowPayment(Command, where="activity", keys="enter", title="Details", action="show_payment"):
    """Show everything about the payment under the cursor, and how it was tried."""


class NotePayment(
    Command, where="activity", keys="n", title="Note", action="note", footer="activity"
):
    """Write a note of your own to the payment under the cursor; only you see it."""


class LastMonth(
    Command,
    where="activity",
    keys="m",
    title="Last month",
    action="last_month",
    footer="activity",
):
    """Show only what happened in the last month; what is shown can be written to a file."""


class ExportPayments(
    Command, where="activity", keys="e", title="Export", action="export", footer="activity"
):
    """Write what the list shows to a CSV or JSON file."""
