"""What a failed payment means, in whole sentences of ours: who could not, and what the user can do.

Nothing that a stranger wrote ever stands in them. A failure is returned by one hop; what it means
depends on whether that hop is the receiver, our own peer, or somebody in between.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onion.codes import FailureCode
from lnwallet_tui.onion.messages import Failure

_AGAIN: Final = "Try again in a few minutes."
_OTHER_WAY: Final = "Another way to the receiver is needed: open a channel to somebody else."
_NEW_INVOICE: Final = "Ask the receiver for a new invoice."
_UNTIL_NEXT: Final = "Try again when it is online; if it is, try a smaller amount."
_UPDATE_US: Final = "Look for a newer version of this wallet."

_Sentence = tuple[str, str]

# May come from everybody.
_ANY: Final[dict[int, _Sentence]] = {
    FailureCode.TEMPORARY_NODE_FAILURE: (
        "{who} cannot handle payments at the moment.",
        _AGAIN,
    ),
    FailureCode.PERMANENT_NODE_FAILURE: (
        "{who} does not handle payments any more.",
        _OTHER_WAY,
    ),
    FailureCode.REQUIRED_NODE_FEATURE_MISSING: (
        "{who} demands a feature that this wallet does not have.",
        _UPDATE_US,
    ),
    FailureCode.INVALID_ONION_VERSION: (
        "{who} does not know the kind of payment packet that it was given.",
        _OTHER_WAY,
    ),
    FailureCode.INVALID_ONION_HMAC: (
        "{who} found the payment packet damaged when it arrived.",
        _AGAIN,
    ),
    FailureCode.INVALID_ONION_KEY: (
        "{who} could not read the key in the payment packet.",
        _AGAIN,
    ),
    FailureCode.INVALID_ONION_PAYLOAD: (
        "{who} did not understand the instructions in the payment packet.",
        _UPDATE_US,
    ),
    FailureCode.INVALID_ONION_BLINDING: (
        "The hidden last part of the way refused the payment without saying why.",
        _NEW_INVOICE,
    ),
    FailureCode.EXPIRY_TOO_FAR: (
        "{who} refuses because the payment could be locked for too long.",
        "Open a channel closer to the receiver, so that the way gets shorter.",
    ),
}

# "A forwarding node MAY, but a final node MUST NOT".
_FORWARDING: Final[dict[int, _Sentence]] = {
    FailureCode.TEMPORARY_CHANNEL_FAILURE: (
        "{who} could not pass {what} on: {next} may be offline, or the channel with it cannot take "
        "it now.",
        _UNTIL_NEXT,
    ),
    FailureCode.PERMANENT_CHANNEL_FAILURE: (
        "{who} could not pass the payment on: its next channel is closed.",
        _OTHER_WAY,
    ),
    FailureCode.REQUIRED_CHANNEL_FEATURE_MISSING: (
        "{who} could not pass the payment on: its next channel demands a feature that this wallet "
        "does not have.",
        _UPDATE_US,
    ),
    FailureCode.UNKNOWN_NEXT_PEER: (
        "{who} does not know the next node on the way, or is not connected to it.",
        _NEW_INVOICE,
    ),
    FailureCode.AMOUNT_BELOW_MINIMUM: (
        "{who} does not pass on amounts as small as this one.",
        "Pay a larger amount, or open a channel to the receiver.",
    ),
    FailureCode.FEE_INSUFFICIENT: (
        "{who} wants a higher fee than it was offered.",
        _AGAIN,
    ),
    FailureCode.INCORRECT_CLTV_EXPIRY: (
        "{who} wants more time between the payment's two halves than it was given.",
        _AGAIN,
    ),
    FailureCode.EXPIRY_TOO_SOON: (
        "The payment came to {who_inside} too late to be passed on safely.",
        _AGAIN,
    ),
    FailureCode.CHANNEL_DISABLED: (
        "{who} has switched off its next channel for now.",
        _AGAIN,
    ),
}

# "An intermediate hop MUST NOT, but the final node".
_FINAL: Final[dict[int, _Sentence]] = {
    FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS: (
        "The receiver does not accept this payment: it does not know the invoice, or the invoice "
        "has expired, was paid already, or asks for another amount.",
        _NEW_INVOICE,
    ),
    FailureCode.FINAL_INCORRECT_CLTV_EXPIRY: (
        "The payment reached the receiver with less time left than we had given it.",
        _AGAIN,
    ),
    FailureCode.FINAL_INCORRECT_HTLC_AMOUNT: (
        "Less reached the receiver than we had sent: somebody on the way kept too much back.",
        _OTHER_WAY,
    ),
    FailureCode.MPP_TIMEOUT: (
        "The receiver waited for the rest of the payment, and it did not come in time.",
        _AGAIN,
    ),
}

UNREADABLE: Final = (
    "The payment failed on the way, and the answer could not be read, so nobody can say where. "
    + _AGAIN
)


def explain(failure: Failure | None, hop: int, hops: int, passed_on: Msat | None = None) -> str:
    """What happened and what to do, for an answer of hop `hop` (0 is our peer) of `hops`, which was
    to pass on so much.

    None is an answer that no hop signed (`decode_error` found no sender).
    """
    if failure is None:
        return UNREADABLE
    what, remedy = _sentence(failure, is_receiver=hop == hops - 1)
    who = _name(hop, hops)
    text = what.format(
        who=who[0].upper() + who[1:],
        who_inside=who,
        what="the payment" if passed_on is None else f"{passed_on.floor_sat().value:,} sat",
        next="the receiver" if hop == hops - 2 else "the next node",
    )
    return f"{text} {remedy}"


def _name(hop: int, hops: int) -> str:
    if hop == hops - 1:
        return "the receiver"
    return "your channel's peer" if hop == 0 else "a node on the way"


def _sentence(failure: Failure, is_receiver: bool) -> _Sentence:
    own = _FINAL if is_receiver else _FORWARDING
    known = _ANY.get(failure.code) or own.get(failure.code)
    if known is not None:
        return known
    if failure.code in (_FORWARDING if is_receiver else _FINAL):
        return "{who} refused the payment with an answer that is not its to give.", _OTHER_WAY
    remedy = _NEW_INVOICE if failure.is_permanent else _AGAIN
    return f"{{who}} refused the payment for a reason unknown to us (code {failure.code}).", remedy
