"""Two nodes that dial each other at once keep one connection, the same one."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState
from tests.node.town import MINUTE_MS, Town


@pytest.mark.parametrize("first", ["ada", "ben"])
@pytest.mark.parametrize("seed", [0, 1, 66, 105])  # in the last two each side saw another first
async def test_dials_that_cross_end_in_one_connection(
    tmp_path: Path, first: str, seed: int
) -> None:
    town = Town(tmp_path, bytes([seed]))
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 400_000)
    await town.open("ben", "ada", 400_000)  # so each has the other's address, and needs it
    order = [first, *({"ada", "ben"} - {first})]
    for name in order:
        await town.stop(name)
    began = {name: await town.start(name) for name in order}
    await town.clock.wait_for(lambda: False, 4_000)
    for node in began.values():
        states = {view.state for view in await node.channels()}
        assert states == {ChannelState.READY}
    await town.pay("ada", "ben", 1_000_000)
    await town.end()


async def test_a_peer_that_comes_back_takes_the_place_of_its_old_connection(
    tmp_path: Path,
) -> None:
    """BOLT 1 knows no goodbye: the older link may be dead without anybody having noticed."""
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 400_000)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    ben, ada = town.nodes["ben"], town.nodes["ada"]
    before = ada._board.peers._up[ben.node_id][0]
    assert await town.run(ben._board.peers._dials.dial(ada.node_id, town.address("ada"))) is None
    assert ada._board.peers._up[ben.node_id][0] is not before
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    await town.pay("ada", "ben", 1_000_000)
    await town.end()
