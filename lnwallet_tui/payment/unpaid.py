"""Why a payment is not paid, or not yet, in sentences for whoever pays."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat
from lnwallet_tui.payment.records import OutgoingPayment, OutgoingStatus
from lnwallet_tui.policy import MAX_ATTEMPTS, RETRY_SECONDS

NEVER_SENT: Final = "The connection to the peer was lost before the payment was sent. Try again."
TIMED_OUT: Final = "Nobody took the payment before its time was over."
STOPPED: Final = "The wallet was stopped before the payment was sent. Try again."
ANSWER_LOST: Final = "The payment failed, and why was lost when the wallet was stopped. Try again."
EXPIRED: Final = "The invoice has expired meanwhile. Ask the receiver for a new invoice."


def of_the_whole(payment: OutgoingPayment) -> str:
    """Where a part failed, whose amount nobody asked for: first a sentence about what was asked
    for. Empty where only the whole was tried."""
    if all(attempt.delivers == payment.amount for attempt in payment.attempts):
        return ""
    whole = f"{payment.amount.floor_sat().value:,} sat"
    return f"No way was found for {whole}, not even in parts. "


def out(payment: OutgoingPayment) -> Msat:
    """What of it is under way now."""
    return sum((attempt.delivers for attempt in payment.alive), ZERO_MSAT)


def parts_out(payment: OutgoingPayment) -> str:
    """Of a payment that is stuck, of which only a part is under way; empty where it is all."""
    is_out = out(payment)
    if payment.status is not OutgoingStatus.STUCK or not is_out or is_out == payment.amount:
        return ""
    return f"{_of(is_out, payment)} are out; the rest is not tried any more. "


def of_parts(payment: OutgoingPayment, reason: str) -> str:
    """The same once they are back, for `reason`: why the others were never on their way."""
    decided = [one for one in payment.attempts if one.failure in (TIMED_OUT, UNSEEN)]
    others = [one for one in payment.attempts if one.failure not in ("", TIMED_OUT, UNSEEN)]
    were_out = sum((one.delivers for one in decided), ZERO_MSAT)
    if not others or not were_out or were_out >= payment.amount:
        return reason
    return (
        f"Only {_of(were_out, payment)} were on their way; the rest found none. The last time: "
        f"{others[-1].failure} Of what was on its way: {reason}"
    )


def _of(part: Msat, payment: OutgoingPayment) -> str:
    return f"{part.floor_sat().value:,} of {payment.amount.floor_sat().value:,} sat"


def worn_out(payment: OutgoingPayment, now: int) -> str:
    """Why no more is tried, with the reason of the last attempt; empty where more may be."""
    if len(payment.attempts) >= MAX_ATTEMPTS:
        limit = ", the most for one payment"
    elif now > payment.created + RETRY_SECONDS:
        limit = f": {RETRY_SECONDS} seconds are over"
    else:
        return ""
    tries = "1 try" if len(payment.attempts) == 1 else f"{len(payment.attempts)} tries"
    given_up = f"Given up after {tries}{limit}. The last time: {payment.reason}"
    return f"{of_the_whole(payment)}{given_up}"


def channel_closed(expiry: int) -> str:
    """While it was under way; `expiry` is the last of its HTLCs there."""
    return (
        "The channel was closed while the payment was under way. "
        f"Whether it was paid is decided soon after block {expiry:,} at the latest."
    )


BURIED: Final = (
    "The channel was closed while the payment was under way. Whether it was paid is decided as "
    "soon as the close is deep enough in the chain: some blocks more."
)


def unseen(until: int) -> str:
    """Its channel was closed by what tells nothing of it; at block `until` nobody can pay the payee
    for it any more."""
    return (
        "The channel was closed while the payment was under way, and the chain will not tell "
        f"whether it was paid: until block {until:,} nodes further on can still bring it to the "
        "receiver."
    )


UNSEEN: Final = (
    "Its channel was closed while it was under way, and the chain does not tell what nodes further "
    "on did: the receiver may have been paid all the same. Ask the receiver before you pay again."
)


def overdue(expiry: int, until: int) -> str:
    """The peer neither took it nor gave it back; `until` is the block at which we close, 0 where
    that is for the user to say."""
    if not until:
        return (
            f"It expired at block {expiry:,}, and the peer has not given it back. It is stuck "
            "until the peer can be reached: this wallet's folder may be an older copy, so do not "
            "close the channel alone before."
        )
    return (
        f"It expired at block {expiry:,}, and the peer has not given "
        f"it back. It is stuck until block {until:,}: then the wallet closes the channel "
        "alone. You can do that now; if the peer comes back before, it costs nothing."
    )
