"""What lives only as long as a connection, and ends with it."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.channel.effects import Effect, HtlcNeverSent, StateChanged
from lnwallet_tui.channel.env import Step
from lnwallet_tui.channel.htlcs import Side, Stage
from lnwallet_tui.channel.state import Channel, FeeOffers, Link


def hang_up(channel: Channel) -> Step:
    """The connection is gone, or of no use any more: so is what no commitment covers.

    BOLT 2: "MUST reverse any uncommitted updates sent by the other side", and of closing fees:
    "negotiation restarts on reconnection".
    """
    if channel.link is Link.OFFLINE:
        return Step(channel)
    forgotten: tuple[Effect, ...] = tuple(
        HtlcNeverSent(htlc.id, htlc.payment_hash)
        for htlc in channel.ledger.htlcs
        if htlc.offered_by is Side.US and htlc.stage is Stage.ADD_PROPOSED
    )
    offline = replace(
        channel,
        link=Link.OFFLINE,
        ledger=channel.ledger.without_uncommitted(),
        closing=replace(channel.closing, offers=FeeOffers()),
        announcing=channel.announcing.hang_up() if channel.announcing else None,
    )
    return Step(offline, effects=(*forgotten, StateChanged()))
