"""Whether what relays and payees answered was so, by how things stood at that moment."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.channel import limits
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Link, Phase
from lnwallet_tui.onion.explain import explain
from lnwallet_tui.onion.failure import decode_error
from lnwallet_tui.onion.messages import (
    AmountBelowMinimum,
    ChannelDisabled,
    ExpiryTooFar,
    Failure,
    FeeInsufficient,
    IncorrectCltvExpiry,
    IncorrectOrUnknownPaymentDetails,
    MppTimeout,
    TemporaryChannelFailure,
)
from lnwallet_tui.onion.sphinx import shared_secrets
from lnwallet_tui.payment.records import Attempt, OutgoingPayment
from lnwallet_tui.payment.route import carried
from lnwallet_tui.policy import REGTEST_POLICY
from tests.network.trace import Passed, Trace


@dataclass(frozen=True, slots=True)
class Answer:
    """What hop number `hop` of an attempt's way answered."""

    attempt: Attempt
    hop: int
    failure: Failure

    @property
    def is_receivers(self) -> bool:
        """Whether the payee spoke."""
        return self.hop == len(self.attempt.route.hops) - 1

    @property
    def sentence(self) -> str:
        """What the payer is to be told, with the amount that the hop was to pass on."""
        route = self.attempt.route
        passed_on = (*carried(route, self.attempt.delivers)[1:], None)[self.hop]
        return explain(self.failure, self.hop, len(route.hops), passed_on)


def answers(payment: OutgoingPayment, trace: Trace) -> list[Answer]:
    """All answers to a payment, in the order in which they came."""
    attempts = {(one.route.channel_id, one.htlc_id): one for one in payment.attempts}
    found: list[Answer] = []
    for answered in trace.answers:
        attempt = attempts.get((answered.channel_id, answered.htlc_id))
        if attempt is None:
            continue  # of a payment of others that this node passed on
        assert answered.reason is not None, "nobody damaged an onion"
        node_ids = [hop.node_id for hop in attempt.route.hops]
        read = decode_error(shared_secrets(attempt.session_key, node_ids), answered.reason)
        assert read is not None, "somebody signed every error"
        found.append(Answer(attempt, *read))
    return found


def is_true(answer: Answer, names: dict[bytes, str], trace: Trace, *, was_paid: bool) -> bool:
    """Whether the answer says what was so; `was_paid`: somebody else had paid the invoice."""
    if answer.is_receivers:
        match answer.failure:
            case IncorrectOrUnknownPaymentDetails():
                return was_paid
            case MppTimeout():
                return True  # a set was not complete in time: the payer has not sent it all
            case _:
                return False
    relay = names[answer.attempt.route.hops[answer.hop].node_id]
    scid = answer.attempt.route.hops[answer.hop + 1].short_channel_id
    asked = [one for one in trace.passed if one.relay == relay and _is_of(one, answer, scid)]
    return any(_is_so(answer.failure, one) for one in asked)


def _is_of(passed: Passed, answer: Answer, scid: object) -> bool:
    return passed.payload.short_channel_id == scid


def _is_so(failure: Failure, asked: Passed) -> bool:
    terms, htlc, payload = asked.terms, asked.htlc, asked.payload
    assert terms is not None, "payers name channels that exist"
    assert payload.amt_to_forward is not None
    assert payload.outgoing_cltv_value is not None
    amount, expiry = payload.amt_to_forward, payload.outgoing_cltv_value
    match failure:
        case TemporaryChannelFailure():
            return amount > terms.htlc_maximum or htlc.excess_dust or not _can_pass(asked)
        case FeeInsufficient():
            return htlc.amount < amount + terms.fee(amount)
        case IncorrectCltvExpiry():
            return htlc.cltv_expiry - terms.cltv_expiry_delta < expiry
        case AmountBelowMinimum():
            return amount < terms.htlc_minimum
        case ChannelDisabled():
            return terms.is_disabled
        case ExpiryTooFar():
            return htlc.cltv_expiry > asked.height + REGTEST_POLICY.max_htlc_cltv
        case _:
            return False


def _can_pass(asked: Passed) -> bool:
    """Whether the outgoing channel had room, and a peer at its other end."""
    channel, amount = asked.outgoing, asked.payload.amt_to_forward
    assert channel is not None
    assert amount is not None
    if channel.phase is not Phase.READY or channel.link is not Link.LIVE:
        return False
    return limits._obstacle(channel, Side.US, amount, REGTEST_POLICY) is None
