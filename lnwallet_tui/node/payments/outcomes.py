"""What the chain decides about payments that were under way in a channel when it was closed."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.channel.htlcs import Htlc, Side
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.node.payments.payments import Payments
from lnwallet_tui.onchain.classify import Ours, Revoked, Theirs
from lnwallet_tui.onchain.ended import (
    came_back,
    has_output,
    is_close_buried,
    is_unseen,
    was_taken,
)
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.payment.events import HtlcUnseen
from lnwallet_tui.payment.records import InvoiceStatus
from lnwallet_tui.policy import Policy
from lnwallet_tui.store.db import Transaction


def tell(
    tx: Transaction,
    payments: Payments,
    channel: Channel,
    resolution: Resolution,
    height: int,
    policy: Policy,
) -> None:
    """Tell payments what is certain. Told again with every block, which changes nothing.

    A preimage counts as soon as it is seen; that an HTLC came back, or was taken by us, only once
    that is buried; that one offered to us was lost, only once the whole close is.
    """
    close = _Close(channel, resolution, height, policy)
    for htlc in channel.ledger.htlcs:
        if htlc.offered_by is Side.US:
            _outgoing(tx, payments, close, htlc)
        else:
            _incoming(tx, payments, close, htlc)


@dataclass(frozen=True, slots=True)
class _Close:
    """What has become of a channel up to that height."""

    channel: Channel
    resolution: Resolution
    height: int
    policy: Policy


def _outgoing(tx: Transaction, payments: Payments, close: _Close, htlc: Htlc) -> None:
    channel_id, resolution = close.channel.channel_id, close.resolution
    preimage = htlc.preimage or resolution.preimages.get(htlc.payment_hash)
    if preimage is not None:
        payments.shown(tx, channel_id, htlc.id, preimage)
        return
    if is_unseen(resolution, htlc):
        payments.open_still(tx, htlc.payment_hash, HtlcUnseen(channel_id, htlc.id))
    if came_back(resolution, htlc, close.height, close.policy):
        # BOLT 5: "for any committed HTLC that does NOT have an output in this commitment
        # transaction: if the payment preimage is known: MUST fulfill the corresponding incoming
        # HTLC (if any)": another part of the payment may have shown it.
        if not has_output(resolution, htlc):
            preimage = payments.seen_elsewhere(channel_id, htlc.id)
        if preimage is not None:
            payments.shown(tx, channel_id, htlc.id, preimage)
        else:
            payments.timed_out(tx, channel_id, htlc.id, htlc.payment_hash)


def _incoming(tx: Transaction, payments: Payments, close: _Close, htlc: Htlc) -> None:
    invoice = payments.book.issued_if_whole(htlc.payment_hash)
    if invoice is None:
        return
    channel_id, resolution, height = close.channel.channel_id, close.resolution, close.height
    is_ours = was_taken(resolution, htlc, height, close.policy) or _was_settled(close, htlc)
    if invoice.status is not InvoiceStatus.WAITING and is_ours:
        payments.settled(tx, channel_id, htlc.id, invoice.preimage)
    elif resolution.is_final(height):
        payments.lost(tx, channel_id, htlc.id, htlc.payment_hash)


def _was_settled(close: _Close, htlc: Htlc) -> bool:
    """Whether what came to the chain is a commitment in which the HTLC, irrevocably committed once,
    is no more: our preimage has turned it into balance of ours.

    One that is there without an output was too small for one: its amount went to the miner.
    """
    channel, resolution = close.channel, close.resolution
    if htlc.preimage is None or not is_close_buried(resolution, close.height, close.policy):
        return False
    match resolution.close:
        case Ours():
            standing = {(one.htlc_id, one.offered) for one in channel.our_commitment.spec.htlcs}
            return (htlc.id, False) not in standing
        case Theirs(commitment=commitment):
            standing = {(one.htlc_id, one.offered) for one in commitment.spec.htlcs}
            return (htlc.id, True) not in standing
        case Revoked():
            return resolution.is_final(close.height)  # the whole channel is ours
        case _:
            return False
