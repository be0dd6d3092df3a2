"""What the network does not take is told, once, and offered again with the next block."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.node.ports import BroadcastResult
from tests.node.test_guard_log import log
from tests.node.test_htlc_fees import empty_block, notices
from tests.node.test_htlcs_on_chain import AMOUNT_SAT, FUNDED_SAT, gained, hang, less_fees, status
from tests.node.test_troubles import lock
from tests.node.town import DELAY, MINUTE_MS, Town

REASON = "too-many-\x1b[31mwhims"


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


class Border:
    """Stands between a node and the network, and lets nothing pass while it is shut."""

    def __init__(self, town: Town, name: str) -> None:
        self.is_shut = True
        self.turned_away = 0
        source = town.nodes[name]._shell.ports.chain
        self._broadcast = source.broadcast
        source.broadcast = self._pass  # type: ignore[method-assign]  # shut, or overheard

    async def _pass(self, txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
        if not self.is_shut:
            return await self._broadcast(txs)
        self.turned_away += 1
        return tuple(BroadcastResult(tx.txid, False, REASON) for tx in txs)


def of_refusals(lines: list[str]) -> list[str]:
    return [line for line in lines if "refuses a transaction of ours" in line]


async def test_a_close_of_our_own_and_what_it_brings(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    await town.stop("ada")
    border, told = Border(town, "ben"), notices(town, "ben")
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine(3)
    assert border.turned_away > 3
    [said] = of_refusals(told)
    assert said.endswith("(commitment: the user said so): “too-many-�[31mwhims”.")
    assert of_refusals(await log(town, "ben")) == [said]
    border.is_shut = False
    await empty_block(town)  # it waits for the next one
    border.is_shut = True
    await town.mine(3)
    [_, stage] = of_refusals(told)
    assert "(a payment on chain)" in stage
    border.is_shut = False
    await town.mine(DELAY + 10)
    assert await status(town, "ben", name) is PaymentStatus.PAID
    assert await gained(town, "ben") in less_fees(AMOUNT_SAT)
    await town.start("ada")


async def test_a_close_that_was_agreed_on(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    ada, bens = Border(town, "ada"), Border(town, "ben")
    told = notices(town, "ada")
    await town.do(town.nodes["ada"].close(channel_id))
    await town.mine(2)
    assert bens.turned_away
    [said] = of_refusals(told)
    assert "(cooperative close)" in said
    ada.is_shut = False
    await town.mine(2)
    view = await town.channel("ada", channel_id)
    assert (view.state, view.closing_kind) == (ChannelState.CLOSED, "cooperative")


async def test_a_funding(town: Town) -> None:
    border, told = Border(town, "ada"), notices(town, "ada")
    opened = await town.do(town.nodes["ada"].open_channel(town.uri("ben"), FUNDED_SAT))
    await town.mine(2)
    assert len(of_refusals(told)) == 1
    assert (await town.channel("ada", opened.channel_id)).state is not ChannelState.READY
    border.is_shut = False
    await town.mine(6)
    assert (await town.channel("ada", opened.channel_id)).state is ChannelState.READY


async def test_without_a_disk_it_is_told_all_the_same(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    await hang(town, "ada", "ben")
    await town.do(town.nodes["ada"].force_close(channel_id))
    border, told = Border(town, "ben"), notices(town, "ben")
    lock(town, "ben", locked=True)
    await town.mine(2)
    assert border.turned_away
    assert of_refusals(told)
    lock(town, "ben", locked=False)
    border.is_shut = False
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    await town.mine(DELAY + 10)
    assert await gained(town, "ben") in less_fees(AMOUNT_SAT)
