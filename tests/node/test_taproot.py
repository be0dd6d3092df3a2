"""Taproot coins are received, paid with, put into channels and used for the fees of closes as all
others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.spending import Sending
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import parse_witness_program
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.node.node import Node
from tests.node.coins.test_coin_views import coins, expect_sums, freeze, history
from tests.node.test_htlc_fees import empty_block
from tests.node.town import DELAY, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def with_taproot(town: Town, name: str, *values: int) -> Node:
    """A node all of whose coins are taproot outputs."""
    node = await town.start(name)
    outputs = []
    for value in values:
        address = (await town.do(node.address(taproot=True))).address
        assert address.startswith("bcrt1p")
        script = address_to_script(address, Network.REGTEST)
        assert (parse_witness_program(script) or (0, b""))[0] == 1
        outputs.append(TxOut(Sat(value), script))
    town.regtest.give(outputs)
    await town.mine()
    return node


async def test_they_are_found_and_stay_found(town: Town) -> None:
    cyd = await with_taproot(town, "cyd", 100_000, 50_000)
    older = (await town.do(cyd.address())).address
    assert older.startswith("bcrt1q")
    for _ in range(2):
        assert {one.amount_sat for one in await coins(cyd)} == {100_000, 50_000}
        await expect_sums(cyd)
        cyd = await town.restart("cyd")
    assert await town.do(cyd.address(taproot=True)) != await town.do(cyd.address(taproot=True))


async def test_a_channel_s_whole_life(town: Town) -> None:
    cyd = await with_taproot(town, "cyd", 300_000, 200_000)
    channel_id = await town.open("cyd", "ben", 350_000)
    await town.pay("cyd", "ben", 50_000_000)
    address = (await town.do(cyd.address(taproot=True))).address
    sent = await town.do(cyd.send(Sending(((address, 30_000),))))
    await town.mine()
    assert next(one for one in await history(cyd) if one.txid == sent.txid).kind is TxKind.SENT
    await town.do(cyd.close(channel_id))
    await town.mine(2)
    assert (await town.channel("cyd", channel_id)).state is ChannelState.CLOSED
    everything = await town.do(cyd.send(Sending(((address, 0),), everything=True)))
    await town.mine()
    [left] = await coins(cyd)
    assert left.amount_sat == everything.amount_sat
    await expect_sums(cyd)


async def test_they_hurry_a_close(town: Town) -> None:
    """Beside the channel's own input, whose output the wallet's signer does not know."""
    cyd = await with_taproot(town, "cyd", 200_000)
    channel_id = await town.open("cyd", "ben", 100_000)
    [change] = await coins(cyd)
    await freeze(cyd, change.coin)
    address = (await town.do(cyd.address(taproot=True))).address
    script = address_to_script(address, Network.REGTEST)
    town.regtest.give([TxOut(Sat(90_000), script)])
    await town.mine()
    town.regtest.storm()
    await town.do(cyd.force_close(channel_id))
    await empty_block(town)
    waiting = town.regtest.mempool.entries()
    assert len(waiting) == 2
    assert [65] in [[len(item) for item in txin.witness] for txin in waiting[1].tx.inputs]
    await town.mine(2)
    town.regtest.calm()
    await town.mine(DELAY + 5)
    await expect_sums(cyd)
