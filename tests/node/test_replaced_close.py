"""A close in agreement that a reorganisation replaces by an old state: nobody waits for it."""

from __future__ import annotations

from pathlib import Path

from tests.node.test_cheats import is_punished, old_state
from tests.node.town import Town


async def test_an_agreed_close_that_an_old_state_replaced_is_not_waited_for(
    tmp_path: Path,
) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    await town.do(town.nodes["ada"].close(channel_id))
    await town.mine()
    assert (await town.channel("ada", channel_id)).closing_kind == "cooperative"
    town.regtest.chain.drop(1)
    town.regtest.mempool._entries.clear()
    assert town.regtest.publish(old.tx) is None
    for _ in range(2):
        town.regtest._miner.mine()  # before anybody hears of it
    await town.clock.rest()
    await town.mine(3)
    assert (await town.channel("ada", channel_id)).closing_kind == "breach by them"
    assert is_punished(town, old.tx)
    balance = await town.nodes["ada"].balance()
    assert balance.onchain_pending_sat == 0
    await town.end()
