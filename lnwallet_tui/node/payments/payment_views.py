"""Payments as the screen sees them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import DecodedInvoice, HopHintView, PaymentStatus, PaymentView
from lnwallet_tui.bitcoin.address import AddressError, script_to_address
from lnwallet_tui.invoice.bolt11 import Invoice
from lnwallet_tui.invoice.fields import HopHint
from lnwallet_tui.payment.records import (
    IncomingInvoice,
    InvoiceStatus,
    OutgoingPayment,
    OutgoingStatus,
)
from lnwallet_tui.payment.standing import amount_shown, standing
from lnwallet_tui.payment.unpaid import out, parts_out
from lnwallet_tui.store.activity import Found, read_invoice
from lnwallet_tui.store.notes import NOTHING

_DAMAGED = "What the wallet's file holds of this payment is damaged; this is all that is left."
_UNDER_WAY = (OutgoingStatus.IN_FLIGHT, OutgoingStatus.STUCK)
_LOST = "The channel was closed before the payment could be taken."


def found_view(found: Found, now: int) -> PaymentView:
    """A payment as it was found: its invoice is not read again."""
    if found.record is None:
        return _damaged_view(found, now)
    if isinstance(found.payment, OutgoingPayment):
        said = found.description, found.payee
        return outgoing_view(found.payment, found.note, said)
    return incoming_view(found.payment, now, found.note, found.description)


def _damaged_view(found: Found, now: int) -> PaymentView:
    """What is left of it."""
    columns = found.columns
    has_expired = columns.status is PaymentStatus.WAITING and now > columns.expires
    return PaymentView(
        payment_hash=columns.payment_hash.hex(),
        outgoing=columns.outgoing,
        status=PaymentStatus.EXPIRED if has_expired else columns.status,
        amount_msat=columns.amount_msat,
        fee_msat=0,
        created=found.place[0],
        settled=0,
        description=found.description,
        invoice="",
        preimage="",
        reason=_DAMAGED,
        expires=columns.expires,
        payee=found.payee.hex(),
        note=found.note,
    )


def outgoing_view(
    payment: OutgoingPayment,
    note: Untrusted = NOTHING,
    said: tuple[Untrusted, bytes] | None = None,
) -> PaymentView:
    """A payment of ours; `said` are its invoice's words and payee where they are known."""
    description, payee = said or (_description(payment.invoice), _payee(payment))
    return PaymentView(
        payment_hash=payment.payment_hash.hex(),
        outgoing=True,
        status=standing(payment),
        amount_msat=payment.amount.value,
        fee_msat=payment.fee.value,
        created=payment.created,
        settled=payment.settled,
        description=description,
        invoice=payment.invoice,
        preimage=(payment.preimage or b"").hex(),
        reason=f"{parts_out(payment)}{payment.reason}",
        expires=payment.expires,
        payee=payee.hex(),
        note=note,
        first_begun=payment.first_begun,
        by_chain=payment.by_chain,
        may_be_paid=payment.may_be_paid,
        out_msat=out(payment).value if payment.status in _UNDER_WAY else 0,
        parts=len(payment.alive),
    )


def _payee(payment: OutgoingPayment) -> bytes:
    unasked = payment.spontaneous
    return read_invoice(payment.invoice).payee if unasked is None else unasked.payee


def incoming_view(
    invoice: IncomingInvoice,
    now: int,
    note: Untrusted = NOTHING,
    said: Untrusted | None = None,
) -> PaymentView:
    """An invoice of ours. The preimage is shown once it was given away."""
    is_paid = invoice.status is InvoiceStatus.PAID
    amount = amount_shown(invoice)
    return PaymentView(
        payment_hash=invoice.payment_hash.hex(),
        outgoing=False,
        status=_incoming_status(invoice, now),
        amount_msat=None if amount is None else amount.value,
        fee_msat=0,
        created=invoice.created,
        settled=invoice.settled,
        description=_description(invoice.invoice) if said is None else said,
        invoice=invoice.invoice,
        preimage=invoice.preimage.hex() if is_paid else "",
        reason=_LOST if invoice.status is InvoiceStatus.LOST else "",
        expires=invoice.expires,
        note=note,
        parts=len(invoice.parts),
    )


def _incoming_status(invoice: IncomingInvoice, now: int) -> PaymentStatus:
    status = standing(invoice)
    if status is PaymentStatus.WAITING and now > invoice.expires:
        return PaymentStatus.EXPIRED
    return status


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
        description_hash=(invoice.description_hash or b"").hex(),
        payment_secret=invoice.payment_secret.hex(),
        payment_metadata=(invoice.payment_metadata or b"").hex(),
        features=invoice.features.names(),
        fallback_addresses=tuple(_addresses(invoice)),
        route_hints=tuple(tuple(map(_hint, route)) for route in invoice.route_hints),
    )


def _addresses(invoice: Invoice) -> Iterator[str]:
    for script in invoice.fallbacks:
        with suppress(AddressError):  # a form that nobody can write down
            yield script_to_address(script, invoice.network)


def _hint(hop: HopHint) -> HopHintView:
    return HopHintView(
        node_id=hop.node_id.hex(),
        short_channel_id=str(hop.short_channel_id),
        fee_base_msat=hop.fee_base.value,
        fee_proportional_millionths=hop.fee_proportional_millionths,
        cltv_expiry_delta=hop.cltv_expiry_delta,
    )
