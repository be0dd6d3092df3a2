"""A block takes our commitment and not its child, which mempools forget: it holds coins, so it is
offered again until it is in a block, also when nothing else of the channel is waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.scripts import anchor_script
from lnwallet_tui.node.coins import labels
from lnwallet_tui.node.node import Node
from tests.node.test_ration import DEAR, dear_block
from tests.node.town import DELAY, Town

ANYBODY: Final = 16


def children(node: Node) -> list[Tx]:
    """Those that wait."""
    rows = node._board.wallet.newest_first()
    return [row.tx for row in rows if row.label == labels.FEE_OF_CLOSE and row.height is None]


def by_anybody(node: Node, anchor: OutPoint) -> Tx:
    """BOLT 3: "After 16 blocks, anyone can sweep the anchor"."""
    [held] = node._board.channels
    script = anchor_script(held.channel.params(Side.US).holder.funding_pubkey)
    txin = TxIn(anchor, sequence=ANYBODY, witness=(b"", script))
    return Tx(version=2, inputs=(txin,), outputs=(TxOut(Sat(0), b"\x6a"),))


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def left_child(town: Town) -> tuple[str, Tx]:
    """Ada's channel, closed by her alone, and what every mempool has forgotten since."""
    channel_id = await town.open("ada", "ben", 300_000, push_msat=100_000_000)
    ada = town.nodes["ada"]
    town.regtest.weather.change((DEAR, DEAR, DEAR))
    await town.do(ada.force_close(channel_id))
    await dear_block(town)
    town.regtest.calm()
    [child] = children(ada)
    return channel_id, child


async def mine_without(town: Town, child: Tx, blocks: int) -> None:
    """So many blocks, while no mempool keeps it."""
    for _ in range(blocks):
        town.regtest.mempool._entries.pop(child.txid, None)
        await town.mine()


async def test_a_child_without_its_parent_is_offered_until_a_block_takes_it(town: Town) -> None:
    channel_id, child = await left_child(town)
    await mine_without(town, child, DELAY + 110)
    ada = town.nodes["ada"]
    assert children(ada) == [child]
    assert (await town.channel("ada", channel_id)).state is ChannelState.CLOSED
    await town.mine()
    assert not ada._board.wallet.waiting()


async def test_its_coins_are_free_once_somebody_else_took_the_anchor(town: Town) -> None:
    _, child = await left_child(town)
    await mine_without(town, child, ANYBODY)
    ada = town.nodes["ada"]
    anchor, *coins = (txin.outpoint for txin in child.inputs)
    assert not {*coins} & {coin.outpoint for coin in ada._board.wallet.coins()}
    town.regtest.mempool._entries.clear()
    town.regtest.chain.extend((by_anybody(ada, anchor),))
    await town.clock.rest()
    assert children(ada) == []
    assert {*coins} <= {coin.outpoint for coin in ada._board.wallet.coins()}
    assert not ada._board.wallet.waiting()
