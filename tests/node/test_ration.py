"""Three channels go to chain at once and blocks are dear: what the wallet has does for two of them,
with the payments in them, and is not spent on three commitments with nothing left for those."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel.state import Channel
from tests.node.test_htlc_fees import notices
from tests.node.test_htlcs_on_chain import hang
from tests.node.town import MINUTE_MS, Town
from tests.onchain.purse import dearest

COIN_SAT, FUNDED_SAT, PUSHED_SAT, AMOUNT_SAT = 400_000, 330_000, 150_000, 80_000
DEAR = 100_000  # sat/kvB


async def dear_block(town: Town) -> None:
    """What pays less than others do waits."""
    await town.clock.pass_by(10 * MINUTE_MS)
    town.regtest.chain.extend(dearest(town.regtest.mempool, DEAR))
    await town.clock.rest()


def is_spent(town: Town, outpoint: OutPoint) -> bool:
    return town.regtest.chain.coin(outpoint) is None


def is_closed(town: Town, channel: Channel) -> bool:
    return is_spent(town, channel.funding.outpoint)


async def test_two_of_three_channels_are_saved_whole(tmp_path: Path) -> None:
    town = Town(tmp_path, coins_sat=(COIN_SAT,) * 3)
    await town.begin("ada", "ben", "cyd", "dan")
    channels = {}
    for peer in ("ben", "cyd", "dan"):
        channels[peer] = await town.open("ada", peer, FUNDED_SAT, push_msat=PUSHED_SAT * 1000)
        await hang(town, peer, "ada", AMOUNT_SAT)
    told = notices(town, "ada")
    for peer in channels:
        await town.stop(peer)
    town.regtest.weather.change((DEAR, DEAR, DEAR))
    town.regtest.mempool.floor = DEAR
    for channel_id in channels.values():
        await town.do(town.nodes["ada"].force_close(channel_id))
    ada = town.nodes["ada"]
    for _ in range(10):
        await dear_block(town)
        begun = sum(is_closed(town, one) for one in ada.channel_states())
        assert begun - sum(taken(town)) <= 2, "what was begun is gone through with"
    assert taken(town)[:2] == [True, True]
    assert [line for line in told if "no coin to hurry" in line]
    town.regtest.calm()
    for peer in channels:
        await town.start(peer)
    await town.end()


def taken(town: Town) -> list[bool]:
    """Of the payments in Ada's channels that are closed, in their order."""
    board = town.nodes["ada"]._board
    return [
        output.spent is not None
        for held in board.channels
        if (resolution := board.guard.resolution(held)) is not None
        for output in resolution.outputs
        if output.htlc is not None
    ]
