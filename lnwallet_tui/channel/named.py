"""Which output pays for a channel is the peer's to name where the peer pays: it may be any, a coin
of our wallet too, until the chain has shown what it is."""

from __future__ import annotations

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel


def is_only_named(channel: Channel) -> bool:
    """Whether nothing but the peer's word says that the funding output is the channel's."""
    if channel.we_fund or channel.restored or channel.ready.sent:
        return False
    return channel.funding.confirmed is None and channel.spend is None


def is_closed_by(channel: Channel, tx: Tx) -> bool:
    """Whether `tx`, which spends the output that is named, ends the channel: what is spent shows
    the script that it paid to, so that one of other people shows another."""
    if not is_only_named(channel):
        return True
    outpoint, script = channel.funding.outpoint, channel.params(Side.US).funding_script
    return any(one.outpoint == outpoint and one.witness[-1:] == (script,) for one in tx.inputs)
