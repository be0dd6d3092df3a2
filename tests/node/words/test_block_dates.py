"""Dates are reckoned from the newest block that there is, also while older ones are read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.dates import BLOCK_SECONDS, clock, expected
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.node.words import block_dates
from tests.node.town import Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def test_blocks_that_came_and_are_not_read_yet_are_not_waited_for(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 300_000)
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine(2)
    node = town.nodes["ada"]
    board, read = node._board, (await node.status()).height
    home = (await town.channel("ada", channel_id)).available_height
    for _ in range(home - 2 - read):
        town.regtest.chain.extend()  # nobody has read them: nothing else got a turn
    status, now = await node.status(), town.clock.now()
    assert (status.height, status.reckoned_from) == (read, home - 2)
    in_two = f"block {home:,} (~{clock(now + 2 * BLOCK_SECONDS, now)})"
    assert block_dates.when(board, home) == in_two
    assert f"are yours from {in_two} on." in (await town.channel("ada", channel_id)).explanation
    [waits] = [one for one in await node.watched() if "can be taken" in one.explanation]
    assert in_two in waits.explanation
    for _ in range(3):
        town.regtest.chain.extend()
    told = (await town.channel("ada", channel_id)).explanation
    assert f"are yours from block {home:,} (came already, still to be read) on." in told
    assert block_dates.time_of(board, home) == town.clock.now() - BLOCK_SECONDS
    await town.clock.rest()
    assert (await node.status()).height == (await node.status()).reckoned_from == home + 1
    view = await town.channel("ada", channel_id)
    mine = f"{view.coming_home_sat:,} sat"
    assert f". The transaction that brings {mine} home waits for a block." in view.explanation
    assert "from block" not in view.explanation
    await town.mine()
    assert (await town.channel("ada", channel_id)).state is ChannelState.CLOSED


def test_only_what_is_not_read_is_said_to_be_read_still() -> None:
    now = 1_796_335_500
    read = "block 1,000 (came already, still to be read)"
    assert expected(1_000, 1_000, now, 999) == read
    assert expected(1_000, 1_000, now, 1_000) == expected(1_000, 1_000, now) != read
    assert expected(1_001, 1_000, now, 900) == expected(1_001, 1_000, now) != read
