"""What can be done with a payment on chain, before and after it is sent."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class PayEverything(
    Command,
    where="pay_address",
    keys="ctrl+t",
    title="Everything",
    action="everything",
    footer="pay_address",
):
    """Send everything that can leave, or an amount of your own again; what closes need stays."""


class NextPaceToSend(
    Command,
    where="pay_address",
    keys="f",
    title="Fee rate",
    action="pace",
    footer="pay_address",
):
    """Take the next of the three fee rates for this payment: slow, normal, fast."""


class HurryThis(
    Command,
    where="transaction",
    keys="b",
    title="Hurry",
    action="hurry",
    footer="transaction",
):
    """Hurry this transaction for a higher fee; the cost comes first."""


class CopyTransaction(
    Command, where="transaction", keys="y", title="Copy id", action="copy", footer="transaction"
):
    """Copy the id of this transaction."""
