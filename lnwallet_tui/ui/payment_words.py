"""Payments in words: a line for a list, a title and a sentence for a page."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from textual.content import Content

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.words import MUTED, Fact

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
NEW_INVOICE: Final = "Ask the receiver for a new invoice."
"""As the node says it where no other try helps."""
_BY_CHAIN: Final = (
    "Nobody was paid. Its channel was closed meanwhile; what that cost stands on the channel's "
    "page, under Channels."
)
_ITS_COST: Final = "What the close cost stands on the channel's page, under Channels."
_TWICE: Final = "Its invoice has expired; if the receiver has it, a new one would be paid twice."
_PART: Final = {PaymentStatus.IN_FLIGHT: "part out", PaymentStatus.STUCK: "part stuck"}
_MOVES: Final = {PaymentStatus.IN_FLIGHT, PaymentStatus.PAID, PaymentStatus.STUCK}

_WHOM: Final = 27  # cells that are left on a line of 80
_AND: Final = ", "  # between who is paid and what was noted
_SHORTEST_NOTE: Final = 4  # cells: less says nothing
_PLAIN: Final = re.compile(r"(?!.*\b[Ss]ats?\b)“[A-Za-z][A-Za-z0-9 ._-]*…?”")
_LEFTWARDS: Final = frozenset({"R", "AL", "AN"})  # as Unicode's bidirectional algorithm has them


def whose_words(payment: PaymentView) -> str:
    """What stands before the words of its invoice."""
    return "its words" if payment.outgoing else "on your invoice"


def begun(payment: PaymentView) -> int:
    """When it was begun, as every list has it: where it failed before, the first time."""
    return payment.first_begun or payment.created


def has_expired(payment: PaymentView, now: int) -> bool:
    """Whether its invoice can be paid no more."""
    return bool(payment.invoice) and now >= payment.expires


def may_try_again(payment: PaymentView | None, now: int) -> bool:
    """Whether it is one of ours that was not paid, and another try may end otherwise: not where
    only another invoice helps."""
    if payment is None or not payment.outgoing or payment.status is not PaymentStatus.FAILED:
        return False
    if payment.may_be_paid:
        return False
    return not has_expired(payment, now) and NEW_INVOICE not in payment.reason


def is_open(payment: PaymentView) -> bool:
    """Whether it is not known yet what comes of it."""
    return payment.status in (PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK)


def expiry(payment: PaymentView, ends_by: int, tip: int, now: int) -> list[Fact]:
    """When the last of its HTLCs ends, while it is open; `ends_by` 0: it has none."""
    if not ends_by or not is_open(payment):
        return []
    if ends_by <= tip:
        return [Fact("Expired", f"{fmt.height(ends_by)}; it comes back, or is taken to chain")]
    until = fmt.expected(ends_by, tip, now)
    return [Fact("Expires", f"{until}; then it comes back, or is taken to chain")]


def status_word(payment: PaymentView) -> str:
    """One or two words for how it stands."""
    if payment.may_be_paid:
        return "unknown"
    if is_part_out(payment):
        return _PART[payment.status]
    return (_OUT if payment.outgoing else _IN)[payment.status]


def colour(payment: PaymentView) -> str:
    """The colour that repeats the word."""
    return _COLOURS[payment.status]


def is_part_out(payment: PaymentView) -> bool:
    """Whether only a part of it is under way."""
    return is_open(payment) and 0 < payment.out_msat < (payment.amount_msat or 0)


def amount(payment: PaymentView) -> str:
    """Its amount; a sign only where something moved, or is moving: then no more than does."""
    if payment.amount_msat is None:
        return "any amount"
    if is_part_out(payment):
        return fmt.signed(payment.out_msat, outgoing=payment.outgoing)
    if payment.status not in _MOVES:
        return fmt.msat(payment.amount_msat)
    return fmt.signed(payment.amount_msat, outgoing=payment.outgoing)


def payee_fact(payee: str, name: str) -> Fact:
    """Who is paid: the name that this wallet knows them by, and the ends of their id."""
    return Fact("To", f"{name}, {fmt.short(payee)}" if name else fmt.short(payee))


def whom_or_what(payment: PaymentView, name: str, cells: int) -> str:
    """What tells this payment from others: who is paid and what the user noted; of one to us what
    they noted, else what stands on the invoice. `name` is what we call the payee; a node without
    any name gives way to a note. Who paid us is not known to anybody but them.

    What the payee calls itself stands in quotation marks, and only beside an amount where it is of
    plain letters: nothing in it can change how a number is read. A note of the user's must not be
    written from right to left, for the same reason.
    """
    if not payment.outgoing:
        return first_readable((payment.note, payment.description), cells)
    called = _called(payment, name, cells)
    left = cells - len(called) - len(_AND)
    note = first_readable((payment.note,), left if called else cells)
    if called and note and left >= _SHORTEST_NOTE:
        return f"{called}{_AND}{note}"
    return called or note or fmt.short(payment.payee)


def noted(payment: PaymentView, name: str) -> str:
    """What stands before the user's note where it is shown by itself, with the payee's id where a
    list has the note in its place."""
    if not payment.outgoing or not payment.payee or _called(payment, name, _WHOM):
        return "you noted: "
    return f"to {fmt.short(payment.payee)}, you noted: "


def _called(payment: PaymentView, name: str, cells: int) -> str:
    """The payee's name, ours or the one of its own; empty where there is none to be trusted."""
    itself = payment.payee_name.quoted(cells - 2)
    return name[:cells] or (itself if _PLAIN.fullmatch(itself) else "")


def first_readable(texts: tuple[Untrusted, ...], cells: int) -> str:
    """The first of them that may stand beside an amount."""
    for text in texts:
        if (words := text.cells(max(0, cells))) and _runs_rightwards(words):
            return words
    return ""


def _runs_rightwards(text: str) -> bool:
    return not any(unicodedata.bidirectional(char) in _LEFTWARDS for char in text)


def payment_line(payment: PaymentView, now: int, name: str) -> Content:
    """When it was begun, which way, how much, how it stands, to whom or what for."""
    when = fmt.clock(begun(payment), now)
    arrow = "↑" if payment.outgoing else "↓"
    return Content.assemble(
        (f"{when:<12} ", MUTED),
        f"{arrow} {amount(payment):>18}  ",
        (f"{status_word(payment):<10}  ", colour(payment)),
        whom_or_what(payment, name, _WHOM),
    )


def title(payment: PaymentView) -> str:
    """The headline of its page or receipt."""
    whole = fmt.msat(payment.amount_msat) if payment.amount_msat is not None else "any amount"
    match payment.status:
        case PaymentStatus.PAID:
            return f"✓ Paid {whole}" if payment.outgoing else f"✓ Received {whole}"
        case PaymentStatus.FAILED if payment.may_be_paid:
            return f"! Not known whether paid: {whole}"
        case PaymentStatus.FAILED | PaymentStatus.EXPIRED:
            return f"✗ Not paid: {whole}" if payment.outgoing else f"✗ Not received: {whole}"
        case PaymentStatus.STUCK:
            return f"! Stuck: {whole}"
        case PaymentStatus.IN_FLIGHT:
            return f"… Paying {whole}" if payment.outgoing else f"… {whole} is arriving"
        case PaymentStatus.WAITING:
            return f"● Waiting for {whole}"


def _not_paid(payment: PaymentView, now: int) -> str:
    if payment.may_be_paid:
        expired = f" {_TWICE}" if has_expired(payment, now) else ""
        return f"{payment.reason} {_ITS_COST}{expired}"
    where = _BY_CHAIN if payment.by_chain else "Nothing left your wallet."
    words = f"{payment.reason} {where}".lstrip()
    if has_expired(payment, now) and NEW_INVOICE not in payment.reason:
        words += f" Its invoice has expired. {NEW_INVOICE}"
    return words


def sentence(payment: PaymentView, now: int) -> str:
    """How it stands, whole; for a failed one the node's reason and where the money is."""
    match payment.status:
        case PaymentStatus.PAID:
            when = fmt.clock(payment.settled, now)
            return f"Settled {when}. This is final."
        case PaymentStatus.FAILED if payment.outgoing:
            return _not_paid(payment, now)
        case PaymentStatus.FAILED:
            return payment.reason
        case PaymentStatus.EXPIRED:
            return "The invoice expired without being paid."
        case PaymentStatus.STUCK:
            return f"{payment.reason} It is neither paid nor failed; do not pay it again.".lstrip()
        case PaymentStatus.IN_FLIGHT if payment.outgoing:
            part = ""
            if is_part_out(payment):
                part = f" {fmt.msat(payment.out_msat)} of it are out; for the rest a way is sought."
            return f"On its way.{part} It cannot be taken back, and nothing is final yet."
        case PaymentStatus.IN_FLIGHT:
            return "It is here and being settled."
        case PaymentStatus.WAITING:
            return (
                f"The invoice can be paid until {fmt.clock(payment.expires, now)} "
                f"({fmt.left(payment.expires, now)})."
            )
