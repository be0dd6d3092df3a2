"""Any peer may name any output as the one that pays for a channel it proposes: also one that its
next cheat is about to make."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.node.guard.test_guard_duty import (
    FUNDED_SAT,
    is_taken,
    old_state_with_a_payment,
    stage_of,
)
from tests.node.night_watch import NightWatch
from tests.node.stranger import Stranger
from tests.node.town import Town


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def test_what_descends_from_an_output_that_was_named_is_guarded(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old, preimage = await old_state_with_a_payment(town, channel_id)
    stage = stage_of(town, old, preimage)
    [named] = [one.outpoint for one in stage.inputs if one.outpoint.txid == old.tx.txid]
    stranger = Stranger(town, "ada")
    await stranger.meet()
    assert await stranger.open(named)
    assert town.regtest.publish(old.tx) is None
    await town.mine()  # the wallet sees it, and closes before its answer is heard
    await town.stop("ada")
    town.regtest.mempool._entries.clear()
    watch = NightWatch(town, "ada")
    watch.publishes = False
    await watch.begin()
    assert town.regtest.publish(stage) is None
    await town.mine()
    assert town.regtest.chain.height_of(stage.txid) == town.regtest.chain.height
    watch.publishes = True
    await town.mine(3)
    assert town.regtest.chain.coin(stage.outpoint(0)) is None  # punished
    assert is_taken(town, old)
    await watch.end()
