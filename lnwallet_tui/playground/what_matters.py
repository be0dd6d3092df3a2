"""What mining stops for: whatever of a wallet its user would want to hear of."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.views import BalanceView, ChannelState, ChannelView


async def what_matters(node: NodeApi) -> tuple[object, ...]:
    """What a user would want to hear of: not that another block confirms something once more, nor
    that the funding of a channel has its first confirmation, which makes it no more usable."""
    channels = await node.channels()
    is_opening = any(one.state is ChannelState.OPENING for one in channels)
    balance = _gist_of(await node.balance(), is_opening=is_opening)
    payments = [(one.payment_hash, one.status) for one in await node.payments()]
    return (balance, tuple(map(_gist, channels)), tuple(payments))


def _gist_of(balance: BalanceView, *, is_opening: bool) -> BalanceView:
    """What is kept for the fees of closes comes and goes with channels, and is nobody's news. While
    a channel opens, neither is that its change is confirmed."""
    balance = replace(balance, bump_reserve_sat=0, bump_reserve_missing_sat=0)
    if not is_opening:
        return balance
    together = balance.onchain_confirmed_sat + balance.onchain_pending_sat
    return replace(balance, onchain_confirmed_sat=together, onchain_pending_sat=0)


def _gist(channel: ChannelView) -> tuple[object, ...]:
    return (
        channel.channel_id,
        channel.state,
        channel.closing_txid,
        channel.closing_kind,
        channel.htlcs,
    )
