"""What can be done on Receive."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class Copy(Command, where="receive", keys="y", title="Copy", footer="receive"):
    """Copy the invoice or address to the clipboard."""


class QrMode(
    Command, where="receive", keys="m", title="Drawing", action="qr_mode", footer="receive"
):
    """Draw the code in another way: fine, half blocks, or whole cells, if it does not scan."""


class Image(Command, where="receive", keys="o", title="Image", action="image", footer="receive"):
    """Open the code as an image, with the program that this desktop has for images."""


class NewInvoice(
    Command, where="receive", keys="n", title="New", action="new_invoice", footer="receive"
):
    """Put this one aside and make another invoice; the one shown stays payable. Where a Bitcoin
    address is shown, show the next one."""


class OnchainAddress(
    Command,
    where="receive",
    keys="ctrl+o",
    title="Bitcoin address",
    action="address",
    footer="receive",
):
    """Show a fresh Bitcoin address, to fill the wallet on chain."""


class ShowAgain(
    Command, where="receive", keys="ctrl+r", title="Show it again", action="show_again"
):
    """Show the invoice or address again that was shown before the form."""
