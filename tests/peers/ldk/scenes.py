"""What most scenarios begin and end with: a channel between our machine and LDK."""

from __future__ import annotations

from typing import Final

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.channel.state import Channel
from tests.peers.ldk.answers import ChannelPending, ChannelReady
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.machine import Machine
from tests.peers.ldk.talker import NODE_ID
from tests.peers.ldk.world import World

FUNDING: Final = Sat(1_000_000)
PUSH: Final = Msat(300_000_000)
"""From the opener to the other."""

both_types = pytest.mark.parametrize("anchors", [True, False], ids=["anchors", "static_remotekey"])
both_openers = pytest.mark.parametrize("we_open", [True, False], ids=["we open", "LDK opens"])


async def open_channel(
    world: World, us: Machine, ldk: LdkNode, *, we_open: bool = True, anchors: bool = True
) -> None:
    """To a channel in which both have money."""
    await fund_channel(world, us, ldk, we_open=we_open, anchors=anchors)
    await world.mine(6)
    await ldk.event(ChannelReady)
    await us.up()
    assert us.channel.anchors is anchors


async def fund_channel(
    world: World, us: Machine, ldk: LdkNode, *, we_open: bool = True, anchors: bool = True
) -> None:
    """To a channel whose funding is in the mempool."""
    if we_open:
        us.open(FUNDING, PUSH, anchors=anchors)
    else:
        await ldk.open_channel(NODE_ID, FUNDING.value, PUSH.value)
    await ldk.event(ChannelPending)
    await world.until(lambda: isinstance(us.party.state, Channel), "we have a channel")
    funding = us.channel.funding.outpoint.txid
    await world.until(lambda: funding in world.mempool, "the funding transaction")


async def check_balances(world: World, us: Machine, ldk: LdkNode) -> None:
    """Both count the same once everything has come to rest."""

    async def look() -> tuple[int, int, int]:
        (theirs,) = await ldk.channels()
        return theirs.htlcs_in, theirs.htlcs_out, len(us.channel.ledger.htlcs)

    await world.ask_until(look, lambda pending: pending == (0, 0, 0), "no HTLC is left")
    ledger = us.channel.ledger
    assert ledger.ours + ledger.theirs == FUNDING.to_msat()
    (theirs,) = await ldk.channels()
    # What LDK can send is its balance without the reserve that we ask of it.
    reserve = us.channel.ours.reserve.to_msat()
    assert theirs.outbound_msat == (ledger.theirs - reserve).value
