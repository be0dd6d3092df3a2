"""Refusals: what the node says when a command cannot be carried out now. Typed, shown, harmless."""

from __future__ import annotations

import enum
from typing import Final

import msgspec


class RefusalCode(enum.Enum):
    """Why not. The name is stable: scripts read it."""

    BAD_INPUT = "bad_input"  # the text is not what it should be
    WRONG_NETWORK = "wrong_network"
    EXPIRED = "expired"
    ALREADY_PAID = "already_paid"
    IN_FLIGHT = "in_flight"  # the same payment is under way
    NOT_ENOUGH = "not_enough"  # the balance or a limit does not allow the amount
    MUST_STAY = "must_stay"  # coins that are kept to close channels with would be spent
    TOO_SMALL = "too_small"
    NO_ROUTE = "no_route"
    CHANGED = "changed"  # what was looked at is not so any more
    FEE_TOO_HIGH = "fee_too_high"
    FEE_TOO_LOW = "fee_too_low"  # it would change nothing, or nobody would take it
    PEER_UNREACHABLE = "peer_unreachable"
    PEER_REFUSED = "peer_refused"
    CHANNEL_BUSY = "channel_busy"  # not in a state in which this can be done
    CHANNEL_FROZEN = "channel_frozen"  # by a bug of ours, or a damaged row
    UNKNOWN = "unknown"  # no such channel, payment, peer
    DISK = "disk"  # full or read-only: nothing was changed
    NOT_READY = "not_ready"
    LOCKED = "locked"  # until the wallet is unlocked
    NO_WALLET = "no_wallet"  # no words are kept in its folder yet


class Refused(msgspec.Struct, frozen=True, tag=True):
    """A command that was not carried out; nothing changed.

    `message` says what is wrong, `remedy` what the user can do; both are whole plain sentences of
    ours. Words of others stand in them only as a quotation (`Untrusted.quoted`).
    """

    code: RefusalCode
    message: str
    remedy: str = ""


LOCKED: Final = Refused(
    RefusalCode.LOCKED, "The wallet is locked.", "Unlock it first: lnwallet-tui unlock"
)
"""Of what moves money, until it is unlocked."""
