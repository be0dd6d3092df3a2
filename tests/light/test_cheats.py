"""A cheat is seen by filters and punished by announcement, with and without a disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.light.town import LightTown
from tests.node.test_cheats import is_punished, old_state
from tests.node.test_troubles import lock
from tests.node.town import MINUTE_MS


@pytest.mark.parametrize("has_disk", [True, False], ids=["with a disk", "without a disk"])
async def test_a_cheat_is_punished(tmp_path: Path, has_disk: bool) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    if not has_disk:
        lock(town, "ada", locked=True)
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_punished(town, old.tx)
    if not has_disk:
        lock(town, "ada", locked=False)
        await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert (await town.channel("ada", channel_id)).closing_kind == "breach by them"
    assert not town.complaints
    await town.end()


async def test_a_cheat_while_away_is_punished_at_the_return(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    await town.stop("ada")
    assert town.regtest.publish(old.tx) is None
    await town.mine(5)
    await town.start("ada")
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    await town.mine(2)
    assert is_punished(town, old.tx)
    assert (await town.channel("ada", channel_id)).closing_kind == "breach by them"
    await town.end()
