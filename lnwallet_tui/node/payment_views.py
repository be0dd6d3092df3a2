"""Payments as the screen sees them."""

from __future__ import annotations

from functools import lru_cache

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import DecodedInvoice, PaymentStatus, PaymentView
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.invoice.bolt11 import Invoice
from lnwallet_tui.payment.records import (
    IncomingInvoice,
    InvoiceStatus,
    OutgoingPayment,
    OutgoingStatus,
)

_OUTGOING = {
    OutgoingStatus.IN_FLIGHT: PaymentStatus.IN_FLIGHT,
    OutgoingStatus.STUCK: PaymentStatus.STUCK,
    OutgoingStatus.PAID: PaymentStatus.PAID,
    OutgoingStatus.FAILED: PaymentStatus.FAILED,
}
_LOST = "The channel was closed before the payment could be taken."


@lru_cache(maxsize=1024)
def read_invoice(text: str) -> Invoice:
    """An invoice that is kept here, so it was read or written before."""
    return bolt11.decode(text)


def outgoing_view(payment: OutgoingPayment) -> PaymentView:
    """A payment of ours."""
    return PaymentView(
        payment_hash=payment.payment_hash.hex(),
        outgoing=True,
        status=_OUTGOING[payment.status],
        amount_msat=payment.amount.value,
        fee_msat=payment.fee.value,
        created=payment.created,
        settled=payment.settled,
        description=_description(payment.invoice),
        invoice=payment.invoice,
        preimage=(payment.preimage or b"").hex(),
        reason=payment.reason,
        expires=payment.expires,
        payee=_payee(payment).hex(),
    )


def _payee(payment: OutgoingPayment) -> bytes:
    unasked = payment.spontaneous
    return read_invoice(payment.invoice).payee if unasked is None else unasked.payee


def incoming_view(invoice: IncomingInvoice, now: int) -> PaymentView:
    """An invoice of ours. The preimage is shown once it was given away."""
    is_paid = invoice.status is InvoiceStatus.PAID
    amount = invoice.received if is_paid else invoice.amount
    return PaymentView(
        payment_hash=invoice.payment_hash.hex(),
        outgoing=False,
        status=_incoming_status(invoice, now),
        amount_msat=None if amount is None else amount.value,
        fee_msat=0,
        created=invoice.created,
        settled=invoice.settled,
        description=_description(invoice.invoice),
        invoice=invoice.invoice,
        preimage=invoice.preimage.hex() if is_paid else "",
        reason=_LOST if invoice.status is InvoiceStatus.LOST else "",
        expires=invoice.expires,
    )


def _incoming_status(invoice: IncomingInvoice, now: int) -> PaymentStatus:
    match invoice.status:
        case InvoiceStatus.PAID:
            return PaymentStatus.PAID
        case InvoiceStatus.LOST:
            return PaymentStatus.FAILED
        case InvoiceStatus.SETTLING:
            return PaymentStatus.IN_FLIGHT
        case InvoiceStatus.WAITING:
            if invoice.parts:
                return PaymentStatus.IN_FLIGHT
            return PaymentStatus.EXPIRED if now > invoice.expires else PaymentStatus.WAITING


def _description(invoice: str) -> Untrusted:
    said = read_invoice(invoice).description if invoice else None
    return said or Untrusted("")


def decoded_view(text: str, invoice: Invoice, now: int) -> DecodedInvoice:
    """What an invoice says."""
    return DecodedInvoice(
        invoice=text,
        network=invoice.network.value,
        payment_hash=invoice.payment_hash.hex(),
        payee=invoice.payee.hex(),
        amount_msat=None if invoice.amount is None else invoice.amount.value,
        description=invoice.description or Untrusted(""),
        created=invoice.timestamp,
        expires=invoice.expires,
        expired=now >= invoice.expires,
        min_final_cltv_expiry_delta=invoice.min_final_cltv_expiry_delta,
    )
