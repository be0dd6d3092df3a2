"""Payments that no invoice asked for: taken whole, refused like any unknown hash, and sent."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.onion.failure import build_error, decode_error
from lnwallet_tui.onion.messages import (
    Failure,
    FinalIncorrectCltvExpiry,
    FinalIncorrectHtlcAmount,
    IncorrectOrUnknownPaymentDetails,
    InvalidOnionPayload,
    TemporaryNodeFailure,
)
from lnwallet_tui.onion.payload import HopPayload, PaymentData
from lnwallet_tui.onion.sphinx import shared_secrets
from lnwallet_tui.payment import incoming, outgoing
from lnwallet_tui.payment.arrival import read_transit
from lnwallet_tui.payment.command import SpontaneousCommand
from lnwallet_tui.payment.effects import FindWays, OfferHtlc, PaymentChanged, RefuseHtlc, SettleHtlc
from lnwallet_tui.payment.events import (
    HtlcArrived,
    HtlcFailed,
    HtlcFulfilled,
    HtlcNeverSent,
    HtlcOffered,
    HtlcSettled,
    WaysFound,
)
from lnwallet_tui.payment.records import (
    InvoiceStatus,
    OutgoingPayment,
    OutgoingStatus,
    Route,
    RouteHop,
    Way,
)
from lnwallet_tui.payment.ways import need_without_invoice, rest_of, until
from lnwallet_tui.policy import POLICY
from lnwallet_tui.wire.scid import ShortChannelId
from tests.payment.people import (
    AMOUNT,
    CHANNEL,
    DIRECT,
    HASH,
    HEIGHT,
    MAX_FEE,
    MIDDLE,
    MIDDLE_KEY,
    NOW,
    OTHER_CHANNEL,
    OTHER_DIRECT,
    OUR_ID,
    PAYEE,
    PREIMAGE,
    SECRET,
    SESSION_KEY,
    arriving,
    htlc,
    issued,
    payee_env,
    payer_env,
    payload,
    stored,
)

NEAREST = HEIGHT + POLICY.fulfilment_deadline + 3


def said(**changes: Any) -> HopPayload:
    """What the onion of a payment without an invoice says when everything is right."""
    return payload(**{"payment_data": None, "keysend_preimage": PREIMAGE, **changes})


def unasked(htlc_id: int = 0, **changes: Any) -> HtlcArrived:
    return htlc(htlc_id, **{"said": said(), **changes})


def failure(arrived: HtlcArrived, **env: Any) -> Failure:
    """What the payer reads."""
    refused = incoming.unasked(arrived, payee_env(**env))
    assert isinstance(refused, RefuseHtlc)
    decoded = decode_error(shared_secrets(SESSION_KEY, [PAYEE]), refused.reason)
    assert decoded is not None
    return decoded[1]


# ── coming in ────────────────────────────────────────────────────────────────────────────────────
def test_it_is_kept_and_then_settled() -> None:
    done = incoming.unasked(unasked(), payee_env())
    assert isinstance(done, incoming.Step)
    kept = stored(done.invoice)
    assert (kept.status, kept.is_spontaneous) == (InvoiceStatus.SETTLING, True)
    assert (kept.payment_hash, kept.preimage, kept.received) == (HASH, PREIMAGE, AMOUNT)
    assert done.effects == (SettleHtlc(CHANNEL, 0, PREIMAGE), PaymentChanged(HASH))
    paid = incoming.step(kept, HtlcSettled(CHANNEL, 0), payee_env(now=NOW + 1)).invoice
    assert (paid.status, paid.settled) == (InvoiceStatus.PAID, NOW + 1)


def test_a_crash_before_the_channel_took_the_preimage_changes_nothing() -> None:
    done = incoming.unasked(unasked(), payee_env())
    assert isinstance(done, incoming.Step)
    resumed = incoming.resume(stored(done.invoice), {(CHANNEL, 0)})
    assert resumed.effects == (SettleHtlc(CHANNEL, 0, PREIMAGE),)
    again = incoming.step(resumed.invoice, unasked(), payee_env())
    assert (again.invoice, again.effects) == (resumed.invoice, resumed.effects)


@pytest.mark.parametrize("secret", [None, SECRET], ids=["bare", "with a payment secret"])
def test_a_secret_of_the_payer_s_own_makes_no_difference(secret: bytes | None) -> None:
    """Core Lightning and rust-lightning may send one."""
    data = None if secret is None else PaymentData(secret, AMOUNT)
    done = incoming.unasked(unasked(said=said(payment_data=data)), payee_env())
    assert isinstance(done, incoming.Step)
    assert done.invoice.status is InvoiceStatus.SETTLING


@pytest.mark.parametrize("secret", [SECRET, bytes(32)])
def test_parts_are_not_taken(secret: bytes) -> None:
    half = Msat(AMOUNT.value // 2)
    part = said(amt_to_forward=half, payment_data=PaymentData(secret, AMOUNT))
    arrived = unasked(amount=half, said=part)
    assert failure(arrived) == IncorrectOrUnknownPaymentDetails(half, HEIGHT)


def test_a_preimage_of_another_hash_is_a_hash_that_is_not_known() -> None:
    """bLIP 3: "SHOULD error with `PERM|15 incorrect_or_unknown_payment_details`"."""
    wrong = unasked(said=said(keysend_preimage=bytes(32)))
    expected = IncorrectOrUnknownPaymentDetails(AMOUNT, HEIGHT)
    assert failure(wrong) == failure(htlc()) == expected
    assert failure(unasked(), takes_keysend=False) == expected
    refused = incoming.unasked(unasked(), payee_env(takes_keysend=False))
    assert refused == incoming.unasked(wrong_of_the_same_length(), payee_env())


def wrong_of_the_same_length() -> HtlcArrived:
    return unasked(said=said(keysend_preimage=bytes(32)))


def test_a_node_before_us_that_keeps_something_is_found_out() -> None:
    less = Msat(AMOUNT.value - 1)
    assert failure(unasked(amount=less)) == FinalIncorrectHtlcAmount(less)
    sooner = HEIGHT + 146
    assert failure(unasked(cltv_expiry=sooner)) == FinalIncorrectCltvExpiry(sooner)


def test_it_must_leave_time_to_settle() -> None:
    near = said(outgoing_cltv_value=NEAREST - 1)
    late = unasked(cltv_expiry=NEAREST - 1, said=near)
    assert failure(late) == IncorrectOrUnknownPaymentDetails(AMOUNT, HEIGHT)
    just = unasked(cltv_expiry=NEAREST, said=near)
    assert isinstance(incoming.unasked(just, payee_env()), incoming.Step)


def test_nothing_is_no_payment() -> None:
    nothing = unasked(amount=Msat(0), said=said(amt_to_forward=Msat(0)))
    assert failure(nothing) == IncorrectOrUnknownPaymentDetails(Msat(0), HEIGHT)


def test_what_must_stand_in_every_onion_must_stand_in_this() -> None:
    assert failure(unasked(said=said(amt_to_forward=None))) == InvalidOnionPayload(2, 0)
    assert failure(unasked(excess_dust=True)) == TemporaryNodeFailure()


def test_an_invoice_is_paid_with_its_secret_or_not_at_all() -> None:
    """Who has learned the preimage of an invoice cannot pay less than it asks for."""
    invoice = issued()
    done = incoming.step(invoice, unasked(), payee_env())
    [refused] = done.effects
    assert isinstance(refused, RefuseHtlc)
    assert done.invoice == invoice


def test_it_is_taken_once() -> None:
    done = incoming.unasked(unasked(), payee_env())
    assert isinstance(done, incoming.Step)
    paid = incoming.step(done.invoice, HtlcSettled(CHANNEL, 0), payee_env()).invoice
    again = incoming.step(paid, unasked(1), payee_env())
    [refused] = again.effects
    assert isinstance(refused, RefuseHtlc)
    assert again.invoice == paid


# ── going out ────────────────────────────────────────────────────────────────────────────────────
OVER_MIDDLE = Route(
    CHANNEL,
    (
        RouteHop(node_id=MIDDLE),
        RouteHop(
            node_id=PAYEE,
            short_channel_id=ShortChannelId(1, 2, 3),
            fee_base=Msat(1_000),
            cltv_expiry_delta=40,
        ),
    ),
)


def order(route: Route = DIRECT, **changes: Any) -> SpontaneousCommand:
    given = SpontaneousCommand(PAYEE, PREIMAGE, AMOUNT, MAX_FEE, (Way(route, AMOUNT),))
    return dataclasses.replace(given, **changes)


def begun(
    given: SpontaneousCommand, our_id: bytes = OUR_ID, **env: Any
) -> tuple[OutgoingPayment, OfferHtlc]:
    done = outgoing.start(None, given, Network.REGTEST, our_id, payer_env(**env))
    assert isinstance(done, outgoing.Step), done
    offer = done.effects[0]
    assert isinstance(offer, OfferHtlc)
    return stored(done.payment), offer


def answer(route: Route, failed: Failure) -> HtlcFailed:
    """What comes back from the payee, who is our peer."""
    [secret] = shared_secrets(SESSION_KEY, [hop.node_id for hop in route.hops])
    return HtlcFailed(route.channel_id, 7, build_error(secret, failed))


def test_the_payee_finds_the_preimage_and_nothing_that_means_parts() -> None:
    """LND refuses a keysend payment with `payment_data`."""
    payment, offer = begun(order())
    assert payment.payment_hash == sha256(PREIMAGE) == offer.payment_hash
    assert offer.cltv_expiry == HEIGHT + POLICY.final_cltv_delta + 3
    done = incoming.unasked(arriving(offer), payee_env())
    assert isinstance(done, incoming.Step)
    assert done.invoice.received == AMOUNT
    assert done.invoice.payment_secret == b""


def test_nobody_on_the_way_sees_the_preimage() -> None:
    _, offer = begun(order(OVER_MIDDLE))
    assert offer.amount == AMOUNT + Msat(1_000)
    middle = payee_env(ecdh=partial(curve.ecdh, MIDDLE_KEY))
    transit = read_transit(arriving(offer), middle)
    assert transit is not None
    assert transit.payload == HopPayload(AMOUNT, HEIGHT + 147, ShortChannelId(1, 2, 3))
    passed = dataclasses.replace(arriving(offer), amount=AMOUNT, onion=transit.next_packet)
    assert isinstance(incoming.unasked(passed, payee_env()), incoming.Step)


def test_a_wallet_does_not_pay_itself() -> None:
    refused = outgoing.start(None, order(), Network.REGTEST, PAYEE, payer_env())
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.BAD_INPUT


def test_another_way_is_looked_for_with_the_same_preimage() -> None:
    payment, _ = begun(order())
    payment = outgoing.step(payment, HtlcOffered(0, 7), payer_env()).payment
    done = outgoing.step(payment, HtlcNeverSent(CHANNEL, 7), payer_env(now=NOW + 30))
    assert done.effects[0] == FindWays(HASH)
    need = rest_of(stored(done.payment), POLICY, HEIGHT)
    whole = need_without_invoice(PAYEE, AMOUNT, MAX_FEE, POLICY)
    assert (need.payee, need.amount, need.max_parts) == (PAYEE, AMOUNT, 1)
    in_time = until(whole, done.payment.latest_expiry, HEIGHT, POLICY)
    assert dataclasses.replace(need, lessons=whole.lessons) == in_time
    env = payer_env(session_key=bytes([0x42]) * 32)
    again = outgoing.step(done.payment, WaysFound((Way(OTHER_DIRECT, AMOUNT),)), env)
    offer = again.effects[0]
    assert isinstance(offer, OfferHtlc)
    assert isinstance(incoming.unasked(arriving(offer), payee_env()), incoming.Step)
    paid = outgoing.step(again.payment, HtlcFulfilled(OTHER_CHANNEL, 1, PREIMAGE), payer_env())
    assert (paid.payment.status, paid.payment.preimage) == (OutgoingStatus.PAID, PREIMAGE)


def test_there_is_no_invoice_that_could_expire() -> None:
    payment, _ = begun(order())
    payment = outgoing.step(payment, HtlcOffered(0, 7), payer_env()).payment
    late = outgoing.step(payment, HtlcNeverSent(CHANNEL, 7), payer_env(now=NOW + 86_400)).payment
    assert late.status is OutgoingStatus.FAILED
    assert "invoice" not in late.reason


@pytest.mark.parametrize(
    "failed",
    [
        pytest.param(IncorrectOrUnknownPaymentDetails(AMOUNT, HEIGHT), id="switched off"),
        pytest.param(InvalidOnionPayload(5_482_373_484, 70), id="never heard of it"),
    ],
)
def test_a_payee_that_wants_an_invoice_is_said_to_want_one(failed: Failure) -> None:
    payment, _ = begun(order())
    payment = outgoing.step(payment, HtlcOffered(0, 7), payer_env()).payment
    done = outgoing.step(payment, answer(DIRECT, failed), payer_env()).payment
    assert done.status is OutgoingStatus.FAILED
    assert done.reason == (
        "The receiver does not take this payment without an invoice. Ask it for one."
    )


def test_no_secret_stands_in_what_is_logged() -> None:
    payment, _ = begun(order())
    shown = repr(payment) + repr(order()) + repr(payment.spontaneous)
    assert PREIMAGE.hex() not in shown
    assert repr(PREIMAGE)[2:-1] not in shown


def test_after_a_stop_it_is_over_and_not_tried_again() -> None:
    payment, _ = begun(order())
    done = outgoing.resume(payment, set())
    assert done.payment.status is OutgoingStatus.FAILED
    assert done.effects == (PaymentChanged(HASH),)
