"""The attempts made for a payment: which are pending, and the payment with one of them changed."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.payment.records import Attempt, AttemptStatus, OutgoingPayment


def pending(payment: OutgoingPayment) -> list[tuple[int, Attempt]]:
    """Those that have no end yet, with their numbers."""
    return [
        (number, attempt)
        for number, attempt in enumerate(payment.attempts)
        if attempt.status is AttemptStatus.PENDING
    ]


def number_of(payment: OutgoingPayment, channel_id: bytes, htlc_id: int) -> int | None:
    """The attempt that is this HTLC. Another HTLC of the hash may be one that we pass on."""
    for number, attempt in enumerate(payment.attempts):
        if (attempt.route.channel_id, attempt.htlc_id) == (channel_id, htlc_id):
            return number
    return None


def nameless(payment: OutgoingPayment, number: int | None) -> OutgoingPayment:
    """The next HTLC of the channel may have the id of one that was never sent."""
    if number is None:
        return payment
    return _put(payment, number, replace(payment.attempts[number], htlc_id=None))


def changed(
    payment: OutgoingPayment,
    number: int,
    *,
    status: AttemptStatus | None = None,
    htlc_id: int | None = None,
    failure: str = "",
    failed_at: int = 0,
    unseen: bool = False,
) -> OutgoingPayment:
    """The payment with attempt `number` changed."""
    attempt = payment.attempts[number]
    another = replace(
        attempt,
        status=attempt.status if status is None else status,
        htlc_id=attempt.htlc_id if htlc_id is None else htlc_id,
        failure=failure or attempt.failure,
        failed_at=failed_at or attempt.failed_at,
        unseen=unseen or attempt.unseen,
    )
    return _put(payment, number, another)


def _put(payment: OutgoingPayment, number: int, attempt: Attempt) -> OutgoingPayment:
    attempts = (*payment.attempts[:number], attempt, *payment.attempts[number + 1 :])
    return replace(payment, attempts=attempts)
