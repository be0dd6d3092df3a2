"""A public channel with LDK: its signatures are good, and so are ours, however often they come."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.effects import Announced, Disconnect
from lnwallet_tui.routing.network import KnownNetwork, Learned
from lnwallet_tui.wire.bolt1 import Error, Warning_
from lnwallet_tui.wire.bolt7 import AnnouncementSignatures
from tests.peers.ldk.conftest import Meet
from tests.peers.ldk.machine import Machine
from tests.peers.ldk.scenes import both_openers, both_types, fund_channel, open_channel
from tests.peers.ldk.world import World

pytestmark = pytest.mark.peer


async def check_announced(world: World, us: Machine) -> None:
    """The announcement is complete and good, once, and LDK found no fault in our half."""
    await world.until(lambda: bool(us.party.all(Announced)), "the announcement is complete")
    (announced,) = us.party.all(Announced)
    network = KnownNetwork(Network.REGTEST.chain_hash)
    assert network.learn(announced.announcement, us.party.now) is Learned.NEW
    assert announced.announcement.short_channel_id == us.channel.short_channel_id
    assert [one for one in us.heard if isinstance(one, Error | Warning_)] == []
    assert us.party.all(Disconnect) == []


def halves(us: Machine) -> int:
    """How often LDK sent its half."""
    return sum(isinstance(message, AnnouncementSignatures) for message in us.heard)


@both_openers
@both_types
async def test_both_announce(world: World, meet: Meet, anchors: bool, we_open: bool) -> None:
    us, ldk = await meet(anchors=anchors, announces=True)
    await open_channel(world, us, ldk, we_open=we_open, anchors=anchors)
    await check_announced(world, us)


@both_openers
@pytest.mark.parametrize("after", [False, True], ids=["theirs is lost", "theirs arrives"])
async def test_a_cut_at_their_half(world: World, meet: Meet, we_open: bool, after: bool) -> None:
    us, ldk = await meet(announces=True)
    await fund_channel(world, us, ldk, we_open=we_open)
    await world.mine(5)
    await us.up()
    us.wait()
    us.cut_at(1, after=after)
    await world.mine(1)
    await us.lost()
    assert halves(us) == int(after)
    for _ in range(3):
        await us.connect()
        await us.up()
        await check_announced(world, us)
        await us.hang_up()


async def test_after_a_restart_of_ours(world: World, meet: Meet) -> None:
    us, ldk = await meet(announces=True)
    await open_channel(world, us, ldk)
    await check_announced(world, us)
    await us.hang_up()
    us.restart()
    assert len(us.party.all(Announced)) == 2
    await us.connect()
    await us.up()
    await us.hang_up()
    assert len(us.party.all(Announced)) == 2
    assert us.party.all(Disconnect) == []
