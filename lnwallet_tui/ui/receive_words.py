"""Receive in words: what can be received, who cannot be paid through, what waits to be paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from lnwallet_tui.api.views import ChannelState, PaymentStatus, PaymentView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui import payment_words
from lnwallet_tui.ui.picture import Picture

_MOST_CHANNELS: Final = 2  # of which each is said why it cannot be paid to, at 80 by 24

ANOTHER_WAY: Final = (
    "If it does not scan: {receive.qr_mode} draws it in another way, {receive.image} opens it "
    "as an image."
)
FROM_BEFORE: Final = (
    "This stands here from before. What you type takes its place; → goes on with it; Clear empties "
    "both."
)
A_GUESS: Final = (
    "It fits only in characters that this terminal may not have. If the square looks empty, "
    "{receive.image} "
    "opens it as an image; in a larger window it is drawn larger."
)

THE_SAME: Final = "It is the same address once more: what stands beside it says why."
_HOW: Final = "Somebody has to open a channel to you, or you pay {} first."
_HOW_TO_BEGIN: Final = (
    "Somebody has to open one to you; or you open one, and pay something through it first."
)
_OVER: Final = (ChannelState.CLOSING, ChannelState.CLOSED)


class Shown(NamedTuple):
    """What a code says: an invoice, or an address, which has no payment."""

    text: str
    payment_hash: str


def _at_least(sat: int) -> str:
    return f"at least {fmt.sat(sat)}" if sat else "something"


def room(picture: Picture, *, playground: bool) -> str:
    """How much can be received now, or how to come to where anything can."""
    receivable = picture.balance.can_receive_msat
    if receivable:
        return f"You can receive up to {fmt.msat(receivable)} now."
    is_there = any(one.state not in _OVER for one in picture.channels)
    how = (
        "{everywhere.people} shows who could open a channel to you."
        if playground
        else _HOW.format(_at_least(picture.to_pay_first_sat()))
        if is_there
        else _HOW_TO_BEGIN
    )
    why = "no channel has room on its other side" if is_there else "you have no channel"
    return f"Nobody can pay you yet: {why}. {how}"


def unreachable(picture: Picture, who: Callable[[str], str]) -> str:
    """The channels that an invoice cannot lead to yet, and who must act."""
    cut_off = [channel for channel in picture.channels if channel.unreachable]
    lines = [f"! {who(one.peer_id)}: {one.unreachable}" for one in cut_off]
    if len(lines) > _MOST_CHANNELS:
        more = len(lines) - _MOST_CHANNELS
        lines = [*lines[:_MOST_CHANNELS], f"! So it is with {more} more. See Channels."]
    return "\n".join(lines)


def is_too_much(picture: Picture | None, amount_sat: int) -> bool:
    """Whether it cannot be received now."""
    return picture is None or max(1, amount_sat * 1000) > picture.balance.can_receive_msat


def state(payment: PaymentView, picture: Picture) -> str:
    """How a payment stands; of an invoice that waits also that nobody can pay it, as it is after
    the last channel closed."""
    said = payment_words.sentence(payment, picture.status.now)
    if not cannot_be_paid(payment, picture):
        return said
    is_there = any(one.state not in _OVER for one in picture.channels)
    why = "no channel of yours can take it" if is_there else "you have no channel"
    return f"Nobody can pay this now: {why}. {said}"


def cannot_be_paid(payment: PaymentView, picture: Picture) -> bool:
    """Whether it waits in vain."""
    is_waiting = payment.status is PaymentStatus.WAITING and not payment.outgoing
    return is_waiting and max(1, payment.amount_msat or 0) > picture.balance.can_receive_msat


def what_helps(picture: Picture | None) -> str:
    """To ask for less helps only where anything can be received."""
    if picture is not None and picture.balance.can_receive_msat >= 1000:
        return "Ask for less, or make it anyway and let somebody open a channel to you."
    return "Make it anyway, and let somebody open a channel to you."


def waits(shown: Shown | None, picture: Picture | None) -> bool:
    """Whether it is still there to be paid."""
    if shown is None or picture is None or not shown.payment_hash:
        return shown is not None
    payment = picture.payment(shown.payment_hash)
    return payment is not None and payment.status is PaymentStatus.WAITING


def is_known(shown: Shown | None, picture: Picture | None) -> bool:
    """Whether it can be shown again: its code, or what became of it."""
    if shown is None or picture is None:
        return False
    return not shown.payment_hash or picture.payment(shown.payment_hash) is not None


def aside(shown: Shown | None, picture: Picture) -> str:
    """What became of the one before, above the form for the next."""
    if shown is None:
        return ""
    if not shown.payment_hash:
        return "The Bitcoin address stays yours: {receive.show_again} shows it again."
    payment = picture.payment(shown.payment_hash)
    if payment is None:
        return ""
    title = payment_words.title(payment)
    if payment.status is not PaymentStatus.WAITING:
        return f"The invoice before: {title} ({{receive.show_again}} shows it again)"
    return f"{title}, as before: {{receive.show_again}} shows its code again."
