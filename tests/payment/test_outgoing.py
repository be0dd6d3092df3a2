"""Paying: what is refused, what is offered, and what becomes of it."""

import dataclasses
import re
from typing import Any

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason
from lnwallet_tui.node.payments.payment_views import outgoing_view
from lnwallet_tui.onion.codes import FailureCode
from lnwallet_tui.onion.failure import build_error, wrap_error
from lnwallet_tui.onion.messages import (
    Failure,
    IncorrectOrUnknownPaymentDetails,
    MppTimeout,
    TemporaryChannelFailure,
    TemporaryNodeFailure,
)
from lnwallet_tui.onion.sphinx import shared_secrets
from lnwallet_tui.payment import incoming, outgoing, unpaid
from lnwallet_tui.payment.attempts import NO_ROUTE, tries
from lnwallet_tui.payment.command import PayCommand
from lnwallet_tui.payment.effects import FindWays, OfferHtlc, PaymentChanged, SettleHtlc
from lnwallet_tui.payment.events import (
    ChannelClosed,
    HtlcFailed,
    HtlcFulfilled,
    HtlcNeverSent,
    HtlcOffered,
    HtlcOverdue,
    HtlcTimedOut,
    HtlcUnseen,
    NoWays,
    OfferRefused,
    OutgoingEvent,
    Tick,
    WaysFound,
)
from lnwallet_tui.payment.limits import latest_expiry
from lnwallet_tui.payment.records import (
    AttemptStatus,
    HtlcName,
    OutgoingPayment,
    OutgoingStatus,
    Route,
    RouteHop,
    Way,
)
from lnwallet_tui.payment.ways import rest_of
from lnwallet_tui.policy import MAX_ATTEMPTS, POLICY, RETRY_SECONDS
from lnwallet_tui.wire.scid import ShortChannelId
from tests.payment.people import (
    AMOUNT,
    CHANNEL,
    DIRECT,
    HASH,
    HEIGHT,
    MIDDLE,
    NOW,
    OTHER_CHANNEL,
    OTHER_DIRECT,
    OUR_ID,
    PAYEE,
    PREIMAGE,
    SESSION_KEY,
    arriving,
    command,
    issued,
    payee_env,
    payer_env,
    stored,
)

INTO_PAYEE = RouteHop(
    node_id=PAYEE,
    short_channel_id=ShortChannelId(1, 2, 3),
    fee_base=Msat(1_000),
    fee_proportional_millionths=100,
    cltv_expiry_delta=40,
)
OVER_MIDDLE = Route(CHANNEL, (RouteHop(node_id=MIDDLE), INTO_PAYEE))
SECOND_KEY = bytes([0x42]) * 32
ELSEWHERE = WaysFound((Way(OTHER_DIRECT, AMOUNT),))
NOWHERE = NoWays(NO_ROUTE)


def start(given: PayCommand, existing: OutgoingPayment | None = None, **env: Any) -> Any:
    return outgoing.start(existing, given, Network.REGTEST, OUR_ID, payer_env(**env))


def started(route: Route = DIRECT, **changes: Any) -> tuple[OutgoingPayment, OfferHtlc]:
    done = start(command(route, **changes))
    assert isinstance(done, outgoing.Step)
    effect = done.effects[0]
    assert isinstance(effect, OfferHtlc)
    return stored(done.payment), effect


def after(payment: OutgoingPayment, *events: OutgoingEvent, **env: Any) -> OutgoingPayment:
    """The payment after these, written and read between them."""
    for event in events:
        payment = stored(outgoing.step(payment, event, payer_env(**env)).payment)
    return payment


def offered(route: Route = DIRECT) -> OutgoingPayment:
    return after(started(route)[0], HtlcOffered(0, 7))


def answer(route: Route, hop: int, failure: Failure, key: bytes = SESSION_KEY) -> HtlcFailed:
    """What comes back when this hop of the route fails the HTLC."""
    secrets = shared_secrets(key, [one.node_id for one in route.hops])
    packet = build_error(secrets[hop], failure)
    for secret in reversed(secrets[:hop]):
        packet = wrap_error(secret, packet)
    return HtlcFailed(route.channel_id, 7, packet)


# ── refused ──────────────────────────────────────────────────────────────────────────────────────
def refused(given: PayCommand, existing: OutgoingPayment | None = None, **env: Any) -> RefusalCode:
    refusal = start(given, existing, **env)
    assert isinstance(refusal, Refused)
    for sentence in (refusal.message, refusal.remedy):
        assert re.fullmatch(r"[A-Z][^_{}]*\.", sentence)
    return refusal.code


def test_an_invoice_of_another_network() -> None:
    assert refused(command(network=Network.MAINNET)) is RefusalCode.WRONG_NETWORK


def test_an_expired_invoice() -> None:
    assert refused(command(), now=NOW + 3600) is RefusalCode.EXPIRED
    assert isinstance(start(command(), now=NOW + 3599), outgoing.Step)


def test_an_invoice_of_our_own() -> None:
    given = command()
    own = outgoing.start(None, given, Network.REGTEST, PAYEE, payer_env())
    assert isinstance(own, Refused)
    assert own.code is RefusalCode.BAD_INPUT


@pytest.mark.parametrize(
    ("asked", "given"),
    [(None, None), (None, Msat(0)), (AMOUNT, Msat(249_999)), (AMOUNT, Msat(250_001))],
)
def test_an_amount_that_does_not_fit(asked: Msat | None, given: Msat | None) -> None:
    assert refused(command(amount=asked, given=given)) is RefusalCode.BAD_INPUT


@pytest.mark.parametrize(("asked", "given"), [(None, AMOUNT), (AMOUNT, None), (AMOUNT, AMOUNT)])
def test_an_amount_that_fits(asked: Msat | None, given: Msat | None) -> None:
    payment, effect = started(amount=asked, given=given)
    assert payment.amount == effect.amount == AMOUNT


def test_no_route() -> None:
    given = command()
    assert refused(dataclasses.replace(given, ways=())) is RefusalCode.NO_ROUTE


def test_a_way_that_locks_for_too_long() -> None:
    assert refused(command(min_final_cltv_expiry_delta=2014)) is RefusalCode.NO_ROUTE
    payment, _ = started(min_final_cltv_expiry_delta=2013)
    assert payment.attempts[0].cltv_expiry == HEIGHT + 2016


def test_metadata_that_does_not_fit_into_the_onion() -> None:
    hops = (RouteHop(node_id=MIDDLE), *[INTO_PAYEE] * 12)
    given = command(Route(CHANNEL, hops), payment_metadata=bytes(620))
    roomy = dataclasses.replace(given, max_fee=Msat(10**9))
    assert refused(roomy) is RefusalCode.NO_ROUTE
    assert started(payment_metadata=bytes(620))[0].payment_metadata == bytes(620)


def test_vuln_095_the_fee_limit_holds_to_the_millisatoshi() -> None:
    """Wallets were drained where a path of the code forgot the fee limit."""
    fee = 1_000 + 250_000 * 100 // 1_000_000
    given = command(OVER_MIDDLE)
    exact = dataclasses.replace(given, max_fee=Msat(fee))
    done = start(exact)
    assert isinstance(done, outgoing.Step)
    assert done.payment.fee == Msat(fee)
    short = dataclasses.replace(given, max_fee=Msat(fee - 1))
    assert refused(short) is RefusalCode.FEE_TOO_HIGH


def test_vuln_095_the_fee_limit_holds_for_retries() -> None:
    """The same, where only the first attempt was checked."""
    payment = start(command(max_fee=Msat(0))).payment
    payment = after(payment, HtlcOffered(0, 7), answer(DIRECT, 0, TemporaryNodeFailure()))
    payment = after(payment, WaysFound((Way(OVER_MIDDLE, AMOUNT),)))
    assert payment.status is OutgoingStatus.FAILED
    assert len(payment.attempts) == 1


def test_vuln_094_a_limit_is_not_rounded() -> None:
    """Electrum's limit for a connected service was compared in whole satoshis: 1,999 msat passed
    where 1 sat was allowed."""
    dear = RouteHop(node_id=PAYEE, short_channel_id=ShortChannelId(1, 2, 3), fee_base=Msat(1_999))
    given = command(Route(CHANNEL, (RouteHop(node_id=MIDDLE), dear)))
    for allowed in (1_000, 1_998):
        short = dataclasses.replace(given, max_fee=Msat(allowed))
        assert refused(short) is RefusalCode.FEE_TOO_HIGH
    exact = dataclasses.replace(given, max_fee=Msat(1_999))
    assert isinstance(start(exact), outgoing.Step)


def test_a_fee_beyond_all_bitcoin() -> None:
    greedy = RouteHop(
        node_id=PAYEE, fee_base=Msat(2**32 - 1), fee_proportional_millionths=2**32 - 1
    )
    route = Route(CHANNEL, (RouteHop(node_id=MIDDLE), greedy))
    given = command(route, amount=Msat(2 * 10**18))
    assert refused(given) is RefusalCode.FEE_TOO_HIGH


def test_one_payment_for_each_hash() -> None:
    payment = offered()
    assert refused(command(), payment) is RefusalCode.IN_FLIGHT
    stuck = after(payment, ChannelClosed(CHANNEL))
    assert refused(command(), stuck) is RefusalCode.IN_FLIGHT
    paid = after(payment, HtlcFulfilled(CHANNEL, 7, PREIMAGE))
    assert refused(command(), paid) is RefusalCode.ALREADY_PAID
    failed = after(payment, HtlcNeverSent(CHANNEL, 7), NOWHERE)
    assert isinstance(start(command(), failed), outgoing.Step)


def test_one_that_is_begun_again_remembers_how_it_failed() -> None:
    payment, begun = offered(), NOW
    for again in range(1, 60):
        failed = after(payment, HtlcNeverSent(CHANNEL, 7), NOWHERE)
        done = start(command(), failed, now=NOW + again)
        payment = after(stored(done.payment), HtlcOffered(0, 7))
        assert (payment.created, payment.first_begun) == (NOW + again, begun)
        assert payment.earlier == (*failed.earlier, *failed.attempts)[-50:]
        assert len(payment.attempts) == 1
    assert {one.status for one in payment.earlier} == {AttemptStatus.FAILED}
    assert len(tries(payment)) == 51
    paid = after(payment, HtlcFulfilled(CHANNEL, 7, PREIMAGE))
    assert (paid.status, paid.first_begun) == (OutgoingStatus.PAID, begun)


# ── offered ──────────────────────────────────────────────────────────────────────────────────────
def test_the_htlc_is_what_the_payee_asked_for() -> None:
    payment, effect = started()
    assert (effect.payment_hash, effect.channel_id, effect.attempt) == (HASH, CHANNEL, 0)
    assert (effect.amount, effect.cltv_expiry) == (AMOUNT, HEIGHT + 144 + 3)
    assert payment.status is OutgoingStatus.IN_FLIGHT
    paid = incoming.step(issued(), arriving(effect), payee_env())
    assert SettleHtlc(CHANNEL, 0, PREIMAGE) in paid.effects


def test_blocks_on_the_way_do_no_harm() -> None:
    _, effect = started()
    for height, settles in ((HEIGHT + 3, True), (HEIGHT + 4, False)):
        done = incoming.step(issued(), arriving(effect), payee_env(height=height))
        assert any(isinstance(e, SettleHtlc) for e in done.effects) is settles


def test_the_shadow_route_hides_the_payee_and_stays_within_the_lock() -> None:
    done = start(command(), shadow_blocks=100)
    assert done.payment.attempts[0].cltv_expiry == HEIGHT + 147 + 100
    capped = start(command(min_final_cltv_expiry_delta=2000), shadow_blocks=100)
    assert capped.payment.attempts[0].cltv_expiry == HEIGHT + 2016


def over_middle(delta: int) -> Route:
    """Over somebody who asks for so many blocks."""
    into = replace(INTO_PAYEE, cltv_expiry_delta=delta)
    return Route(OTHER_CHANNEL, (RouteHop(node_id=MIDDLE), into))


@pytest.mark.parametrize("blocks", [0, 1])
@pytest.mark.parametrize("agreed", [0, HEIGHT + 400])
def test_no_later_try_expires_after_what_was_told_before_paying(agreed: int, blocks: int) -> None:
    """Nor does a block that comes between the tries, or a shadow route, change it."""
    given = dataclasses.replace(command(), latest_expiry=agreed)
    payment = after(start(given).payment, HtlcOffered(0, 7))
    told = latest_expiry(given.ways, 144, HEIGHT, POLICY)
    assert payment.latest_expiry == (agreed or told)
    assert told == HEIGHT + 144 + 3 + 36 + 288
    height = HEIGHT + blocks
    most = payment.latest_expiry - height
    payment = after(payment, answer(DIRECT, 0, TemporaryNodeFailure()), height=height)
    assert rest_of(payment, POLICY, height).max_cltv == most
    longest = over_middle(most - 147)
    for route, expires in ((longest, payment.latest_expiry), (over_middle(most - 146), None)):
        found = WaysFound((Way(route, AMOUNT),))
        tried = after(payment, found, height=height, shadow_blocks=36)
        assert [one.cltv_expiry for one in tried.attempts[1:]] == ([expires] if expires else [])


def test_what_is_agreed_on_is_no_more_than_a_payment_may_lock() -> None:
    given = dataclasses.replace(command(), latest_expiry=1 << 80)
    assert start(given).payment.latest_expiry == HEIGHT + POLICY.max_htlc_cltv


def test_one_that_was_begun_before_that_was_kept_goes_on_as_it_was() -> None:
    payment = after(offered(), answer(DIRECT, 0, TemporaryNodeFailure()))
    old = replace(payment, latest_expiry=0)
    assert rest_of(old, POLICY, HEIGHT).max_cltv == POLICY.max_htlc_cltv
    tried = after(old, WaysFound((Way(over_middle(2_016 - 147), AMOUNT),)))
    assert tried.attempts[1].cltv_expiry == HEIGHT + 2_016


def test_a_route_over_somebody_pays_its_fee() -> None:
    payment, effect = started(OVER_MIDDLE)
    assert effect.amount == Msat(251_025)
    assert effect.cltv_expiry == HEIGHT + 147 + 40
    assert payment.fee == Msat(1_025)


# ── ended ────────────────────────────────────────────────────────────────────────────────────────
def test_paid() -> None:
    done = outgoing.step(offered(), HtlcFulfilled(CHANNEL, 7, PREIMAGE), payer_env(now=NOW + 5))
    assert done.effects == (PaymentChanged(HASH),)
    paid = stored(done.payment)
    assert (paid.status, paid.preimage, paid.settled) == (OutgoingStatus.PAID, PREIMAGE, NOW + 5)
    assert paid.fee == Msat(0)


def test_a_wrong_preimage_is_our_own_bug() -> None:
    with pytest.raises(AssertionError):
        outgoing.step(offered(), HtlcFulfilled(CHANNEL, 7, bytes(32)), payer_env())


def test_the_receipt_counts_once() -> None:
    fulfilled = HtlcFulfilled(CHANNEL, 7, PREIMAGE)
    paid = after(offered(), fulfilled)
    again = outgoing.step(paid, fulfilled, payer_env(now=NOW + 99))
    assert (again.payment, again.effects) == (paid, ())


def test_a_preimage_that_comes_late_is_believed() -> None:
    failed = after(offered(), HtlcNeverSent(CHANNEL, 7), NOWHERE)
    assert failed.status is OutgoingStatus.FAILED
    paid = after(failed, HtlcFulfilled(CHANNEL, 7, PREIMAGE))
    assert (paid.status, paid.reason) == (OutgoingStatus.PAID, "")


def test_the_receiver_has_the_last_word() -> None:
    payment = offered()
    refusal = IncorrectOrUnknownPaymentDetails(AMOUNT, HEIGHT)
    failed = after(payment, answer(DIRECT, 0, refusal))
    assert failed.status is OutgoingStatus.FAILED
    assert failed.reason.startswith("The receiver does not accept this payment")
    assert failed.fee == Msat(0)


@pytest.mark.parametrize(
    "event",
    [
        answer(DIRECT, 0, TemporaryNodeFailure()),
        answer(DIRECT, 0, MppTimeout()),
        HtlcFailed(CHANNEL, 7, b"nobody signed this"),
        HtlcFailed(CHANNEL, 7, None, FailureCode.INVALID_ONION_HMAC),
        HtlcFailed(CHANNEL, 7, None, 0xFFFF),
        HtlcNeverSent(CHANNEL, 7),
        HtlcTimedOut(CHANNEL, 7),
        OfferRefused(0, ChannelRefusal(RefusalReason.NOT_CONNECTED)),
    ],
)
def test_another_way_is_tried_and_then_no_more(event: OutgoingEvent) -> None:
    asking = outgoing.step(offered(), event, payer_env(now=NOW + 1))
    assert asking.effects == (FindWays(HASH), PaymentChanged(HASH))
    done = outgoing.step(stored(asking.payment), ELSEWHERE, payer_env(session_key=SECOND_KEY))
    payment = stored(done.payment)
    effect = done.effects[0]
    assert isinstance(effect, OfferHtlc)
    assert (effect.attempt, effect.channel_id, effect.amount) == (1, OTHER_CHANNEL, AMOUNT)
    assert [a.status for a in payment.attempts] == [AttemptStatus.FAILED, AttemptStatus.PENDING]
    assert payment.attempts[1].session_key == SECOND_KEY
    asking = outgoing.step(
        payment, OfferRefused(1, ChannelRefusal(RefusalReason.BALANCE)), payer_env()
    )
    ended = outgoing.step(asking.payment, NOWHERE, payer_env())
    assert ended.payment.status is OutgoingStatus.FAILED
    assert ended.payment.reason == RefusalReason.BALANCE.sentence
    assert ended.effects == (PaymentChanged(HASH),)


@pytest.mark.parametrize("is_paid", [True, False])
def test_the_id_of_one_that_was_never_sent_may_be_the_next_one_s(is_paid: bool) -> None:
    again = WaysFound((Way(DIRECT, AMOUNT),))
    payment = after(offered(), HtlcNeverSent(CHANNEL, 7), again, HtlcOffered(1, 7))
    assert [one.status for one in payment.attempts] == [AttemptStatus.FAILED, AttemptStatus.PENDING]
    assert [one.htlc_id for one in payment.attempts] == [None, 7]
    if is_paid:
        payment = after(payment, HtlcFulfilled(CHANNEL, 7, PREIMAGE))
        assert payment.alive == payment.attempts[1:]
        assert payment.status is OutgoingStatus.PAID
    else:
        refusal = IncorrectOrUnknownPaymentDetails(AMOUNT, HEIGHT)
        payment = after(payment, answer(DIRECT, 0, refusal))
        assert not payment.alive
        assert payment.status is OutgoingStatus.FAILED


def test_a_hop_on_the_way_is_named() -> None:
    event = answer(OVER_MIDDLE, 0, TemporaryChannelFailure(b"anything at all"))
    failed = after(offered(OVER_MIDDLE), event, NOWHERE)
    assert failed.reason.startswith("Your channel's peer could not pass 250 sat on")
    assert [(one.failed_at, one.failure) for one in failed.attempts] == [(1, failed.reason)]


@pytest.mark.parametrize(
    ("tries", "seconds", "why"),
    [
        (MAX_ATTEMPTS, 1, f"Given up after {MAX_ATTEMPTS} tries, the most for one payment."),
        (3, RETRY_SECONDS + 1, f"Given up after 3 tries: {RETRY_SECONDS} seconds are over."),
        (1, RETRY_SECONDS + 1, f"Given up after 1 try: {RETRY_SECONDS} seconds are over."),
    ],
)
def test_tries_that_run_out_are_said_to_have(tries: int, seconds: int, why: str) -> None:
    busy, payment = TemporaryChannelFailure(b""), offered(OVER_MIDDLE)
    for number in range(1, tries):
        failed = dataclasses.replace(answer(OVER_MIDDLE, 0, busy), htlc_id=6 + number)
        again = WaysFound((Way(OVER_MIDDLE, AMOUNT),))
        payment = after(payment, failed, again, HtlcOffered(number, 7 + number))
        assert payment.status is OutgoingStatus.IN_FLIGHT
    failed = dataclasses.replace(answer(OVER_MIDDLE, 0, busy), htlc_id=6 + tries)
    ended = after(payment, failed, now=NOW + seconds)
    assert (ended.status, len(ended.attempts)) == (OutgoingStatus.FAILED, tries)
    last = "Your channel's peer could not pass 250 sat on"
    assert ended.reason.startswith(f"{why} The last time: {last}")


def test_of_parts_that_failed_the_first_sentence_is_about_the_whole() -> None:
    """Nobody asked for a part: the amount that the user typed comes first."""
    busy, half = TemporaryChannelFailure(b""), Msat(AMOUNT.value // 2)
    failed = after(offered(OVER_MIDDLE), answer(OVER_MIDDLE, 0, busy))
    parts = WaysFound((Way(OVER_MIDDLE, half), Way(OTHER_DIRECT, half)))
    under_way = after(failed, parts, HtlcOffered(1, 8), HtlcOffered(2, 7))
    again = dataclasses.replace(answer(OVER_MIDDLE, 0, busy), htlc_id=8)
    given_up = after(under_way, again, NOWHERE)
    assert (given_up.status, given_up.given_up) == (OutgoingStatus.IN_FLIGHT, True)
    ended = after(given_up, HtlcFailed(OTHER_CHANNEL, 7, None, FailureCode.INVALID_ONION_HMAC))
    assert ended.status is OutgoingStatus.FAILED
    assert ended.reason.startswith(
        "No way was found for 250 sat, not even in parts. Of a part that failed: "
        "Your channel's peer could not pass 125 sat on"
    )
    worn_out = after(under_way, again, now=NOW + RETRY_SECONDS + 1)
    assert worn_out.reason.startswith(
        "No way was found for 250 sat, not even in parts. Given up after 3 tries: "
    )


def test_no_retry_once_the_invoice_has_expired() -> None:
    event = answer(DIRECT, 0, TemporaryNodeFailure())
    failed = after(offered(), event, now=NOW + 3600)
    assert (failed.status, len(failed.attempts)) == (OutgoingStatus.FAILED, 1)
    assert "expired" in failed.reason


def test_an_answer_counts_once() -> None:
    event = answer(DIRECT, 0, TemporaryNodeFailure())
    payment = after(offered(), event, ELSEWHERE, session_key=SECOND_KEY)
    again = outgoing.step(payment, event, payer_env())
    assert (again.payment, again.effects) == (payment, ())


def test_what_has_ended_does_not_end_again() -> None:
    paid = after(offered(), HtlcFulfilled(CHANNEL, 7, PREIMAGE))
    failed = after(offered(), HtlcNeverSent(CHANNEL, 7), NOWHERE)
    for ended in (paid, failed):
        for event in (HtlcTimedOut(CHANNEL, 7), HtlcFailed(CHANNEL, 7, b"")):
            assert outgoing.step(ended, event, payer_env()) == outgoing.Step(ended)


@pytest.mark.parametrize(
    "event",
    [HtlcFailed(CHANNEL, 8, b""), HtlcNeverSent(OTHER_CHANNEL, 7), HtlcTimedOut(OTHER_CHANNEL, 7)],
)
def test_what_is_said_of_other_htlcs_changes_nothing(event: OutgoingEvent) -> None:
    payment = offered()
    assert outgoing.step(payment, event, payer_env()) == outgoing.Step(payment)


# ── stuck ────────────────────────────────────────────────────────────────────────────────────────
def test_a_closed_channel_makes_it_stuck_and_not_failed() -> None:
    stuck = after(offered(), ChannelClosed(CHANNEL))
    assert stuck.status is OutgoingStatus.STUCK
    assert f"block {HEIGHT + 147}" in stuck.reason
    assert after(stuck, ChannelClosed(CHANNEL)) == stuck


def test_a_channel_closed_before_or_elsewhere_changes_nothing() -> None:
    payment = offered()
    assert after(payment, ChannelClosed(OTHER_CHANNEL)) == payment
    paid = after(payment, HtlcFulfilled(CHANNEL, 7, PREIMAGE))
    assert after(paid, ChannelClosed(CHANNEL)) == paid


def test_what_should_have_come_back_is_stuck_until_a_block_that_it_names() -> None:
    """The channel is open, and the peer may still settle it: it is neither under way nor failed."""
    payment = offered()
    overdue = HtlcOverdue(CHANNEL, 7, until=900_144)
    stuck = after(payment, overdue)
    assert stuck.status is OutgoingStatus.STUCK
    assert "stuck until block 900,144" in stuck.reason
    assert after(stuck, overdue) == stuck
    assert after(payment, HtlcOverdue(OTHER_CHANNEL, 7, 900_144)) == payment
    assert after(payment, HtlcOverdue(CHANNEL, 8, 900_144)) == payment
    assert after(stuck, HtlcFulfilled(CHANNEL, 7, PREIMAGE)).status is OutgoingStatus.PAID
    assert after(stuck, HtlcFailed(CHANNEL, 7, b"")).status is OutgoingStatus.FAILED
    closed = after(stuck, ChannelClosed(CHANNEL))
    assert closed.status is OutgoingStatus.STUCK
    assert "was closed" in closed.reason


def test_it_is_stuck_until_the_peer_is_there_where_our_state_may_be_an_old_one() -> None:
    """Nobody is told to close a channel then; and what was told before an older copy was put back,
    and is not so after, is told anew."""
    payment, by_peer = offered(), HtlcOverdue(CHANNEL, 7, until=0)
    at_block = HtlcOverdue(CHANNEL, 7, until=900_144)
    stuck = after(payment, by_peer)
    assert stuck.status is OutgoingStatus.STUCK
    assert "do not close the channel alone" in stuck.reason
    assert after(stuck, by_peer) == stuck
    assert after(stuck, at_block) == after(payment, at_block)
    assert after(payment, at_block, by_peer) == stuck
    later = HtlcOverdue(CHANNEL, 7, until=900_200)
    assert after(payment, at_block, later) == after(payment, at_block), "said once"


def test_stuck_ends_paid_by_a_preimage_on_chain() -> None:
    paid = after(offered(), ChannelClosed(CHANNEL), HtlcFulfilled(CHANNEL, 7, PREIMAGE))
    assert (paid.status, paid.reason) == (OutgoingStatus.PAID, "")


def test_stuck_ends_failed_without_another_try() -> None:
    stuck = after(offered(), ChannelClosed(CHANNEL))
    assert not stuck.by_chain
    done = outgoing.step(stuck, HtlcTimedOut(CHANNEL, 7), payer_env())
    assert done.payment.by_chain  # which costs fees, so that nobody says that it cost nothing
    assert done.payment.status is OutgoingStatus.FAILED
    assert done.effects == (PaymentChanged(HASH),)


def test_of_one_of_which_only_a_part_was_out_it_is_said_why_the_rest_was_not() -> None:
    whole = offered()
    [attempt] = whole.attempts
    no_room = "Node 02 could not pass 30,000 sat on. Try a smaller amount."
    sent_back = replace(attempt, htlc_id=6, status=AttemptStatus.FAILED, failure=no_room)
    amount = Msat(attempt.delivers.value * 4)
    parted = replace(whole, amount=amount, attempts=(sent_back, attempt))
    part, asked = attempt.delivers.floor_sat().value, amount.floor_sat().value
    assert unpaid.parts_out(parted) == ""
    stuck = after(parted, ChannelClosed(CHANNEL))
    is_out = f"{part:,} of {asked:,} sat are out; the rest is not tried any more. "
    assert unpaid.parts_out(stuck) == is_out
    assert outgoing_view(stuck).reason == f"{is_out}{stuck.reason}"
    failed = after(stuck, HtlcTimedOut(CHANNEL, 7))
    assert failed.reason == (
        f"Only {part:,} of {asked:,} sat were on their way; the rest found none. The last time: "
        f"{no_room} Of what was on its way: {unpaid.TIMED_OUT}"
    )
    assert outgoing_view(failed).out_msat == 0
    alone = after(whole, ChannelClosed(CHANNEL))
    assert (unpaid.parts_out(alone), after(alone, HtlcTimedOut(CHANNEL, 7)).reason) == (
        "",
        unpaid.TIMED_OUT,
    )


def test_what_the_chain_does_not_tell_of_is_open_until_it_is_over_for_the_payee() -> None:
    """It came back by a penalty, and those further on may still pay the payee for it."""
    stuck = after(offered(OVER_MIDDLE), ChannelClosed(CHANNEL), HtlcUnseen(CHANNEL, 7))
    until = stuck.attempts[0].cltv_expiry - INTO_PAYEE.cltv_expiry_delta
    assert f"until block {until:,} nodes further on can still bring it" in stuck.reason
    assert after(stuck, HtlcUnseen(CHANNEL, 7)) == stuck
    before, then = payer_env(height=until - 1), payer_env(height=until)
    back = outgoing.step(stuck, HtlcTimedOut(CHANNEL, 7), before).payment
    assert (back.status, back.reason) == (OutgoingStatus.STUCK, stuck.reason)
    assert back.alive  # nothing else is tried for it
    for changed in (
        outgoing.step(back, HtlcTimedOut(CHANNEL, 7), before),
        outgoing.step(back, Tick(), before),
        outgoing.resume(back, set()),  # its channel is forgotten by then
    ):
        assert changed == outgoing.Step(back)
    ended = outgoing.step(back, Tick(), then)
    assert ended.effects == (PaymentChanged(HASH),)
    assert (ended.payment.status, ended.payment.may_be_paid) == (OutgoingStatus.FAILED, True)
    assert "may have been paid all the same" in ended.payment.reason
    assert outgoing.step(stuck, HtlcTimedOut(CHANNEL, 7), then).payment == ended.payment
    late = payer_env(height=until + 40 + POLICY.burial(stuck.amount.floor_sat()))
    nobody = outgoing.step(stuck, HtlcTimedOut(CHANNEL, 7), late).payment
    assert (nobody.may_be_paid, nobody.reason) == (False, unpaid.TIMED_OUT)


def test_of_the_payee_itself_the_chain_tells_as_soon_as_it_is_buried() -> None:
    stuck = after(offered(), ChannelClosed(CHANNEL), HtlcUnseen(CHANNEL, 7))
    assert stuck.reason == unpaid.BURIED
    ended = after(stuck, HtlcTimedOut(CHANNEL, 7))
    assert (ended.status, ended.may_be_paid) == (OutgoingStatus.FAILED, False)


# ── after a crash ────────────────────────────────────────────────────────────────────────────────
def test_resume_waits_for_what_a_channel_holds() -> None:
    before = offered()
    assert outgoing.resume(before, {(CHANNEL, 7)}) == outgoing.Step(before)


@pytest.mark.parametrize("held", [set(), {(CHANNEL, 3)}], ids=["none", "somebody else's"])
def test_resume_ends_what_was_never_sent(held: set[HtlcName]) -> None:
    """A channel names an HTLC in the transaction in which it takes it: without a name it was never
    sent, whatever HTLC of the same hash a channel holds. That one passes through us."""
    unnamed, _ = started()
    done = outgoing.resume(unnamed, held)
    assert done.payment.status is OutgoingStatus.FAILED
    assert "before the payment was sent" in done.payment.reason
    assert done.effects == (PaymentChanged(HASH),)


def test_resume_ends_what_failed_without_an_answer() -> None:
    done = outgoing.resume(offered(), {(OTHER_CHANNEL, 7), (CHANNEL, 8)})
    assert done.payment.status is OutgoingStatus.FAILED
    assert "why was lost" in done.payment.reason


def test_resume_leaves_what_has_ended() -> None:
    for event in (HtlcFulfilled(CHANNEL, 7, PREIMAGE), HtlcNeverSent(CHANNEL, 7)):
        ended = after(offered(), event, NOWHERE)
        assert outgoing.resume(ended, set()) == outgoing.Step(ended)


def test_no_secret_stands_in_a_repr() -> None:
    payment, effect = started()
    text = repr((payment, payment.attempts, effect, payer_env(), command()))
    assert SESSION_KEY.hex() not in text
    assert repr(SESSION_KEY)[2:-1] not in text
