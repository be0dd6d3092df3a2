"""Whole nodes over the light node: blocks by filters, transactions by announcement."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.chain.sync import Wait
from lnwallet_tui.p2p.compact_filters import GetCFilters
from lnwallet_tui.p2p.inventory import Inv
from tests.light.town import LightTown
from tests.node.town import MINUTE_MS


async def test_a_node_sees_its_coins_and_opens_a_channel_and_pays(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada", "ben")
    assert await town.total_sat("ada") == 3_000_000
    channel_id = await town.open("ada", "ben", 400_000)
    await town.pay("ada", "ben", 50_000_000)
    await town.do(town.nodes["ada"].close(channel_id))
    await town.mine(1)
    assert (await town.channel("ben", channel_id)).state is ChannelState.CLOSED
    progress = town.lights["ada"].progress()
    assert progress is not None
    assert progress.waits_for is Wait.NOTHING
    assert progress.verified_to == town.regtest.chain.height
    assert town.lights["ada"].verified_by() == 3
    assert not town.complaints
    await town.end()


async def test_who_serves_filters_never_hears_of_our_transactions(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 400_000)
    visits = [visit for node in town.bitcoin.nodes for visit in node.visits]
    told = [visit for visit in visits if any(isinstance(one, Inv) for one in visit.heard)]
    asked = [visit for visit in visits if any(isinstance(one, GetCFilters) for one in visit.heard)]
    assert told
    assert asked
    assert not set(told) & set(asked)
    assert all(visit.relays for visit in told)
    assert not any(visit.relays for visit in asked)
    await town.end()


async def test_others_have_their_turn_between_two_blocks(tmp_path: Path) -> None:
    """The node commits each, and does nothing else meanwhile."""
    town = LightTown(tmp_path)
    await town.regtest.begin()
    light, loop = town.light("reader", 0), asyncio.get_running_loop()
    had_turns: list[asyncio.Future[None]] = []

    async def read() -> None:
        async for event in light.follow(()):
            assert all(turn.done() for turn in had_turns)
            had_turns.append(loop.create_future())
            loop.call_soon(had_turns[-1].set_result, None)
            if event.height == town.regtest.chain.height:
                break

    reading = asyncio.create_task(read())
    assert await town.clock.wait_for(reading.done, MINUTE_MS)
    await reading
    assert len(had_turns) == town.regtest.chain.height + 1
    await light.close()
    town.close_stores()
    town.regtest.close()
