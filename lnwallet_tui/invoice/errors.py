"""The one error of this room."""

from __future__ import annotations

from typing import Final

COPY_AGAIN: Final = "Copy the invoice again, from its first to its last character."
NEW_INVOICE: Final = "Ask the receiver for a new invoice."


class InvoiceError(ValueError):
    """Not an invoice that can be paid. The message says why, `remedy` what the user can do.

    Both are whole plain sentences of ours: nothing of the text that was read stands in them.
    """

    def __init__(self, message: str, remedy: str = NEW_INVOICE) -> None:
        super().__init__(message)
        self.remedy = remedy
