"""From what a channel says of HTLCs that came to what a payment wants to know of them."""

from __future__ import annotations

from lnwallet_tui.channel.effects import HtlcReceived
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.payment.events import HtlcArrived


def offered_hashes(channel: Channel) -> set[bytes]:
    """The payment hashes of what the peer offers in commitments that count, or would."""
    ours, theirs = channel.our_commitment, (channel.their_current, channel.their_next)
    committed = {htlc.payment_hash for htlc in ours.spec.htlcs if not htlc.offered}
    for one in theirs:
        if one is not None:
            committed |= {htlc.payment_hash for htlc in one.spec.htlcs if htlc.offered}
    for_us = (htlc for htlc in channel.ledger.htlcs if htlc.offered_by is Side.THEM)
    return committed | {htlc.payment_hash for htlc in for_us}


def arrived_htlc(channel: Channel, effect: HtlcReceived) -> HtlcArrived:
    """The HTLC that `channel` now holds irrevocably."""
    htlc = channel.ledger.find(Side.THEM, effect.htlc_id)
    return HtlcArrived(
        channel_id=channel.channel_id,
        htlc_id=effect.htlc_id,
        amount=effect.amount,
        payment_hash=effect.payment_hash,
        cltv_expiry=effect.cltv_expiry,
        onion=effect.onion,
        path_key=None if htlc is None else htlc.path_key,
        excess_dust=htlc is not None and htlc.excess_dust,
    )
