"""One invoice of ours, from the first HTLC to the money: a pure machine.

The parts of a payment wait here until they are complete; only then, and only after that was made
durable, does the preimage leave, for all parts at once. What is refused is refused with an error
that the payer alone can read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import assert_never

from msgspec.structs import replace

from lnwallet_tui.bitcoin.amount import ZERO_MSAT
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.invoice.bolt11 import Invoice
from lnwallet_tui.onion.messages import Failure, IncorrectOrUnknownPaymentDetails, MppTimeout
from lnwallet_tui.payment.arrival import Accepted, Env, judge, refuse
from lnwallet_tui.payment.effects import IncomingEffect, PaymentChanged, RefuseHtlc, SettleHtlc
from lnwallet_tui.payment.events import HtlcArrived, HtlcLost, HtlcSettled, IncomingEvent, Tick
from lnwallet_tui.payment.limits import nearest_expiry
from lnwallet_tui.payment.records import (
    HtlcName,
    IncomingInvoice,
    InvoiceStatus,
    Part,
    RefusedPart,
)
from lnwallet_tui.policy import MOST_HELD, SET_TIMEOUT

__all__ = ["Env", "Step", "issue", "next_deadline", "resume", "step", "unasked"]


@dataclass(frozen=True, slots=True)
class Step:
    """The invoice after an event, to be committed before the effects are performed."""

    invoice: IncomingInvoice
    effects: tuple[IncomingEffect, ...] = ()


def issue(invoice: Invoice, text: str, preimage: bytes) -> IncomingInvoice:
    """What is kept of an invoice that was just written; commit it before anybody sees `text`."""
    assert sha256(preimage) == invoice.payment_hash, "nobody could be paid with this preimage"
    return IncomingInvoice(
        payment_hash=invoice.payment_hash,
        preimage=preimage,
        payment_secret=invoice.payment_secret,
        amount=invoice.amount,
        min_final_cltv_expiry_delta=invoice.min_final_cltv_expiry_delta,
        created=invoice.timestamp,
        expires=invoice.expires,
        invoice=text,
    )


def step(invoice: IncomingInvoice, event: IncomingEvent, env: Env) -> Step:
    """The invoice after `event`."""
    match event:
        case HtlcArrived():
            return _arrived(invoice, event, env)
        case HtlcSettled():
            return _settled(invoice, event, env)
        case HtlcLost():
            return _lost(invoice, event, env)
        case Tick():
            return _timed(invoice, env)
        case _:
            assert_never(event)


def unasked(htlc: HtlcArrived, env: Env) -> Step | IncomingEffect:
    """An HTLC for which there is no invoice: a payment that brings its own record, to be added, or
    a refusal; the same as of one that does not fit."""
    judged = judge(None, htlc, env)
    return _joined(judged, env) if isinstance(judged, Accepted) else judged


def resume(invoice: IncomingInvoice, held: Collection[HtlcName]) -> Step:
    """The invoice after a start of the program, and the preimages that were on their way.

    `held` are the HTLCs for this hash that any channel holds. Those that wait or were refused
    arrive again.
    """
    refused = tuple(one for one in invoice.refused if (one.channel_id, one.htlc_id) in held)
    resumed = replace(invoice, refused=refused)
    settling = invoice.status is InvoiceStatus.SETTLING
    return Step(resumed, _preimages(resumed) if settling else ())


def next_deadline(invoice: IncomingInvoice) -> int | None:
    """The Unix second at which a `Tick` is due at the latest."""
    if invoice.status is not InvoiceStatus.WAITING or not invoice.parts:
        return None
    return min(part.received for part in invoice.parts) + SET_TIMEOUT


# ── the set of parts ─────────────────────────────────────────────────────────────────────────────
def _arrived(invoice: IncomingInvoice, htlc: HtlcArrived, env: Env) -> Step:
    again = _again(invoice, htlc)
    if again is not None:
        return Step(invoice, again)
    judged = judge(invoice, htlc, env)
    return _joined(judged, env) if isinstance(judged, Accepted) else Step(invoice, (judged,))


def _joined(accepted: Accepted, env: Env) -> Step:
    invoice, part = accepted.invoice, accepted.part
    joined = replace(invoice, parts=(*invoice.parts, part))
    # BOLT 4: "SHOULD fail the entire HTLC set if `total_msat` is not the same for all HTLCs in the
    # set".
    if any(other.total != part.total for other in joined.parts):
        return _refuse_set(joined, env)
    # BOLT 4: "if the total `amt_to_forward` of this HTLC set is less than `total_msat`: MUST NOT
    # fulfill any HTLCs in the HTLC set".
    if sum((other.forwarded for other in joined.parts), ZERO_MSAT) < part.total:
        return Step(joined, (PaymentChanged(invoice.payment_hash),))
    # The first parts may have waited while the lid was shut.
    if _is_late(joined, env):
        return _refuse_set(joined, env)
    settling = replace(joined, status=InvoiceStatus.SETTLING)
    return Step(settling, (*_preimages(settling), PaymentChanged(invoice.payment_hash)))


def _again(invoice: IncomingInvoice, htlc: HtlcArrived) -> tuple[IncomingEffect, ...] | None:
    """What is to be done with an HTLC that was here before a restart; None: it is new."""
    if any(_is(part, htlc) for part in invoice.parts):
        waiting = invoice.status is InvoiceStatus.WAITING
        settle = SettleHtlc(htlc.channel_id, htlc.htlc_id, invoice.preimage)
        return () if waiting else (settle,)
    for one in invoice.refused:
        if _is(one, htlc):
            return (RefuseHtlc(one.channel_id, one.htlc_id, one.reason),)
    return None


def _timed(invoice: IncomingInvoice, env: Env) -> Step:
    """BOLT 4: "MUST fail all HTLCs in the HTLC set after some reasonable timeout"."""
    deadline = next_deadline(invoice)
    if deadline is None or (env.now < deadline and not _is_late(invoice, env)):
        return Step(invoice)
    return _refuse_all(invoice, [MppTimeout()] * len(invoice.parts))


def _refuse_set(invoice: IncomingInvoice, env: Env) -> Step:
    """The set contradicts itself, or can no longer be taken in time."""
    failures = [IncorrectOrUnknownPaymentDetails(part.amount, env.height) for part in invoice.parts]
    return _refuse_all(invoice, failures)


def _refuse_all(invoice: IncomingInvoice, failures: Sequence[Failure]) -> Step:
    refusals = tuple(
        refuse(part.channel_id, part.htlc_id, part.shared_secret, failure)
        for part, failure in zip(invoice.parts, failures, strict=True)
    )
    kept = tuple(RefusedPart(one.channel_id, one.htlc_id, one.reason) for one in refusals)
    without = replace(invoice, parts=(), refused=_still_held((*invoice.refused, *kept)))
    return Step(without, (*refusals, PaymentChanged(invoice.payment_hash)))


def _still_held(refused: Sequence[RefusedPart]) -> tuple[RefusedPart, ...]:
    """Without those that are too long ago for their channel to hold them: sets can be made to be
    refused without end."""
    later: Counter[bytes] = Counter()
    held = []
    for one in reversed(refused):
        if later[one.channel_id] < MOST_HELD:
            held.append(one)
        later[one.channel_id] += 1
    return tuple(reversed(held))


def _is_late(invoice: IncomingInvoice, env: Env) -> bool:
    nearest = nearest_expiry(env.height, env.policy)
    return any(part.cltv_expiry < nearest for part in invoice.parts)


def _preimages(invoice: IncomingInvoice) -> tuple[SettleHtlc, ...]:
    """BOLT 4: "if it fulfills any HTLCs in the HTLC set: MUST fulfill the entire HTLC set"."""
    return tuple(
        SettleHtlc(part.channel_id, part.htlc_id, invoice.preimage)
        for part in invoice.parts
        if not part.settled
    )


# ── what became of the parts ─────────────────────────────────────────────────────────────────────
def _settled(invoice: IncomingInvoice, event: HtlcSettled, env: Env) -> Step:
    assert invoice.status is not InvoiceStatus.WAITING, "no preimage leaves before"
    parts = tuple(
        replace(part, settled=True) if _is(part, event) else part for part in invoice.parts
    )
    return _resolved(invoice, parts, env)


def _lost(invoice: IncomingInvoice, event: HtlcLost, env: Env) -> Step:
    parts = tuple(part for part in invoice.parts if part.settled or not _is(part, event))
    refused = tuple(one for one in invoice.refused if not _is(one, event))
    return _resolved(replace(invoice, refused=refused), parts, env)


def _resolved(invoice: IncomingInvoice, parts: tuple[Part, ...], env: Env) -> Step:
    """The invoice with these parts: paid, or lost, once none of a complete set is open."""
    changed = replace(invoice, parts=parts)
    settling = invoice.status is InvoiceStatus.SETTLING
    if settling and all(part.settled for part in parts):
        status = InvoiceStatus.PAID if parts else InvoiceStatus.LOST
        changed = replace(changed, status=status, settled=env.now if parts else 0)
    if changed == invoice:
        return Step(invoice)
    return Step(changed, (PaymentChanged(invoice.payment_hash),))


def _is(part: Part | RefusedPart, htlc: HtlcArrived | HtlcSettled | HtlcLost) -> bool:
    return (part.channel_id, part.htlc_id) == (htlc.channel_id, htlc.htlc_id)
