"""A wallet that has lost its folder finds what is its own by filters, from its birthday on."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState
from tests.light.town import LightTown
from tests.node.test_words_alone import FEES_SAT, FUNDED_SAT, PAID_MSAT
from tests.node.town import MINUTE_MS


async def with_a_channel(folder: Path) -> tuple[LightTown, str]:
    town = LightTown(folder)
    town._behind = town._backs_up = True
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    await town.pay("ada", "ben", PAID_MSAT)
    return town, channel_id


@pytest.mark.parametrize("has_backup", [False, True], ids=["words alone", "words and backup"])
async def test_what_the_peer_pays_and_the_coins_come_home(tmp_path: Path, has_backup: bool) -> None:
    town, channel_id = await with_a_channel(tmp_path)
    coins = await town.total_sat("ben")
    place = town.nodes["ben"]._board.backups.places[0]
    file = place.read_bytes()
    await town.lose("ben")
    await town.start("ben", file if has_backup else b"")
    await town.clock.wait_for(lambda: False, 10 * MINUTE_MS)
    assert (await town.channel("ada", channel_id)).state is ChannelState.CLOSING
    await town.mine(8)
    gained = await town.total_sat("ben") - coins
    assert PAID_MSAT // 1000 - FEES_SAT < gained < PAID_MSAT // 1000
    assert not town.complaints
    await town.end()


async def test_a_close_of_long_ago_is_found(tmp_path: Path) -> None:
    town, channel_id = await with_a_channel(tmp_path)
    coins = await town.total_sat("ben")
    await town.lose("ben")
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine(30)
    await town.start("ben")
    await town.clock.wait_for(lambda: False, 10 * MINUTE_MS)
    await town.mine(3)
    gained = await town.total_sat("ben") - coins
    assert PAID_MSAT // 1000 - FEES_SAT < gained < PAID_MSAT // 1000
    await town.end()
