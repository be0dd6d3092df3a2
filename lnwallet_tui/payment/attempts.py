"""Attempts to pay: ways that keep to the limits, made into HTLCs with their onions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.amount import ZERO_MSAT, AmountError, Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.onion.sphinx import HOP_PAYLOADS_SIZE, hop_size
from lnwallet_tui.payment.effects import OfferHtlc
from lnwallet_tui.payment.limits import most_cltv
from lnwallet_tui.payment.records import Attempt, OutgoingPayment, Way
from lnwallet_tui.payment.route import LastHop, Terms, onion, terms
from lnwallet_tui.policy import PAYER_MARGIN, Policy


@dataclass(frozen=True, slots=True)
class Env:
    """The world as a payment of ours sees it in one step.

    `now` in Unix seconds; `session_key` 32 random bytes and `shadow_blocks` a random number of
    blocks, both fresh for every step.
    """

    now: int
    height: int
    policy: Policy
    session_key: bytes = field(repr=False)
    shadow_blocks: int


NO_ROUTE: Final = Refused(
    RefusalCode.NO_ROUTE,
    "There is no way to the receiver through the open channels.",
    "Open a channel to the receiver, or to somebody who is connected to it.",
)
_FEE_TOO_HIGH: Final = Refused(
    RefusalCode.FEE_TOO_HIGH,
    "The fee of this payment would be above the limit.",
    "Allow a higher fee, or open a channel to the receiver.",
)
_TOO_LONG: Final = Refused(
    RefusalCode.NO_ROUTE,
    "The receiver asks for more time than a payment may be locked.",
    "Ask the receiver for an invoice with a smaller block distance.",
)
_TOO_LARGE: Final = Refused(
    RefusalCode.NO_ROUTE,
    "What the receiver wants to be told does not fit into a payment on this way.",
    "Open a channel to the receiver, so that the way gets shorter.",
)


def offers(
    payment: OutgoingPayment, ways: Sequence[Way], env: Env
) -> tuple[tuple[Attempt, ...], tuple[OfferHtlc, ...]] | Refused:
    """The attempts on `ways`, to be added to those of `payment`, and their HTLCs; or the limit of
    fee, lock time or onion size that they break."""
    if not ways:
        return NO_ROUTE
    new: list[Attempt] = []
    effects: list[OfferHtlc] = []
    for way in ways:
        judged = _judge(payment, way, env)
        if isinstance(judged, Refused):
            return judged
        attempt = Attempt(
            route=way.route,
            session_key=key_of_part(env.session_key, len(new)),
            amount=judged.amount,
            delivers=way.amount,
            cltv_expiry=judged.cltv_expiry,
        )
        effects.append(_offer(payment, attempt, judged, len(payment.attempts) + len(new)))
        new.append(attempt)
    fees = sum((one.amount - one.delivers for one in new), ZERO_MSAT)
    if payment.fee + fees > payment.max_fee:
        return _FEE_TOO_HIGH
    return tuple(new), tuple(effects)


def _judge(payment: OutgoingPayment, way: Way, env: Env) -> Terms | Refused:
    locked = payment.min_final_cltv_expiry_delta + PAYER_MARGIN + way.route.cltv
    room = most_cltv(payment.latest_expiry, env.height, env.policy) - locked
    if room < 0:
        return _TOO_LONG
    shadow = min(env.shadow_blocks, room)
    try:
        judged = terms(way.route, _last_hop(payment, way.amount, env, shadow))
    except AmountError:
        return _FEE_TOO_HIGH
    size = sum(hop_size(payload.encode()) for payload in judged.payloads)
    return judged if size <= HOP_PAYLOADS_SIZE else _TOO_LARGE


def _last_hop(payment: OutgoingPayment, amount: Msat, env: Env, shadow: int) -> LastHop:
    delta = payment.min_final_cltv_expiry_delta + PAYER_MARGIN + shadow
    unasked = payment.spontaneous
    return LastHop(
        amount=amount,
        total=payment.amount,
        cltv_expiry=env.height + delta,
        payment_secret=payment.payment_secret if unasked is None else None,
        payment_metadata=payment.payment_metadata,
        keysend_preimage=None if unasked is None else unasked.preimage,
    )


def key_of_part(first: bytes, number: int) -> bytes:
    """Another one for each part: two onions with one key would show that they belong together."""
    return first if number == 0 else sha256(first + bytes([number]))


def tries(payment: OutgoingPayment) -> tuple[tuple[Attempt, ...], ...]:
    """Its attempts, also those of before it failed and was begun again; those together that left in
    one step: the keys tell."""
    found: list[list[Attempt]] = []
    for attempt in (*payment.earlier, *payment.attempts):
        together = found[-1] if found else []
        if together and attempt.session_key == key_of_part(together[0].session_key, len(together)):
            together.append(attempt)
        else:
            found.append([attempt])
    return tuple(map(tuple, found))


def _offer(payment: OutgoingPayment, attempt: Attempt, judged: Terms, number: int) -> OfferHtlc:
    packet = onion(attempt.route, judged.payloads, attempt.session_key, payment.payment_hash)
    return OfferHtlc(
        payment_hash=payment.payment_hash,
        attempt=number,
        channel_id=attempt.route.channel_id,
        amount=attempt.amount,
        cltv_expiry=attempt.cltv_expiry,
        onion=packet,
    )
