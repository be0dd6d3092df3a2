"""Whether a payment of others may pass: BOLT 4's checks of a forwarding node, in its order.

A wallet forwards nothing; this is for nodes that relay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onion.messages import (
    AmountBelowMinimum,
    ChannelDisabled,
    ExpiryTooFar,
    ExpiryTooSoon,
    Failure,
    FeeInsufficient,
    IncorrectCltvExpiry,
    InvalidOnionPayload,
    TemporaryChannelFailure,
    UnknownNextPeer,
)
from lnwallet_tui.onion.payload import HopPayload
from lnwallet_tui.payment.events import HtlcArrived
from lnwallet_tui.payment.limits import nearest_expiry
from lnwallet_tui.policy import Policy

_AMT_TO_FORWARD: Final = 2
_OUTGOING_CLTV_VALUE: Final = 4


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The channel that a payment is to leave by, and what we ask for that (BOLT 7).

    `update` is our `channel_update` for it as it stands on the wire: the payer is shown it where
    its payment does not comply. `is_live`: its peer is there and it takes HTLCs.
    """

    channel_id: bytes
    fee_base: Msat
    fee_proportional_millionths: int
    cltv_expiry_delta: int
    htlc_minimum: Msat
    htlc_maximum: Msat
    is_disabled: bool
    is_live: bool
    update: bytes

    def fee(self, amount: Msat) -> Msat:
        """What forwarding `amount` costs, rounded down; raises `AmountError` beyond all bitcoin."""
        share = amount.value * self.fee_proportional_millionths // 1_000_000
        return self.fee_base + Msat(share)


@dataclass(frozen=True, slots=True)
class Leg:
    """The HTLC to be offered to the next node."""

    channel_id: bytes
    amount: Msat
    cltv_expiry: int


def judge_forward(
    htlc: HtlcArrived, payload: HopPayload, outgoing: Outgoing | None, height: int, policy: Policy
) -> Leg | Failure:
    """The HTLC to offer for `htlc`, or why it does not pass. `outgoing` is the named channel."""
    if payload.amt_to_forward is None:
        return InvalidOnionPayload(_AMT_TO_FORWARD, 0)
    if payload.outgoing_cltv_value is None:
        return InvalidOnionPayload(_OUTGOING_CLTV_VALUE, 0)
    if outgoing is None:
        return UnknownNextPeer()
    leg = Leg(outgoing.channel_id, payload.amt_to_forward, payload.outgoing_cltv_value)
    return _violation(htlc, leg, outgoing, height, policy) or leg


def _violation(
    htlc: HtlcArrived, leg: Leg, outgoing: Outgoing, height: int, policy: Policy
) -> Failure | None:
    """BOLT 4: "SHOULD select the first error it encounters from the list"."""
    update = outgoing.update
    if not outgoing.is_live or leg.amount > outgoing.htlc_maximum or htlc.excess_dust:
        return ChannelDisabled(0, update) if outgoing.is_disabled else _not_now(update)
    if leg.amount < outgoing.htlc_minimum:
        return AmountBelowMinimum(leg.amount, update)
    if not _pays_the_fee(htlc.amount, leg.amount, outgoing):
        return FeeInsufficient(htlc.amount, update)
    if htlc.cltv_expiry - outgoing.cltv_expiry_delta < leg.cltv_expiry:
        return IncorrectCltvExpiry(leg.cltv_expiry, update)
    # BOLT 2: "MUST fail (and not forward) an HTLC whose fulfillment deadline is already past."
    is_late = htlc.cltv_expiry < nearest_expiry(height, policy)
    if is_late or leg.cltv_expiry <= height + nearest_outgoing(policy):
        return ExpiryTooSoon(update)
    if htlc.cltv_expiry > height + policy.max_htlc_cltv:
        return ExpiryTooFar()
    return ChannelDisabled(0, update) if outgoing.is_disabled else None


def _not_now(update: bytes) -> Failure:
    return TemporaryChannelFailure(update)


def nearest_outgoing(policy: Policy) -> int:
    """Blocks within which we would have to go to chain for an HTLC that we have just offered."""
    return policy.timeout_grace


def _pays_the_fee(received: Msat, amount: Msat, outgoing: Outgoing) -> bool:
    """BOLT 4: "incoming `amount_msat` - `fee` < `amt_to_forward`" is an error. In plain integers:
    what a stranger's onion names may be any amount."""
    share = amount.value * outgoing.fee_proportional_millionths // 1_000_000
    return received.value - outgoing.fee_base.value - share >= amount.value
