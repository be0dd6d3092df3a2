"""One payment of ours, from the command to the receipt: a pure machine.

`start` judges the command and makes the first attempts; `step` takes what happens to its HTLCs;
`resume` takes what a crash left. The rule under all three: what is alive of a payment never brings
more than its amount, and as long as anybody could still take an HTLC of it, it has not failed. So a
hash is paid at most once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from msgspec.structs import replace

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.onion.explain import explain
from lnwallet_tui.onion.failure import decode_error
from lnwallet_tui.onion.messages import Failure, OtherFailure
from lnwallet_tui.onion.sphinx import shared_secrets
from lnwallet_tui.payment import tries, unpaid
from lnwallet_tui.payment.attempts import Env, offers
from lnwallet_tui.payment.command import (
    PayCommand,
    SpontaneousCommand,
    ordered,
    refusal_beside,
)
from lnwallet_tui.payment.effects import FindWays, OutgoingEffect, PaymentChanged
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
from lnwallet_tui.payment.keysend import UNWELCOME, is_unwelcome
from lnwallet_tui.payment.lessons import learn, own_channel
from lnwallet_tui.payment.limits import latest_expiry, most_cltv
from lnwallet_tui.payment.liquidity import on_the_way
from lnwallet_tui.payment.records import (
    Attempt,
    AttemptStatus,
    HtlcName,
    OutgoingPayment,
    OutgoingStatus,
    Way,
)
from lnwallet_tui.payment.route import carried

_MOST_EARLIER: Final = 50
"""Attempts: a payment is written anew with each of its steps."""


@dataclass(frozen=True, slots=True)
class Step:
    """The payment after an event, to be committed before the effects are performed."""

    payment: OutgoingPayment
    effects: tuple[OutgoingEffect, ...] = ()


def start(
    existing: OutgoingPayment | None,
    command: PayCommand | SpontaneousCommand,
    network: Network,
    our_id: bytes,
    env: Env,
) -> Step | Refused:
    """Begin to pay. `existing` is the payment of the same hash, if there is one."""
    refused = refusal_beside(existing)
    payment = refused or ordered(command, network, our_id, env.policy, env.now)
    if isinstance(payment, Refused):
        return payment
    asked, most = payment.min_final_cltv_expiry_delta, most_cltv(0, env.height, env.policy)
    usual = latest_expiry(command.ways, asked, env.height, env.policy)
    latest = min(command.latest_expiry or usual, env.height + most)
    payment = replace(payment, latest_expiry=latest)
    return _try(_after(existing, payment), command.ways, env)


def _after(failed: OutgoingPayment | None, payment: OutgoingPayment) -> OutgoingPayment:
    """It takes the place of the one that failed, and remembers how that was tried."""
    if failed is None:
        return payment
    return replace(
        payment,
        earlier=(*failed.earlier, *failed.attempts)[-_MOST_EARLIER:],
        first_begun=failed.first_begun or failed.created,
    )


def step(payment: OutgoingPayment, event: OutgoingEvent, env: Env) -> Step:
    """The payment after `event`. An event about an HTLC that has ended already changes nothing."""
    match event:
        case WaysFound():
            return _found(payment, event.ways, env)
        case NoWays():
            return _not_found(payment, event.refusal)
        case HtlcOffered():
            return Step(tries.changed(payment, event.attempt, htlc_id=event.htlc_id))
        case OfferRefused():
            return _not_taken(payment, event, env)
        case HtlcFulfilled():
            return _fulfilled(payment, event, env)
        case HtlcFailed():
            return _answered(payment, event, env)
        case HtlcTimedOut():
            return _back(payment, event, env)
        case HtlcNeverSent():
            number = tries.number_of(payment, event.channel_id, event.htlc_id)
            return _failed(tries.nameless(payment, number), number, unpaid.NEVER_SENT, env)
        case ChannelClosed():
            return _stuck(payment, event.channel_id)
        case HtlcUnseen():
            return _unseen(payment, event)
        case Tick():
            return _over_for_payee(payment, env)
        case HtlcOverdue():
            return _overdue(payment, event)
        case _:
            assert_never(event)


def resume(payment: OutgoingPayment, held: Collection[HtlcName]) -> Step:
    """The payment after a start of the program.

    `held` are the HTLCs of ours for this hash that any channel holds, open or closed and not
    resolved; some may be of others, passed on. An attempt that is not among them does not exist any
    more and was not paid: a channel names an HTLC here in the transaction in which it takes it, so
    one without a name was never sent, and forgets it only in one that commits its outcome here. It
    is not tried again, because nobody waits for it any more. One that is back, and not over for the
    payee, is waited for as before.
    """
    resumed, reason = payment, ""
    for number, attempt in tries.pending(payment):
        if not attempt.unseen and (attempt.route.channel_id, attempt.htlc_id) not in held:
            reason = unpaid.STOPPED if attempt.htlc_id is None else unpaid.ANSWER_LOST
            resumed = tries.changed(resumed, number, status=AttemptStatus.FAILED, failure=reason)
    if resumed.status is OutgoingStatus.IN_FLIGHT and not tries.pending(resumed):
        reason = reason or resumed.reason or unpaid.STOPPED
    if reason:
        resumed = _at_rest(replace(resumed, given_up=True, reason=reason))
    return _told(payment, resumed)


# ── ways ─────────────────────────────────────────────────────────────────────────────────────────
def _try(payment: OutgoingPayment, ways: Sequence[Way], env: Env) -> Step | Refused:
    """Attempts on these ways, which bring no more than what has none yet."""
    made = offers(payment, ways, env)
    if isinstance(made, Refused):
        return made
    attempts, effects = made
    tried = replace(payment, attempts=(*payment.attempts, *attempts))
    delivered = sum(attempt.delivers.value for attempt in tried.alive)
    assert delivered <= payment.amount.value, "a hash is paid at most once"
    return Step(tried, (*effects, PaymentChanged(payment.payment_hash)))


def _found(payment: OutgoingPayment, ways: Sequence[Way], env: Env) -> Step:
    """Try them, if they are still what is needed: meanwhile another part may have failed."""
    missing = payment.without_way
    if not _goes_on(payment) or not missing:
        return Step(payment)
    if sum(way.amount.value for way in ways) != missing.value:
        return Step(payment, (FindWays(payment.payment_hash),))
    tried = _try(payment, ways, env)
    return _not_found(payment, tried) if isinstance(tried, Refused) else tried


def _not_found(payment: OutgoingPayment, refusal: Refused) -> Step:
    """Nothing more is tried. The reason stays that of the last attempt, where there was one."""
    if not _goes_on(payment) or not payment.without_way:
        return Step(payment)
    reason = payment.reason or f"{refusal.message} {refusal.remedy}"
    if payment.reason and (whole := unpaid.of_the_whole(payment)):
        reason = f"{whole}Of a part that failed: {payment.reason}"
    return _told(payment, _at_rest(replace(payment, given_up=True, reason=reason)))


def _goes_on(payment: OutgoingPayment) -> bool:
    return payment.status is OutgoingStatus.IN_FLIGHT and not payment.given_up


def _at_rest(payment: OutgoingPayment) -> OutgoingPayment:
    """The payment has failed once it was given up and nothing of it is pending."""
    is_open = payment.status in (OutgoingStatus.IN_FLIGHT, OutgoingStatus.STUCK)
    if is_open and payment.given_up and not tries.pending(payment):
        return replace(payment, status=OutgoingStatus.FAILED)
    return payment


# ── what became of an HTLC ───────────────────────────────────────────────────────────────────────
def _fulfilled(payment: OutgoingPayment, event: HtlcFulfilled, env: Env) -> Step:
    """Paid, whatever was thought before: the preimage is the receipt."""
    assert sha256(event.preimage) == payment.payment_hash, "a channel checks preimages"
    number = tries.number_of(payment, event.channel_id, event.htlc_id)
    if number is not None:
        payment = tries.changed(
            payment, number, status=AttemptStatus.FULFILLED, htlc_id=event.htlc_id
        )
    if payment.status is OutgoingStatus.PAID:
        return Step(payment)
    paid = replace(
        payment,
        status=OutgoingStatus.PAID,
        preimage=event.preimage,
        settled=env.now,
        reason="",
    )
    return _told(payment, paid)


def _not_taken(payment: OutgoingPayment, event: OfferRefused, env: Env) -> Step:
    """Our own channel would not take the attempt; perhaps it takes less."""
    attempt = payment.attempts[event.attempt]
    if attempt.status is not AttemptStatus.PENDING:
        return Step(payment)
    most_msat = attempt.amount.value - 1
    lessons = own_channel(payment.lessons, attempt.route.channel_id, most_msat)
    taught = replace(payment, lessons=lessons)
    return _failed(taught, event.attempt, event.refusal.reason.sentence, env)


def _answered(payment: OutgoingPayment, event: HtlcFailed, env: Env) -> Step:
    number = tries.number_of(payment, event.channel_id, event.htlc_id)
    if number is None or payment.attempts[number].status is not AttemptStatus.PENDING:
        return Step(payment)
    attempt = payment.attempts[number]
    answer, hops = _read_answer(attempt, event), len(attempt.route.hops)
    hop, failure = (0, None) if answer is None else answer
    amounts = carried(attempt.route, attempt.delivers)
    beside = on_the_way(other for other in payment.alive if other is not attempt)
    carried_msat = tuple(amount.value for amount in amounts)
    lessons = learn(payment.lessons, attempt.route, carried_msat, answer, beside)
    # BOLT 4: "if the final node is returning the error: if the PERM bit is set: SHOULD fail the
    # payment"; everything else may go better another way.
    is_last_word = (
        failure is not None
        and hop == hops - 1
        and failure.is_permanent
        and not failure.is_bad_onion
    )
    reason = explain(failure, hop, hops, amounts[hop + 1] if hop < hops - 1 else None)
    if payment.spontaneous is not None and hop == hops - 1 and is_unwelcome(failure):
        reason = UNWELCOME
    taught = replace(payment, lessons=lessons)
    if is_last_word and _goes_on(payment):
        taught = replace(taught, given_up=True, reason=reason)
    return _failed(taught, number, reason, env, failed_at=0 if answer is None else hop + 1)


def _read_answer(attempt: Attempt, event: HtlcFailed) -> tuple[int, Failure] | None:
    """Which hop failed the HTLC, and how."""
    if event.reason is None:
        return 0, OtherFailure(event.failure_code)
    node_ids = [hop.node_id for hop in attempt.route.hops]
    return decode_error(shared_secrets(attempt.session_key, node_ids), event.reason)


def _failed(
    payment: OutgoingPayment, number: int | None, reason: str, env: Env, failed_at: int = 0
) -> Step:
    """An attempt has ended without being paid: other ways for its part, or the end."""
    if number is None or payment.attempts[number].status is not AttemptStatus.PENDING:
        return Step(payment)
    before, payment = (
        payment,
        tries.changed(
            payment, number, status=AttemptStatus.FAILED, failure=reason, failed_at=failed_at
        ),
    )
    if payment.status is OutgoingStatus.PAID:
        return _told(before, payment)
    if payment.given_up:  # why was said then; of a payment that was stuck, now
        ended = _at_rest(payment)
        if payment.status is OutgoingStatus.STUCK and ended is not payment:
            ended = replace(ended, reason=unpaid.of_parts(ended, reason))
        return _told(before, ended)
    payment = replace(payment, reason=reason)
    enough = unpaid.EXPIRED if 0 < payment.expires <= env.now else unpaid.worn_out(payment, env.now)
    if enough:
        return _told(before, _at_rest(replace(payment, given_up=True, reason=enough)))
    return Step(payment, (FindWays(payment.payment_hash), PaymentChanged(payment.payment_hash)))


def _stuck(payment: OutgoingPayment, channel_id: bytes) -> Step:
    """What is pending in a closed channel is decided by the chain."""
    expiries = [
        attempt.cltv_expiry
        for _, attempt in tries.pending(payment)
        if attempt.route.channel_id == channel_id
    ]
    if not expiries or payment.status is OutgoingStatus.PAID:
        return Step(payment)
    reason = unpaid.channel_closed(max(expiries))
    stuck = replace(payment, status=OutgoingStatus.STUCK, reason=reason, given_up=True)
    return _told(payment, stuck)


def _back(payment: OutgoingPayment, event: HtlcTimedOut, env: Env) -> Step:
    """Nobody can take it from us any more. If that was so before it expired, those further on may
    have paid the payee all the same; and until it has expired for the payee they still may: a
    second payment could then be taken, too."""
    number = tries.number_of(payment, event.channel_id, event.htlc_id)
    if number is None or payment.attempts[number].status is not AttemptStatus.PENDING:
        return Step(payment)
    attempt = payment.attempts[number]
    back = replace(payment, by_chain=True)
    buried = env.policy.burial(attempt.amount.floor_sat())
    if not attempt.is_passed_on or env.height >= attempt.cltv_expiry + buried:
        return _failed(back, number, unpaid.TIMED_OUT, env)
    unseen = tries.changed(back, number, unseen=True)
    waits = _unseen(_stuck(unseen, event.channel_id).payment, event).payment
    return _told(payment, _over_for_payee(waits, env).payment)


def _unseen(payment: OutgoingPayment, event: HtlcUnseen | HtlcTimedOut) -> Step:
    """Until when that is not known, instead of when the chain would decide."""
    number = tries.number_of(payment, event.channel_id, event.htlc_id)
    if number is None or payment.status is not OutgoingStatus.STUCK:
        return Step(payment)
    attempt = payment.attempts[number]
    if attempt.status is not AttemptStatus.PENDING:
        return Step(payment)
    reason = unpaid.BURIED
    if attempt.is_passed_on:
        pending = (one for _, one in tries.pending(payment) if one.is_passed_on)
        reason = unpaid.unseen(max(one.ends_for_payee for one in pending))
    return _told(payment, replace(payment, reason=reason))


def _over_for_payee(payment: OutgoingPayment, env: Env) -> Step:
    """What came back to us before has expired for the payee, too."""
    step = Step(payment)
    for number, attempt in tries.pending(payment):
        if attempt.unseen and env.height >= attempt.ends_for_payee:
            step = _failed(step.payment, number, unpaid.UNSEEN, env)
    return _told(payment, step.payment)


def _overdue(payment: OutgoingPayment, event: HtlcOverdue) -> Step:
    """It came neither to an end nor back. As long as nobody has settled it it can be taken."""
    number = tries.number_of(payment, event.channel_id, event.htlc_id)
    if number is None or number not in dict(tries.pending(payment)):
        return Step(payment)
    expiry = payment.attempts[number].cltv_expiry
    reason, was_by_command = unpaid.overdue(expiry, event.until), unpaid.overdue(expiry, 0)
    is_told = payment.status is OutgoingStatus.STUCK
    if is_told and (payment.reason == was_by_command) is not bool(event.until):
        return Step(payment)  # that it is, and of the same end: which moves with each block
    if payment.status not in (OutgoingStatus.IN_FLIGHT, OutgoingStatus.STUCK):
        return Step(payment)
    stuck = replace(payment, status=OutgoingStatus.STUCK, reason=reason, given_up=True)
    return _told(payment, stuck)


def _told(before: OutgoingPayment, after: OutgoingPayment) -> Step:
    return Step(after, (PaymentChanged(after.payment_hash),) if after != before else ())
