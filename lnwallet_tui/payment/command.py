"""The command to pay an invoice, and every reason for which it cannot be carried out."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice.bolt11 import Invoice
from lnwallet_tui.invoice.errors import NEW_INVOICE
from lnwallet_tui.payment.records import OutgoingPayment, OutgoingStatus, Way


@dataclass(frozen=True, slots=True)
class PayCommand:
    """Pay `invoice`, which was written as `text`.

    `amount` only where the invoice leaves it open. `ways` are those of the first attempt; together
    they bring the amount to the payee.
    """

    invoice: Invoice
    text: str
    amount: Msat | None
    max_fee: Msat
    ways: tuple[Way, ...]


def amount_of(command: PayCommand) -> Msat | Refused:
    """What the payee is to get."""
    asked, given = command.invoice.amount, command.amount
    if asked is None and not given:
        return Refused(
            RefusalCode.BAD_INPUT,
            "The invoice leaves the amount open.",
            "Say how much to pay.",
        )
    if asked is not None and given is not None and given != asked:
        return Refused(
            RefusalCode.BAD_INPUT,
            "The invoice asks for an amount of its own.",
            "Pay exactly that, or ask for an invoice that leaves the amount open.",
        )
    amount = asked or given
    assert amount is not None, "one of the two is set and not zero"
    return amount


def refusal(command: PayCommand, network: Network, our_id: bytes, now: int) -> Refused | None:
    """Why this invoice cannot be paid by this wallet at this time."""
    invoice = command.invoice
    if invoice.network is not network:
        return Refused(
            RefusalCode.WRONG_NETWORK,
            f"The invoice is for {invoice.network.value}, this wallet is on {network.value}.",
            f"Ask the receiver for an invoice on {network.value}.",
        )
    if now >= invoice.expires:
        return Refused(RefusalCode.EXPIRED, "The invoice has expired.", NEW_INVOICE)
    if invoice.payee == our_id:
        return Refused(
            RefusalCode.BAD_INPUT,
            "This is an invoice of this wallet itself.",
            "Give it to whoever is to pay you.",
        )
    return None


def refusal_beside(existing: OutgoingPayment | None) -> Refused | None:
    """Why a second payment of the same hash must not begin beside this one."""
    if existing is None or existing.status is OutgoingStatus.FAILED:
        return None
    if existing.status is OutgoingStatus.PAID:
        return Refused(RefusalCode.ALREADY_PAID, "This invoice is paid already.", NEW_INVOICE)
    if existing.status is OutgoingStatus.STUCK:
        return Refused(RefusalCode.IN_FLIGHT, existing.reason, "Wait for that block.")
    return Refused(
        RefusalCode.IN_FLIGHT,
        "This invoice is being paid already.",
        "Wait until that payment has ended.",
    )
