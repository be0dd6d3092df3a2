"""How a payment stands in the words of the screen, as far as no clock is needed to say it."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.payment.records import (
    IncomingInvoice,
    InvoiceStatus,
    OutgoingPayment,
    OutgoingStatus,
)

_OUT: Final = {
    OutgoingStatus.IN_FLIGHT: PaymentStatus.IN_FLIGHT,
    OutgoingStatus.STUCK: PaymentStatus.STUCK,
    OutgoingStatus.PAID: PaymentStatus.PAID,
    OutgoingStatus.FAILED: PaymentStatus.FAILED,
}
_IN: Final = {
    InvoiceStatus.WAITING: PaymentStatus.WAITING,
    InvoiceStatus.SETTLING: PaymentStatus.IN_FLIGHT,
    InvoiceStatus.PAID: PaymentStatus.PAID,
    InvoiceStatus.LOST: PaymentStatus.FAILED,
}


def standing(payment: OutgoingPayment | IncomingInvoice) -> PaymentStatus:
    """How it stands; an invoice that waits may have expired meanwhile."""
    if isinstance(payment, OutgoingPayment):
        return _OUT[payment.status]
    if payment.status is InvoiceStatus.WAITING and payment.parts:
        return PaymentStatus.IN_FLIGHT
    return _IN[payment.status]


def is_under_way(payment: OutgoingPayment | IncomingInvoice) -> bool:
    """Whether something of it may stand in a channel, or is about to."""
    return standing(payment) in (PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK)


def amount_shown(payment: OutgoingPayment | IncomingInvoice) -> Msat | None:
    """What is or was paid; None while the payer may choose it."""
    if isinstance(payment, IncomingInvoice) and payment.status is InvoiceStatus.PAID:
        return payment.received
    return payment.amount
