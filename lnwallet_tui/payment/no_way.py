"""Why there is no way, in whole sentences: what binds, and what the user can do."""

from __future__ import annotations

from typing import assert_never

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.routing.reasons import (
    FeeAboveLimit,
    FirstHopsTooSmall,
    LimitsTogether,
    LockAboveLimit,
    MinimumsTooHigh,
    NoConnection,
    NoFirstHop,
    NoneQuickAndShort,
    NoRoomForFees,
    PayeeAcceptsLess,
    PayeeUnknown,
    Reason,
    WayTooLong,
    WayTooNarrow,
)


def refused(reason: Reason, asked_msat: int = 0) -> Refused:
    """The refusal of a payment of `asked_msat` for `reason`."""
    code, message, remedy = _words(reason)
    if asked_msat and isinstance(reason, FirstHopsTooSmall):
        message += f" {_sat(asked_msat)} are asked for."
    return Refused(code, message, remedy)


def _words(reason: Reason) -> tuple[RefusalCode, str, str]:
    match reason:
        case NoFirstHop():
            return (
                RefusalCode.NOT_ENOUGH,
                "No channel of yours can send anything now.",
                "Open a channel, or wait until a peer is back.",
            )
        case FirstHopsTooSmall(most, together):
            return (
                RefusalCode.NOT_ENOUGH,
                f"Your channels can send at most {_sat(most)}"
                + (
                    f" through one of them, {_sat(together)} in parts over all."
                    if together > most
                    else "."
                ),
                "Pay less, or open another channel.",
            )
        case PayeeUnknown():
            return (
                RefusalCode.NO_ROUTE,
                "No way to the receiver is known.",
                "It has no channel that is known here and can be used: ask it for an invoice that "
                "says the way, or open a channel to it.",
            )
        case NoConnection():
            return (
                RefusalCode.NO_ROUTE,
                "No way to the receiver is known.",
                "Open a channel to the receiver, or to somebody who is connected to it.",
            )
        case PayeeAcceptsLess(1, most):
            return (
                RefusalCode.NO_ROUTE,
                f"The receiver's only channel accepts at most {_sat(most)} at once.",
                "Pay less, or open a channel to the receiver.",
            )
        case PayeeAcceptsLess(channels, most):
            return (
                RefusalCode.NO_ROUTE,
                f"None of the receiver's {channels} channels accepts more than {_sat(most)} at "
                "once.",
                "Pay less, or open a channel to the receiver.",
            )
        case WayTooNarrow(most):
            return (
                RefusalCode.NO_ROUTE,
                f"No way to the receiver carries more than {_sat(most)} at once.",
                "Pay less, or open a channel closer to the receiver.",
            )
        case MinimumsTooHigh(needed, most):
            return (
                RefusalCode.NO_ROUTE,
                "On every way to the receiver a channel takes only payments larger than the rest "
                f"of that way carries: on the cheapest, {_sat(needed, up=True)} where there is "
                f"room for {_sat(most)}.",
                "Open a channel closer to the receiver.",
            )
        case NoRoomForFees(most):
            return (
                RefusalCode.NO_ROUTE,
                "No way to the receiver has room for this amount with the fees on top of it: at "
                f"most {_sat(most)} could arrive.",
                "Pay a little less, or open a channel closer to the receiver.",
            )
        case FeeAboveLimit(fee):
            return (
                RefusalCode.FEE_TOO_HIGH,
                f"The cheapest way costs {_sat(fee, up=True)}, more than your limit.",
                "Allow a higher fee, or open a channel closer to the receiver.",
            )
        case LockAboveLimit(blocks):
            return (
                RefusalCode.NO_ROUTE,
                f"Every way could lock the payment for {blocks:,} blocks or longer.",
                "Open a channel closer to the receiver, so that the way gets shorter.",
            )
        case WayTooLong(most):
            return (
                RefusalCode.NO_ROUTE,
                f"Every way to the receiver passes more than {most} nodes, too many for a payment.",
                "Open a channel closer to the receiver, so that the way gets shorter.",
            )
        case NoneQuickAndShort(blocks):
            return (
                RefusalCode.NO_ROUTE,
                f"What locks the payment for no more than {blocks:,} blocks passes too many nodes.",
                "Open a channel closer to the receiver, so that the way gets shorter.",
            )
        case LimitsTogether(fee):
            return (
                RefusalCode.FEE_TOO_HIGH,
                "The cheap ways lock the payment for too long; the cheapest of the quick ones "
                f"costs {_sat(fee, up=True)}, more than your limit.",
                "Allow a higher fee, or open a channel closer to the receiver.",
            )
        case _:
            assert_never(reason)


def _sat(msat: int, *, up: bool = False) -> str:
    """Whole satoshis: rounded so that the sentence stays true."""
    return f"{(-(-msat // 1000) if up else msat // 1000):,} sat"
