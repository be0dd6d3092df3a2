"""The disk takes nothing while a channel goes to chain: what is ours is taken all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from tests.node.test_htlc_fees import empty_block
from tests.node.test_htlcs_on_chain import AMOUNT_SAT, FUNDED_SAT, gained, hang, less_fees, status
from tests.node.test_relay_on_chain import FEE_SAT, channels
from tests.node.test_troubles import lock
from tests.node.town import DELAY, MINUTE_MS, Town


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """Ada and Cyd have channels with Ben, who relays."""
    town = Town(tmp_path, anchors=request.param, relays=("ben",))
    await town.begin("ada", "ben", "cyd")
    yield town
    await town.end()


async def unlock(town: Town, name: str) -> None:
    lock(town, name, locked=False)
    await town.clock.wait_for(lambda: False, MINUTE_MS)


@pytest.mark.parametrize("upstream", ["ada", "ben"])
async def test_a_preimage_that_the_chain_shows_behind_is_used_in_front(
    town: Town, upstream: str
) -> None:
    first, second = await channels(town)
    name = await hang(town, "ada", "cyd")
    await town.do(town.nodes[upstream].force_close(first))
    await town.mine(2)
    lock(town, "ben", locked=True)
    await town.do(town.nodes["cyd"].force_close(second))
    await town.mine(6)
    assert await status(town, "ada", name) is PaymentStatus.PAID
    await unlock(town, "ben")
    await town.mine(DELAY + 16)
    assert await status(town, "cyd", name) is PaymentStatus.PAID
    assert await gained(town, "ben") in less_fees(FEE_SAT)


async def test_our_commitment_is_offered_again_and_hurried(town: Town) -> None:
    """What had dropped out of every mempool, with a payment in it that has to be taken in time."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    await town.stop("ada")
    await town.do(town.nodes["ben"].force_close(channel_id))
    lock(town, "ben", locked=True)
    town.regtest.mempool._entries.clear()
    town.regtest.storm()
    await empty_block(town)
    for _ in range(4):
        await town.mine()
    assert len(town.regtest.mempool.entries()) == 0
    [channel] = town.nodes["ben"].channel_states()
    assert town.regtest.chain.spender(channel.funding.outpoint, 1) is not None
    town.regtest.calm()
    await town.mine(3)
    await unlock(town, "ben")
    assert (await town.channel("ben", channel_id)).state is not ChannelState.READY
    await town.mine(DELAY + 10)
    await town.start("ada")
    await town.mine(2)
    for side in ("ada", "ben"):
        assert await status(town, side, name) is PaymentStatus.PAID
    assert not town.nodes["ben"]._board.wallet.waiting()
    assert not town.nodes["ben"]._board.wallet._lent
    balance = await town.nodes["ben"].balance()
    assert balance.onchain_pending_sat == 0
    assert await gained(town, "ben") in range(AMOUNT_SAT - 40_000, AMOUNT_SAT)
