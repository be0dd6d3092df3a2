"""Payments in words: a line for a list, a title and a sentence for a page."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.words import MUTED

_COLOURS: Final = {
    PaymentStatus.WAITING: MUTED,
    PaymentStatus.IN_FLIGHT: "$warning",
    PaymentStatus.PAID: "$success",
    PaymentStatus.FAILED: "$error",
    PaymentStatus.EXPIRED: MUTED,
    PaymentStatus.STUCK: "$warning",
}
_OUT: Final = {
    PaymentStatus.WAITING: "waiting",
    PaymentStatus.IN_FLIGHT: "on its way",
    PaymentStatus.PAID: "paid",
    PaymentStatus.FAILED: "not paid",
    PaymentStatus.EXPIRED: "expired",
    PaymentStatus.STUCK: "stuck",
}
_IN: Final = {
    PaymentStatus.WAITING: "waiting",
    PaymentStatus.IN_FLIGHT: "arriving",
    PaymentStatus.PAID: "received",
    PaymentStatus.FAILED: "failed",
    PaymentStatus.EXPIRED: "expired",
    PaymentStatus.STUCK: "stuck",
}


def status_word(payment: PaymentView) -> str:
    """One or two words for how it stands."""
    return (_OUT if payment.outgoing else _IN)[payment.status]


def colour(payment: PaymentView) -> str:
    """The colour that repeats the word."""
    return _COLOURS[payment.status]


def payment_line(payment: PaymentView, now: int) -> Content:
    """When, which way, how much, how it stands; never what others wrote."""
    when = fmt.clock(payment.settled or payment.created, now)
    arrow = "↑" if payment.outgoing else "↓"
    amount = (
        fmt.signed(payment.amount_msat, outgoing=payment.outgoing)
        if payment.amount_msat is not None
        else "any amount"
    )
    fee = f"fee {fmt.exact(payment.fee_msat)}" if payment.fee_msat else ""
    return Content.assemble(
        (f"{when:<12} ", MUTED),
        f"{arrow} {amount:>18}  ",
        (f"{status_word(payment):<10}", colour(payment)),
        (fee, MUTED),
    )


def title(payment: PaymentView) -> str:
    """The headline of its page or receipt."""
    amount = fmt.msat(payment.amount_msat) if payment.amount_msat is not None else "any amount"
    match payment.status:
        case PaymentStatus.PAID:
            return f"✓ Paid {amount}" if payment.outgoing else f"✓ Received {amount}"
        case PaymentStatus.FAILED | PaymentStatus.EXPIRED:
            return f"✗ Not paid: {amount}" if payment.outgoing else f"✗ Not received: {amount}"
        case PaymentStatus.STUCK:
            return f"! Stuck: {amount}"
        case PaymentStatus.IN_FLIGHT:
            return f"… Paying {amount}" if payment.outgoing else f"… {amount} is arriving"
        case PaymentStatus.WAITING:
            return f"● Waiting for {amount}"


def sentence(payment: PaymentView, now: int) -> str:
    """How it stands, whole; for a failed one the node's reason and where the money is."""
    match payment.status:
        case PaymentStatus.PAID:
            when = fmt.clock(payment.settled, now)
            return f"Settled {when}. This is final."
        case PaymentStatus.FAILED if payment.outgoing:
            return f"{payment.reason} Nothing left your wallet.".lstrip()
        case PaymentStatus.FAILED:
            return payment.reason
        case PaymentStatus.EXPIRED:
            return "The invoice expired without being paid."
        case PaymentStatus.STUCK:
            return f"{payment.reason} It is neither paid nor failed; do not pay it again.".lstrip()
        case PaymentStatus.IN_FLIGHT if payment.outgoing:
            return "On its way. It cannot be taken back, and nothing is final yet."
        case PaymentStatus.IN_FLIGHT:
            return "It is here and being settled."
        case PaymentStatus.WAITING:
            return (
                f"The invoice can be paid until {fmt.clock(payment.expires, now)} "
                f"({fmt.left(payment.expires, now)})."
            )
