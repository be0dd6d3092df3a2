"""The checks of the final node (BOLT 4), one function each.

Whatever is wrong about the payment's details, the answer is one and the same, byte for byte and
after the same work: who forwards to us must not learn from it which invoices we have
(vulnerability 79). So all detail checks run, also for a hash that we do not know.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onion.messages import (
    Failure,
    FinalIncorrectCltvExpiry,
    FinalIncorrectHtlcAmount,
    IncorrectOrUnknownPaymentDetails,
    InvalidOnionPayload,
)
from lnwallet_tui.onion.payload import HopPayload
from lnwallet_tui.payment.events import HtlcArrived
from lnwallet_tui.payment.limits import nearest_expiry
from lnwallet_tui.payment.records import IncomingInvoice, InvoiceStatus
from lnwallet_tui.policy import Policy

_AMT_TO_FORWARD: Final = 2
_OUTGOING_CLTV_VALUE: Final = 4

# Compared with where no invoice has the hash; no payment can match it.
_DECOY: Final = IncomingInvoice(
    payment_hash=bytes(32),
    preimage=bytes(32),
    payment_secret=bytes(32),
    amount=None,
    min_final_cltv_expiry_delta=0,
    created=0,
    expires=0,
    invoice="",
)


@dataclass(frozen=True, slots=True)
class FinalHop:
    """An HTLC for us beside what its onion says and the invoice it may be for."""

    htlc: HtlcArrived
    amt_to_forward: Msat
    outgoing_cltv_value: int
    total_msat: Msat
    payment_secret: bytes | None = field(repr=False)
    invoice: IncomingInvoice
    is_known: bool
    now: int
    height: int
    policy: Policy


def read_final_hop(
    htlc: HtlcArrived,
    payload: HopPayload,
    invoice: IncomingInvoice | None,
    now: int,
    height: int,
    policy: Policy,
) -> FinalHop | InvalidOnionPayload:
    """What is to be checked; or what the payload lacks.

    BOLT 4: "MUST return an error if `amt_to_forward` or `outgoing_cltv_value` are not present";
    "MUST treat `total_msat` as if it were equal to `amt_to_forward` if it is not present".
    """
    if payload.amt_to_forward is None:
        return InvalidOnionPayload(_AMT_TO_FORWARD, 0)
    if payload.outgoing_cltv_value is None:
        return InvalidOnionPayload(_OUTGOING_CLTV_VALUE, 0)
    data = payload.payment_data
    return FinalHop(
        htlc=htlc,
        amt_to_forward=payload.amt_to_forward,
        outgoing_cltv_value=payload.outgoing_cltv_value,
        total_msat=payload.amt_to_forward if data is None else data.total_msat,
        payment_secret=None if data is None else data.payment_secret,
        invoice=_DECOY if invoice is None else invoice,
        is_known=invoice is not None,
        now=now,
        height=height,
        policy=policy,
    )


def failure_of(hop: FinalHop) -> Failure | None:
    """The failure to return, None where the HTLC may join the set of its invoice.

    BOLT 4: "if there is more than one error: SHOULD select the first error it encounters from the
    list above", which has `incorrect_or_unknown_payment_details` before the other two.
    """
    wrong = [check(hop) for check in DETAIL_CHECKS]
    if any(wrong):
        return IncorrectOrUnknownPaymentDetails(hop.htlc.amount, hop.height)
    if expires_before_the_onion_says(hop):
        return FinalIncorrectCltvExpiry(hop.htlc.cltv_expiry)
    if is_less_than_the_onion_says(hop):
        return FinalIncorrectHtlcAmount(hop.htlc.amount)
    return None


# ── details: "incorrect_or_unknown_payment_details" ──────────────────────────────────────────────
def hash_is_unknown(hop: FinalHop) -> bool:
    """BOLT 4: "if the payment hash is unknown: MUST fail the HTLC"."""
    return not hop.is_known


def invoice_is_settled(hop: FinalHop) -> bool:
    """BOLT 4: "if the payment hash has already been paid: MAY treat the payment hash as
    unknown"."""
    return hop.invoice.status is not InvoiceStatus.WAITING


def invoice_has_expired(hop: FinalHop) -> bool:
    """BOLT 11: "after the `timestamp` plus `expiry` has passed: SHOULD NOT accept a payment"."""
    return hop.now > hop.invoice.expires


def secret_is_missing_or_wrong(hop: FinalHop) -> bool:
    """BOLT 4: "if the `payment_secret` doesn't match the expected value for that `payment_hash`, or
    the `payment_secret` is required and is not present: MUST fail the HTLC"."""
    shown = hop.payment_secret if hop.payment_secret is not None else b""
    return not hmac.compare_digest(shown, hop.invoice.payment_secret)


def is_a_part_that_nobody_asked_for(hop: FinalHop) -> bool:
    """A payment without an invoice comes whole: see `keysend`."""
    return hop.invoice.is_spontaneous and hop.total_msat != hop.amt_to_forward


def pays_too_little(hop: FinalHop) -> bool:
    """BOLT 4: "if the amount paid is less than the amount expected: MUST fail the HTLC"; "amount
    paid" is "the `total_msat` field"."""
    asked = hop.invoice.amount
    return not hop.total_msat or (asked is not None and hop.total_msat < asked)


def pays_too_much(hop: FinalHop) -> bool:
    """BOLT 4: "if the amount paid is more than twice the amount expected: SHOULD fail the HTLC"."""
    asked = hop.invoice.amount
    return asked is not None and hop.total_msat.value > 2 * asked.value


def expires_too_soon(hop: FinalHop) -> bool:
    """BOLT 4: "MUST return an error if incoming `cltv_expiry` < `current_block_height` +
    `min_final_cltv_expiry_delta`"; BOLT 2: "MUST fail (and not forward) an HTLC whose fulfillment
    deadline is already past"."""
    agreed = hop.height + hop.invoice.min_final_cltv_expiry_delta
    return hop.htlc.cltv_expiry < max(agreed, nearest_expiry(hop.height, hop.policy))


DETAIL_CHECKS: Final[tuple[Callable[[FinalHop], bool], ...]] = (
    hash_is_unknown,
    invoice_is_settled,
    invoice_has_expired,
    secret_is_missing_or_wrong,
    is_a_part_that_nobody_asked_for,
    pays_too_little,
    pays_too_much,
    expires_too_soon,
)


# ── what the node before us did to the HTLC ──────────────────────────────────────────────────────
def expires_before_the_onion_says(hop: FinalHop) -> bool:
    """BOLT 4: "if the `cltv_expiry` from the final node's HTLC is below `outgoing_cltv_value`: MUST
    return `final_incorrect_cltv_expiry` error"."""
    return hop.htlc.cltv_expiry < hop.outgoing_cltv_value


def is_less_than_the_onion_says(hop: FinalHop) -> bool:
    """BOLT 4: "if `amount_msat` from the final node's HTLC is below `amt_to_forward`: MUST return a
    `final_incorrect_htlc_amount` error"."""
    return hop.htlc.amount < hop.amt_to_forward
