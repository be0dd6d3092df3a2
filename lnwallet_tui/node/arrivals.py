"""From what a channel says of an HTLC that came to what a payment wants to know of it."""

from __future__ import annotations

from lnwallet_tui.channel.effects import HtlcReceived
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.payment.events import HtlcArrived


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
