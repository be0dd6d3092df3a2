"""A funding that no block takes is hurried by a child of its change, and said to be late."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.policy import REGTEST_POLICY
from tests.node.test_htlc_fees import empty_block, notices
from tests.node.town import Town
from tests.relay_rules import OldRules

BUMP, WARNING = 4, 12


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    hasty = replace(REGTEST_POLICY, to_self_delay=20, funding_bump=BUMP, funding_warning=WARNING)
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    for one in town.nodes.values():
        config = dataclasses.replace(one._shell.config, policy=hasty)
        one._shell.config = config  # type: ignore[misc]  # a hundred blocks would say no more
    yield town
    await town.end()


async def test_the_change_pays_for_it(town: Town) -> None:
    view = await town.do(town.nodes["ada"].open_channel(town.uri("ben"), 300_000))
    told, rules = notices(town, "ada"), OldRules(town.regtest.mempool)
    [funding] = town.regtest.mempool.entries()
    town.regtest.storm()
    for _ in range(BUMP - 1):
        await empty_block(town)
    assert len(town.regtest.mempool.entries()) == 1
    await empty_block(town)
    parent, child = town.regtest.mempool.entries()
    assert parent.txid == funding.txid
    stormy = town.regtest.weather.soon  # sat/kvB
    assert (parent.fee + child.fee) * 1000 >= stormy * (parent.vsize + child.vsize - 2)
    for percent in (101, 130, 131, 200):
        soon = stormy * percent // 100
        town.regtest.weather.change((soon, soon, soon))
        await empty_block(town)
    assert (rules.replacements, rules.broken) == (2, [])
    assert len(town.regtest.mempool.entries()) == 2
    while not told:
        await empty_block(town)
    [text] = told
    assert "waits for its funding transaction" in text
    assert text.endswith(f"from block {town.regtest.chain.height - WARNING + 2_016:,} on.")
    [warning] = await town.nodes["ada"].inbox()
    assert (warning.text, warning.urgent) == (text, True)
    await town.mine(4)
    [news] = await town.nodes["ada"].inbox()
    assert (news.text.endswith("has come into a block."), news.urgent) == (True, False)
    assert (await town.channel("ada", view.channel_id)).state is ChannelState.READY
    assert not town.nodes["ada"]._board.wallet.waiting()
