"""One payment of others on its way through us: a pure machine from the offer to the settlement.

Its record is durable before the outgoing HTLC leaves. The incoming HTLC is failed only once the
removal of the outgoing one is irrevocable, and a preimage is durable before anything else is done
with it: so whatever crashes, we are never the one who pays.

An HTLC is known by its channel and id, so one that stands when a connection or the program begins
anew is not taken for another. An onion that comes again in a new HTLC does not pass again: see
`node/payments/passed_onions.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import assert_never

import msgspec
from msgspec.structs import replace

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.onion.failure import build_error, wrap_error
from lnwallet_tui.onion.messages import (
    Failure,
    OtherFailure,
    PermanentChannelFailure,
    TemporaryChannelFailure,
)
from lnwallet_tui.payment.effects import RefuseHtlc, SettleHtlc
from lnwallet_tui.payment.events import (
    HtlcArrived,
    HtlcFailed,
    HtlcFulfilled,
    HtlcNeverSent,
    HtlcTimedOut,
)
from lnwallet_tui.payment.forwarding import Leg
from lnwallet_tui.payment.records import HtlcName


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that passes through us: the HTLC that came and the one that left.

    `onion_hash` is the SHA-256 of the onion that left: a peer that could not read it says so by
    that. `reason` is the error packet with which the incoming HTLC was refused. Neither `preimage`
    nor `reason`: the outgoing HTLC is pending, or was not offered yet.
    """

    payment_hash: bytes
    incoming_channel: bytes
    incoming_htlc: int
    incoming_amount: Msat
    incoming_expiry: int
    shared_secret: bytes
    outgoing_channel: bytes
    outgoing_amount: Msat
    outgoing_expiry: int
    onion_hash: bytes
    outgoing_htlc: int | None = None
    preimage: bytes | None = None
    reason: bytes | None = None

    def __repr__(self) -> str:
        return f"Forward({self.payment_hash.hex()[:8]}…, {self.incoming_htlc}, {self.state})"

    @property
    def incoming(self) -> HtlcName:
        """By which the record is known."""
        return self.incoming_channel, self.incoming_htlc

    @property
    def outgoing(self) -> HtlcName | None:
        """The HTLC that left, once it has a name."""
        return None if self.outgoing_htlc is None else (self.outgoing_channel, self.outgoing_htlc)

    @property
    def state(self) -> str:
        """In one word."""
        if self.preimage is not None:
            return "fulfilled"
        return "pending" if self.reason is None else "refused"

    @property
    def is_over(self) -> bool:
        """Whether the incoming HTLC has its answer."""
        return self.preimage is not None or self.reason is not None

    @property
    def fee(self) -> Msat:
        """What we earn if it is fulfilled."""
        return self.incoming_amount - self.outgoing_amount


@dataclass(frozen=True, slots=True)
class OfferForward:
    """Offer the outgoing HTLC; answer with `ForwardOffered` or `ForwardRefused`."""

    incoming: HtlcName
    channel_id: bytes
    amount: Msat
    payment_hash: bytes
    cltv_expiry: int
    onion: bytes


@dataclass(frozen=True, slots=True)
class ForwardOffered:
    """The channel took the outgoing HTLC and named it."""

    htlc_id: int


@dataclass(frozen=True, slots=True)
class ForwardRefused:
    """The channel would not take it: it was never sent. `update` is ours for that channel."""

    update: bytes = b""


ForwardEvent = (
    ForwardOffered | ForwardRefused | HtlcFulfilled | HtlcFailed | HtlcTimedOut | HtlcNeverSent
)
ForwardEffect = OfferForward | SettleHtlc | RefuseHtlc


@dataclass(frozen=True, slots=True)
class Step:
    """The record after an event, to be committed before the effects are performed."""

    forward: Forward
    effects: tuple[ForwardEffect, ...] = ()


def begin(htlc: HtlcArrived, leg: Leg, shared_secret: bytes, next_packet: bytes) -> Step:
    """Forward `htlc`, which is irrevocably committed, by `leg`.

    BOLT 2: "until an incoming HTLC has been irrevocably committed: MUST NOT offer the corresponding
    outgoing HTLC".
    """
    forward = _record(htlc, leg, shared_secret, next_packet)
    offer = OfferForward(
        incoming=forward.incoming,
        channel_id=leg.channel_id,
        amount=leg.amount,
        payment_hash=htlc.payment_hash,
        cltv_expiry=leg.cltv_expiry,
        onion=next_packet,
    )
    return Step(forward, (offer,))


def begin_again(
    htlc: HtlcArrived,
    leg: Leg,
    shared_secret: bytes,
    next_packet: bytes,
    left: tuple[int | None, bytes | None] | None,
) -> Step:
    """The record of `htlc` once more, where it was damaged. `left` is the id of the HTLC that
    stands in a channel for it, if that is known, with its preimage where that was shown; None where
    none does.

    Then it never left, or has come back: had it been taken, the preimage would be lost with the
    record, and nothing be gained by waiting for it.
    """
    forward = _record(htlc, leg, shared_secret, next_packet)
    if left is None:
        return _refused(forward, _error(forward, TemporaryChannelFailure(b"")))
    outgoing_htlc, preimage = left
    forward = replace(forward, outgoing_htlc=outgoing_htlc)
    return Step(forward) if preimage is None else _fulfilled(forward, preimage)


def _record(htlc: HtlcArrived, leg: Leg, shared_secret: bytes, next_packet: bytes) -> Forward:
    forward = Forward(
        payment_hash=htlc.payment_hash,
        incoming_channel=htlc.channel_id,
        incoming_htlc=htlc.htlc_id,
        incoming_amount=htlc.amount,
        incoming_expiry=htlc.cltv_expiry,
        shared_secret=shared_secret,
        outgoing_channel=leg.channel_id,
        outgoing_amount=leg.amount,
        outgoing_expiry=leg.cltv_expiry,
        onion_hash=sha256(next_packet),
    )
    assert forward.fee.value >= 0, "who forwards more than it gets pays for others"
    return forward


def step(forward: Forward, event: ForwardEvent) -> Step:
    """The record after `event`; what comes after the end changes nothing, but for a preimage."""
    match event:
        case HtlcFulfilled():
            return _fulfilled(forward, event.preimage)
        case ForwardOffered():
            return Step(replace(forward, outgoing_htlc=event.htlc_id))
        case ForwardRefused():
            return _refused(forward, _error(forward, TemporaryChannelFailure(event.update)))
        case HtlcNeverSent():  # so the next HTLC may have its id
            nameless = replace(forward, outgoing_htlc=None)
            return _refused(nameless, _error(nameless, TemporaryChannelFailure(b"")))
        case HtlcTimedOut():
            return _refused(forward, _error(forward, PermanentChannelFailure()))
        case HtlcFailed():
            return _refused(forward, _passed_back(forward, event))
        case _:
            assert_never(event)


def resume(
    forward: Forward, incoming: Collection[HtlcName], outgoing: Collection[HtlcName]
) -> Step:
    """After a start of the program. `incoming` and `outgoing` are the HTLCs of this hash that any
    channel holds, unresolved; other records', and payments of ours, are among them.

    An outgoing HTLC without a name was never sent, nor is one pending that no channel holds: a
    channel names it here in the transaction in which it takes it, and forgets it only in one that
    commits its outcome here.
    """
    if forward.is_over:
        return Step(forward, _answer(forward) if forward.incoming in incoming else ())
    if forward.outgoing is not None and forward.outgoing in outgoing:
        return Step(forward)
    return _refused(forward, _error(forward, TemporaryChannelFailure(b"")))


def _fulfilled(forward: Forward, preimage: bytes) -> Step:
    """BOLT 2: "upon receiving an `update_fulfill_htlc` […] MUST fulfill the incoming HTLC"."""
    assert sha256(preimage) == forward.payment_hash, "a channel checks preimages"
    if forward.preimage is not None:
        return Step(forward)
    fulfilled = replace(forward, preimage=preimage, reason=None)
    return Step(fulfilled, _answer(fulfilled))


def _refused(forward: Forward, reason: bytes) -> Step:
    if forward.is_over:
        return Step(forward)
    refused = replace(forward, reason=reason)
    return Step(refused, _answer(refused))


def _answer(forward: Forward) -> tuple[ForwardEffect, ...]:
    """What the incoming HTLC is told."""
    if forward.preimage is not None:
        return (SettleHtlc(*forward.incoming, forward.preimage),)
    assert forward.reason is not None, "an answer is given once it is known"
    return (RefuseHtlc(*forward.incoming, forward.reason),)


def _error(forward: Forward, failure: Failure) -> bytes:
    return build_error(forward.shared_secret, failure)


def _passed_back(forward: Forward, event: HtlcFailed) -> bytes:
    """The error of somebody behind us in one more layer; or our own, for a peer that could not
    read the onion and so could not encrypt for the payer.

    BOLT 2: "if it receives `update_fail_malformed_htlc`: […] MUST return an error in the
    `update_fail_htlc` sent to the link which originally sent the HTLC, using the `failure_code`
    given and setting the data to `sha256_of_onion`".
    """
    if event.reason is not None:
        return wrap_error(forward.shared_secret, event.reason)
    return _error(forward, OtherFailure(event.failure_code, forward.onion_hash))
