"""No block comes: the node says so by its clock, and goes on saying for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.views import StatusView
from lnwallet_tui.node.blocks.lookout import silent_since
from lnwallet_tui.policy import BLIND_SECONDS
from tests.node.town import MINUTE_MS, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


class Reader:
    """Reads what a node tells of the chain."""

    def __init__(self, town: Town, name: str) -> None:
        self.told: list[StatusView] = []
        self._feed = town.nodes[name].feed()
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for item in self._feed:
            if isinstance(item.event, StatusChanged):
                self.told.append(item.event.status)

    def stop(self) -> None:
        self._task.cancel()


def test_when_silence_is_too_long() -> None:
    assert silent_since(1_000, 1_000 + BLIND_SECONDS) == 0
    assert silent_since(1_000, 1_001 + BLIND_SECONDS) == 1_000


async def test_the_block_source_stops_and_the_node_says_so(town: Town) -> None:
    reader, guard = Reader(town, "ada"), town.nodes["ada"].guard
    tip = town.regtest.chain.tip.time
    await town.clock.pass_by((tip + BLIND_SECONDS - town.clock.now()) * 1000)
    assert reader.told == []
    assert (await guard()).silent_since == 0
    await town.clock.wait_for(lambda: bool(reader.told), MINUTE_MS)
    assert reader.told[-1].now == tip + BLIND_SECONDS + 1  # with the first tick
    assert (await guard()).silent_since == tip
    before = len(reader.told)
    await town.clock.wait_for(lambda: False, 60 * MINUTE_MS)
    assert len(reader.told) == before + 6
    await town.mine()
    assert (await guard()).silent_since == 0
    reader.told.clear()
    await town.clock.wait_for(lambda: False, 60 * MINUTE_MS)
    assert reader.told == []
    reader.stop()


async def test_a_lid_that_was_shut_is_noticed(town: Town) -> None:
    reader = Reader(town, "ada")
    await town.clock.pass_by(7 * 24 * 60 * MINUTE_MS)
    assert reader.told
    assert (await town.nodes["ada"].guard()).silent_since == town.regtest.chain.tip.time
    reader.stop()


async def test_blocks_that_come_set_no_alarm_off(town: Town) -> None:
    await town.mine(30)  # five hours
    view = await town.nodes["ada"].guard()
    assert view.silent_since == 0
    assert view.last_block_checked == town.regtest.chain.height
    assert view.source == "the playground's simulated chain, with Bitcoin Core's consensus rules"
