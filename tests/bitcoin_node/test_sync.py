"""The wallet's own machine follows the node's chain over real connections."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.chain.blocks import BlockDisconnected
from lnwallet_tui.chain.questions import TxsAnnounced
from lnwallet_tui.chain.sync import Wait
from lnwallet_tui.chain.watch import Spent
from lnwallet_tui.p2p.compact_filters import GetCFHeaders
from lnwallet_tui.p2p.inventory import Item, ItemKind
from tests.bitcoin_node.behaviour import HONEST
from tests.bitcoin_node.light_wallet import LightWallet
from tests.bitcoin_node.node import BitcoinNode

OURS = p2wsh(b"\x51")


async def at_tip(wallet: LightWallet, node: BitcoinNode) -> None:
    """Wait until the wallet has read the newest block."""
    height = await node.height()
    await wallet.read_to(height, await node.block_hash(height))


async def test_500_blocks_and_a_payment_among_them(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path, HONEST, HONEST, blocks=300) as node:
        txid = await node.pay(OURS, 70_000)
        await node.mine(200)
        wallet = LightWallet([OURS])
        for address in node.addresses:
            await wallet.join(address)
        await at_tip(wallet, node)
        (paid,) = wallet.payments
        assert (paid.tx.txid, paid.output.value.value, paid.height) == (txid, 70_000, 301)
        await wallet.until(lambda: wallet.sync.progress().waits_for is Wait.NOTHING)
        progress = wallet.sync.progress()
        assert (progress.verified_to, progress.verified_by) == (500, 2)
        assert [event.height for event in wallet.told] == list(range(501))
        await wallet.close()
        await node.wait_for_peers(0)


async def test_a_new_block_is_read_when_it_is_announced(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path, HONEST, HONEST) as node:
        wallet = LightWallet([OURS], birthday=100)
        for address in node.addresses:
            await wallet.join(address, relay=True)
        await at_tip(wallet, node)
        assert {one.start_height for one in await node.heard(GetCFHeaders)} == {100}
        txid = await node.pay(OURS, 70_000)
        told = await node.transaction(txid)
        assert told is not None
        announced = TxsAnnounced((Item(ItemKind.WTX, told[0].wtxid),))
        await wallet.until(lambda: [one for _, one in wallet.heard].count(announced) == 2)
        assert not wallet.payments
        await node.mine()
        await at_tip(wallet, node)
        assert [fact.tx.txid for fact in wallet.payments] == [txid]
        await wallet.close()


@pytest.mark.parametrize("depth", [1, 10, 144])
async def test_a_reorganisation_takes_a_payment_and_brings_it_back(
    tmp_path: Path, depth: int
) -> None:
    async with BitcoinNode.started(tmp_path, HONEST, HONEST, blocks=160) as node:
        txid = await node.pay(OURS, 70_000)
        await node.mine(depth)
        wallet = LightWallet([OURS], birthday=10)
        for address in node.addresses:
            await wallet.join(address)
        await at_tip(wallet, node)
        assert [fact.height for fact in wallet.payments] == [161]
        told = len(wallet.told)
        await node.reorganise(depth, empty=1)
        await at_tip(wallet, node)
        assert [fact.height for fact in wallet.payments] == [162]
        left = [event for event in wallet.told[told:] if isinstance(event, BlockDisconnected)]
        assert len(left) == depth
        await node.reorganise(depth + 1, without=[txid])
        await at_tip(wallet, node)
        assert wallet.payments == []
        assert txid in await node.mempool()
        await wallet.close()


async def test_the_node_goes_away_and_comes_back(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path, HONEST, HONEST) as node:
        wallet = LightWallet([OURS])
        for address in node.addresses:
            await wallet.join(address)
        await at_tip(wallet, node)
        await node.shut()
        await wallet.until(lambda: not wallet.connected)
        assert wallet.sync.progress().waits_for is Wait.PEERS
        await node.mine(3)
        await node.reopen()
        for address in node.addresses:
            await wallet.join(address)
        await at_tip(wallet, node)
        await wallet.close()


async def test_a_coin_that_is_spent(tmp_path: Path) -> None:
    """By the node itself: its own script is watched."""
    async with BitcoinNode.started(tmp_path, HONEST, HONEST, blocks=105) as node:
        txid = await node.pay(OURS, 10_000)
        waiting = await node.transaction(txid)
        assert waiting is not None
        own = waiting[0].outputs[1].script_pubkey
        await node.mine()
        wallet = LightWallet([own])
        for address in node.addresses:
            await wallet.join(address)
        await at_tip(wallet, node)
        spent = [fact for fact in wallet.follower.all_facts() if isinstance(fact, Spent)]
        assert [fact.tx.txid for fact in spent] == [txid]
        await wallet.close()
