"""A day of blocks leaves the chain at each step of a close, and what they held comes again: nothing
is lost, nothing is told otherwise than before, and the nodes go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from tests.node.test_htlcs_on_chain import (
    AMOUNT_SAT,
    FUNDED_SAT,
    gained,
    hang,
    less_fees,
    status,
)
from tests.node.town import DELAY, Town
from tests.sampling import sampled

DAY = 144
STEPS = {
    "the funding": 0,
    "the commitment": 1,
    "the second stage": 3,
    "the sweep": DELAY + 8,
    "the end": DELAY + 120,
}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


CASES = tuple(product(STEPS, ("ada", "ben"), (DAY, 30)))


@pytest.mark.parametrize(("step", "closer", "depth"), sampled("reorganisations of a day", CASES, 1))
async def test_a_day_leaves_after(town: Town, step: str, closer: str, depth: int) -> None:
    await town.mine(DAY)
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    if STEPS[step]:
        await town.do(town.nodes[closer].force_close(channel_id))
        await town.mine(STEPS[step])
    before = await status(town, "ada", name)
    await town.regtest.reorganise(depth)
    if before is PaymentStatus.PAID:
        assert await status(town, "ada", name) is before, "what was shown once is known"
    await town.restart("ada")
    if not STEPS[step]:
        await town.mine(3)
        await town.do(town.nodes[closer].force_close(channel_id))
    await town.mine(DELAY + 12)
    for side in ("ada", "ben"):
        assert await status(town, side, name) is PaymentStatus.PAID
    assert await gained(town, "ben") in less_fees(AMOUNT_SAT)
    assert await gained(town, "ada") in less_fees(-AMOUNT_SAT)
    await town.mine(110)
    for side in ("ada", "ben"):
        assert (await town.channel(side, channel_id)).state is ChannelState.CLOSED
