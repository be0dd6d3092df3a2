"""What mining stops for: whatever of a wallet its user would want to hear of."""

from __future__ import annotations

from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.views import ChannelView


async def what_matters(node: NodeApi) -> tuple[object, ...]:
    """What a user would want to hear of: not that another block confirms something once more."""
    channels = [_gist(channel) for channel in await node.channels()]
    payments = [(one.payment_hash, one.status) for one in await node.payments()]
    return (await node.balance(), tuple(channels), tuple(payments))


def _gist(channel: ChannelView) -> tuple[object, ...]:
    return (
        channel.channel_id,
        channel.state,
        channel.closing_txid,
        channel.closing_kind,
        channel.htlcs,
    )
