"""The final node's checks, one test each, and that nobody can tell them apart."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.onion.codes import FailureCode
from lnwallet_tui.onion.failure import decode_error
from lnwallet_tui.onion.messages import (
    Failure,
    FinalIncorrectCltvExpiry,
    FinalIncorrectHtlcAmount,
    IncorrectOrUnknownPaymentDetails,
    InvalidOnionBlinding,
    InvalidOnionPayload,
    TemporaryNodeFailure,
    UnknownNextPeer,
)
from lnwallet_tui.onion.payload import HopPayload, PaymentData
from lnwallet_tui.onion.sphinx import build_onion, shared_secrets
from lnwallet_tui.payment import final_hop, incoming
from lnwallet_tui.payment.effects import RefuseHtlc, RefuseMalformed, SettleHtlc
from lnwallet_tui.payment.events import HtlcArrived
from lnwallet_tui.payment.records import IncomingInvoice, InvoiceStatus
from lnwallet_tui.wire.scid import ShortChannelId
from tests.payment.people import (
    AMOUNT,
    CHANNEL,
    HASH,
    HEIGHT,
    MIDDLE,
    NOW,
    PAYEE,
    PREIMAGE,
    SECRET,
    SESSION_KEY,
    htlc,
    issued,
    payee_env,
    payload,
)

DETAILS = IncorrectOrUnknownPaymentDetails(AMOUNT, HEIGHT)


def refusal(arrived: HtlcArrived, invoice: IncomingInvoice | None) -> RefuseHtlc:
    if invoice is None:
        effect = incoming.unasked(arrived, payee_env())
    else:
        done = incoming.step(invoice, arrived, payee_env())
        assert done.invoice == invoice
        [effect] = done.effects
    assert isinstance(effect, RefuseHtlc)
    assert (effect.channel_id, effect.htlc_id) == (CHANNEL, 0)
    return effect


def failure(arrived: HtlcArrived) -> Failure:
    """What the payer reads."""
    refused = refusal(arrived, issued())
    decoded = decode_error(shared_secrets(SESSION_KEY, [PAYEE]), refused.reason)
    assert decoded is not None
    return decoded[1]


def malformed(arrived: HtlcArrived) -> RefuseMalformed:
    [effect] = incoming.step(issued(), arrived, payee_env()).effects
    assert isinstance(effect, RefuseMalformed)
    assert effect.sha256_of_onion == sha256(arrived.onion)
    return effect


def test_a_right_htlc_is_settled() -> None:
    done = incoming.step(issued(), htlc(), payee_env())
    assert done.effects[0] == SettleHtlc(CHANNEL, 0, PREIMAGE)


# ── the onion ────────────────────────────────────────────────────────────────────────────────────
def test_an_onion_for_a_blinded_path() -> None:
    refused = malformed(htlc(path_key=PAYEE))
    assert refused.failure_code is FailureCode.INVALID_ONION_BLINDING


def test_an_onion_for_somebody_else() -> None:
    onion = build_onion(SESSION_KEY, [(MIDDLE, payload().encode())], HASH).packet
    refused = malformed(HtlcArrived(CHANNEL, 0, AMOUNT, HASH, HEIGHT + 147, onion))
    assert refused.failure_code is FailureCode.INVALID_ONION_HMAC


def test_an_onion_for_another_hash() -> None:
    onion = htlc(payment_hash=bytes(32)).onion
    refused = malformed(HtlcArrived(CHANNEL, 0, AMOUNT, HASH, HEIGHT + 147, onion))
    assert refused.failure_code is FailureCode.INVALID_ONION_HMAC


def test_an_onion_of_another_version() -> None:
    onion = b"\x01" + htlc().onion[1:]
    refused = malformed(HtlcArrived(CHANNEL, 0, AMOUNT, HASH, HEIGHT + 147, onion))
    assert refused.failure_code is FailureCode.INVALID_ONION_VERSION


def test_an_onion_without_a_key() -> None:
    onion = b"\x00" + bytes(33) + htlc().onion[34:]
    refused = malformed(HtlcArrived(CHANNEL, 0, AMOUNT, HASH, HEIGHT + 147, onion))
    assert refused.failure_code is FailureCode.INVALID_ONION_KEY


def test_an_onion_that_is_to_be_forwarded() -> None:
    here = HopPayload(AMOUNT, HEIGHT + 140, ShortChannelId(1, 2, 3)).encode()
    hops = [(PAYEE, here), (MIDDLE, payload().encode())]
    onion = build_onion(SESSION_KEY, hops, HASH).packet
    arrived = HtlcArrived(CHANNEL, 0, AMOUNT, HASH, HEIGHT + 147, onion)
    assert failure(arrived) == UnknownNextPeer()


@pytest.mark.parametrize("rest", ["", "0d", "ff00"])
def test_an_onion_that_begins_a_blinded_path_of_somebody_else(rest: str) -> None:
    """BOLT 4: "if `current_path_key` is set in the onion payload and it is not the final node: MUST
    return an `invalid_onion_blinding` error"; what else is wrong does not matter."""
    here = bytes.fromhex("0a0100" + "0c21") + MIDDLE + bytes.fromhex(rest)
    onion = build_onion(SESSION_KEY, [(PAYEE, here), (MIDDLE, payload().encode())], HASH).packet
    arrived = HtlcArrived(CHANNEL, 0, AMOUNT, HASH, HEIGHT + 147, onion)
    assert failure(arrived) == InvalidOnionBlinding(sha256(onion))


def test_an_onion_that_ends_in_a_blinded_path() -> None:
    said = bytes.fromhex("0a0100" + "0c21") + MIDDLE
    assert failure(htlc(said=said)) == InvalidOnionPayload(10, 0)


# ── the payload ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (payload(amt_to_forward=None), InvalidOnionPayload(2, 0)),
        (payload(outgoing_cltv_value=None), InvalidOnionPayload(4, 0)),
        (b"\x0a\x01\x00", InvalidOnionPayload(10, 0)),
        (b"\x02\x01\x05\x02\x01\x05", InvalidOnionPayload(2, 3)),
    ],
)
def test_a_payload_that_lacks_something(said: HopPayload | bytes, answer: Failure) -> None:
    assert failure(htlc(said=said)) == answer


# ── details ──────────────────────────────────────────────────────────────────────────────────────
def hop(**changes: Any) -> final_hop.FinalHop:
    invoice = changes.pop("invoice", issued())
    at = {name: changes.pop(name) for name in ("now", "height") if name in changes}
    env = payee_env(**at)
    arrived = htlc(**changes)
    said = changes.get("said") or payload()
    read = final_hop.read_final_hop(arrived, said, invoice, env.now, env.height, env.policy)
    assert isinstance(read, final_hop.FinalHop)
    return read


def only(wrong: final_hop.FinalHop) -> str:
    """The one detail check that this fails."""
    [check] = [check for check in final_hop.DETAIL_CHECKS if check(wrong)]
    assert final_hop.failure_of(wrong) == IncorrectOrUnknownPaymentDetails(
        wrong.htlc.amount, wrong.height
    )
    return check.__name__


def with_total(total: int, share: Msat = AMOUNT) -> HopPayload:
    return payload(amt_to_forward=share, payment_data=PaymentData(SECRET, Msat(total)))


def test_nothing_is_wrong_with_a_right_one() -> None:
    assert final_hop.failure_of(hop()) is None


def test_hash_is_unknown() -> None:
    assert final_hop.hash_is_unknown(hop(invoice=None))
    assert not final_hop.hash_is_unknown(hop())
    # Not even the secret of the record that unknown hashes are compared with helps.
    said = payload(payment_data=PaymentData(bytes(32), AMOUNT))
    assert final_hop.failure_of(hop(invoice=None, said=said)) == DETAILS


@pytest.mark.parametrize("status", list(InvoiceStatus)[1:])
def test_invoice_is_settled(status: InvoiceStatus) -> None:
    assert only(hop(invoice=replace(issued(), status=status))) == "invoice_is_settled"


def test_invoice_has_expired() -> None:
    assert final_hop.failure_of(hop(now=NOW + 3600)) is None
    assert only(hop(now=NOW + 3601)) == "invoice_has_expired"


def test_secret_is_missing() -> None:
    assert only(hop(said=payload(payment_data=None))) == "secret_is_missing_or_wrong"


def test_secret_is_wrong() -> None:
    said = payload(payment_data=PaymentData(SECRET[:-1] + b"\0", AMOUNT))
    assert only(hop(said=said)) == "secret_is_missing_or_wrong"


def test_pays_too_little() -> None:
    assert final_hop.failure_of(hop(said=with_total(250_000))) is None
    assert only(hop(said=with_total(249_999))) == "pays_too_little"


def test_pays_nothing_where_the_amount_is_open() -> None:
    open_amount = issued(amount=None)
    assert final_hop.failure_of(hop(invoice=open_amount, said=with_total(1))) is None
    assert only(hop(invoice=open_amount, said=with_total(0))) == "pays_too_little"


def test_pays_too_much() -> None:
    twice = Msat(500_000)
    assert final_hop.failure_of(hop(said=with_total(500_000, twice), amount=twice)) is None
    assert only(hop(said=with_total(500_001, twice), amount=twice)) == "pays_too_much"


def test_expires_too_soon_for_the_invoice() -> None:
    said = payload(outgoing_cltv_value=HEIGHT)
    assert final_hop.failure_of(hop(cltv_expiry=HEIGHT + 144, said=said)) is None
    assert only(hop(cltv_expiry=HEIGHT + 143, said=said)) == "expires_too_soon"


def test_expires_too_soon_for_us() -> None:
    short = issued(min_final_cltv_expiry_delta=18)
    said = payload(outgoing_cltv_value=HEIGHT)
    assert final_hop.failure_of(hop(invoice=short, cltv_expiry=HEIGHT + 39, said=said)) is None
    assert only(hop(invoice=short, cltv_expiry=HEIGHT + 38, said=said)) == "expires_too_soon"


# ── what the node before us did ──────────────────────────────────────────────────────────────────
def test_expires_before_the_onion_says() -> None:
    wrong = hop(cltv_expiry=HEIGHT + 146)
    assert final_hop.failure_of(wrong) == FinalIncorrectCltvExpiry(HEIGHT + 146)


def test_is_less_than_the_onion_says() -> None:
    wrong = hop(amount=Msat(249_999))
    assert final_hop.failure_of(wrong) == FinalIncorrectHtlcAmount(Msat(249_999))


def test_is_more_than_the_onion_says() -> None:
    assert final_hop.failure_of(hop(amount=Msat(250_001), cltv_expiry=HEIGHT + 999)) is None


def test_of_two_errors_the_first_of_the_list() -> None:
    wrong = hop(amount=Msat(1), cltv_expiry=HEIGHT + 145, now=NOW + 9999)
    assert final_hop.failure_of(wrong) == IncorrectOrUnknownPaymentDetails(Msat(1), HEIGHT)
    late_and_small = hop(amount=Msat(1), cltv_expiry=HEIGHT + 145)
    assert final_hop.failure_of(late_and_small) == FinalIncorrectCltvExpiry(HEIGHT + 145)


def test_beyond_the_dust_exposure() -> None:
    assert failure(htlc(excess_dust=True)) == TemporaryNodeFailure()


# ── vulnerabilities ──────────────────────────────────────────────────────────────────────────────
def test_vuln_079_all_wrong_details_get_the_same_bytes() -> None:
    """Probing: the answers of old nodes told who has an invoice for a hash, and over how much.

    One HTLC, byte for byte, against every invoice that it does not fit: the answers are equal.
    """
    arrived = htlc()
    paid = incoming.step(issued(), htlc(7), payee_env()).invoice
    cases = [
        None,
        paid,
        issued(timestamp=NOW - 9999),
        issued(payment_secret=bytes(32)),
        issued(amount=Msat(250_001)),
        issued(amount=Msat(124_999)),
        issued(min_final_cltv_expiry_delta=148),
    ]
    answers = {refusal(arrived, invoice).reason for invoice in cases}
    assert len(answers) == 1
    decoded = decode_error(shared_secrets(SESSION_KEY, [PAYEE]), answers.pop())
    assert decoded == (0, DETAILS)


def test_vuln_079_all_details_are_looked_at_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probing by time: the same work is done for a hash that is unknown."""
    ran: list[str] = []

    def watched(name: str) -> Callable[[final_hop.FinalHop], bool]:
        def check(_: final_hop.FinalHop) -> bool:
            ran.append(name)
            return True

        return check

    names = [check.__name__ for check in final_hop.DETAIL_CHECKS]
    monkeypatch.setattr(final_hop, "DETAIL_CHECKS", tuple(map(watched, names)))
    for invoice in (None, issued()):
        ran.clear()
        final_hop.failure_of(hop(invoice=invoice))
        assert ran == names


def test_vuln_082_an_htlc_without_a_secret_gets_nothing() -> None:
    """Intermediate nodes paid a receiver cheaply where the invoice had no payment secret."""
    assert failure(htlc(said=payload(payment_data=None))) == DETAILS


@pytest.mark.parametrize(
    "arrived",
    [
        htlc(amount=Msat(1)),
        htlc(amount=Msat(1), said=payload(amt_to_forward=Msat(1))),
        htlc(said=with_total(1)),
        htlc(said=payload(payment_data=PaymentData(bytes(32), AMOUNT))),
        htlc(said=payload(payment_data=None)),
    ],
)
def test_vuln_031_the_preimage_does_not_leave_for_a_foreign_htlc(arrived: HtlcArrived) -> None:
    """CVE-2020-26896: LND gave its own invoice's preimage for an HTLC that it only forwarded."""
    done = incoming.step(issued(), arrived, payee_env())
    assert not any(isinstance(effect, SettleHtlc) for effect in done.effects)
    assert PREIMAGE not in b"".join(
        effect.reason for effect in done.effects if isinstance(effect, RefuseHtlc)
    )
    assert PREIMAGE.hex() not in repr(done)
