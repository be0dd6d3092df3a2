"""Whatever a peer offers or answers: a part, a refusal or a sentence, never an exception."""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import MAX_SAT, Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.onion.codes import FailureCode
from lnwallet_tui.onion.failure import decode_error
from lnwallet_tui.onion.messages import InvalidOnionBlinding
from lnwallet_tui.onion.payload import HopPayload
from lnwallet_tui.onion.sphinx import peel_onion
from lnwallet_tui.payment import incoming, outgoing
from lnwallet_tui.payment.attempts import NO_ROUTE
from lnwallet_tui.payment.effects import RefuseHtlc, RefuseMalformed, SettleHtlc
from lnwallet_tui.payment.events import HtlcArrived, HtlcFailed, HtlcOffered, NoWays
from lnwallet_tui.payment.records import OutgoingStatus
from tests.onion.test_payload import payloads
from tests.onion.vectors import BLINDED
from tests.payment.people import (
    AMOUNT,
    CHANNEL,
    HASH,
    OUR_ID,
    PAYEE,
    SECRET,
    command,
    htlc,
    issued,
    payee_env,
    payer_env,
    stored,
)

sizes = st.integers(0, MAX_SAT * 1000).map(Msat) | st.just(AMOUNT)
heights = st.integers(0, 0xFFFFFFFF) | st.sampled_from([800, 839, 944, 947])
fitting = payloads.filter(lambda payload: 2 <= len(payload.encode()) <= 1200)


def knows_the_secret(payload: HopPayload) -> HopPayload:
    if payload.payment_data is None:
        return payload
    return replace(payload, payment_data=replace(payload.payment_data, payment_secret=SECRET))


@given(st.binary(min_size=1366, max_size=1366))
def test_any_bytes_for_an_onion_are_refused(onion: bytes) -> None:
    for packet in (onion, b"\0" + onion[1:], b"\0" + PAYEE + onion[34:]):
        arrived = HtlcArrived(CHANNEL, 0, AMOUNT, HASH, 947, packet)
        refused = incoming.unasked(arrived, payee_env())
        assert isinstance(refused, RefuseMalformed)
        assert incoming.step(issued(), arrived, payee_env()).effects == (refused,)


@given(st.binary(min_size=2, max_size=1265), sizes, heights)
def test_any_bytes_for_a_payload_are_judged(payload: bytes, amount: Msat, expiry: int) -> None:
    arrived = htlc(said=payload, amount=amount, cltv_expiry=expiry)
    refused = incoming.unasked(arrived, payee_env())
    assert isinstance(refused, RefuseHtlc)
    assert incoming.step(issued(), arrived, payee_env()).effects == (refused,)


@given(fitting, sizes, heights)
def test_without_the_secret_an_invoice_is_as_good_as_unknown(
    payload: HopPayload, amount: Msat, expiry: int
) -> None:
    arrived = htlc(said=payload, amount=amount, cltv_expiry=expiry)
    refused = incoming.unasked(arrived, payee_env())
    for invoice in (issued(), issued(amount=None)):
        assert incoming.step(invoice, arrived, payee_env()).effects == (refused,)


@given(fitting.map(knows_the_secret), sizes, heights)
def test_with_the_secret_what_is_settled_was_received(
    payload: HopPayload, amount: Msat, expiry: int
) -> None:
    for invoice in (issued(), issued(amount=None)):
        arrived = htlc(said=payload, amount=amount, cltv_expiry=expiry)
        done = incoming.step(invoice, arrived, payee_env())
        assert stored(done.invoice) == done.invoice
        if any(isinstance(effect, SettleHtlc) for effect in done.effects):
            assert Msat(0) < amount >= (invoice.amount or Msat(1))
            assert done.invoice.received == amount


@given(st.none() | st.binary(max_size=400), st.integers(0, 0xFFFF))
@settings(max_examples=50)
def test_any_answer_to_a_payment_is_a_sentence(reason: bytes | None, code: int) -> None:
    begun = outgoing.start(None, command(), Network.REGTEST, OUR_ID, payer_env())
    assert isinstance(begun, outgoing.Step)
    named = outgoing.step(begun.payment, HtlcOffered(0, 0), payer_env()).payment
    asking = outgoing.step(named, HtlcFailed(CHANNEL, 0, reason, code), payer_env())
    done = outgoing.step(asking.payment, NoWays(NO_ROUTE), payer_env())
    assert done.payment.status is OutgoingStatus.FAILED
    assert done.payment.reason.endswith(".")


def test_vuln_080_junk_is_refused_at_once() -> None:
    """Jamming: 483 tiny payments that nobody answers block every slot of a channel for days."""
    for known in (None, issued()):
        for number in range(30):
            junk = htlc(number, amount=Msat(1000), said=HopPayload(Msat(1000), 947))
            effects = (
                (incoming.unasked(junk, payee_env()),)
                if known is None
                else incoming.step(known, junk, payee_env()).effects
            )
            [refused] = effects
            assert isinstance(refused, RefuseHtlc)
            assert refused.htlc_id == number


# -- BOLT 4's vector of a payment into a blinded path, offered to us at each place of it
ALICE, BOB, *INSIDE = BLINDED["decrypt"]["hops"]
BLINDED_HASH = bytes.fromhex(BLINDED["generate"]["associated_data"])


def test_where_a_blinded_path_begins_its_payer_is_told() -> None:
    onion = bytes.fromhex(BOB["onion"])
    ecdh = partial(curve.ecdh, bytes.fromhex(BOB["node_privkey"]))
    arrived = HtlcArrived(CHANNEL, 0, AMOUNT, BLINDED_HASH, 749_150, onion)
    refused = incoming.unasked(arrived, payee_env(ecdh=ecdh))
    assert isinstance(refused, RefuseHtlc)
    secret = peel_onion(ecdh, onion, BLINDED_HASH).shared_secret
    assert decode_error([secret], refused.reason) == (0, InvalidOnionBlinding(sha256(onion)))


@pytest.mark.parametrize("hop", INSIDE, ids=lambda hop: hop["alias"])
def test_inside_a_blinded_path_nothing_is_told(hop: dict[str, str]) -> None:
    onion = bytes.fromhex(hop["onion"])
    ecdh = partial(curve.ecdh, bytes.fromhex(hop["node_privkey"]))
    path_key = bytes.fromhex(hop["next_path_key"])
    arrived = HtlcArrived(CHANNEL, 0, AMOUNT, BLINDED_HASH, 749_150, onion, path_key)
    assert incoming.unasked(arrived, payee_env(ecdh=ecdh)) == RefuseMalformed(
        CHANNEL, 0, sha256(onion), FailureCode.INVALID_ONION_BLINDING
    )
