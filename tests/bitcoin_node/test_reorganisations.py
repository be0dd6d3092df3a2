"""Reorganisations of 1 to 144 blocks, over real connections: what the wallet knows afterwards is
what one knows that reads the winning chain from the first block on."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

import pytest

from lnwallet_tui.bitcoin.script import p2wsh
from tests.bitcoin_node.behaviour import HONEST
from tests.bitcoin_node.light_wallet import LightWallet
from tests.bitcoin_node.node import BitcoinNode
from tests.bitcoin_node.test_sync import at_tip

OURS: Final = [p2wsh(bytes((number,))) for number in range(3)]
MOST: Final = 144
RUNS: Final = 24
"""Each has every 24th depth: a node's blocks cost the more the more it has."""


async def lived(node: BitcoinNode, dice: random.Random, depth: int) -> None:
    """Blocks with and without payments to us, the deepest of them `depth` below the tip."""
    for blocks in (1, depth // 2, depth - depth // 2):
        if dice.random() < 0.8:
            await node.pay(dice.choice(OURS), dice.randrange(10_000, 90_000))
        await node.mine(blocks)


@pytest.mark.full
@pytest.mark.parametrize("shallowest", range(1, RUNS + 1))
async def test_a_reorganisation_equals_a_replay(tmp_path: Path, shallowest: int) -> None:
    dice = random.Random(shallowest)
    async with BitcoinNode.started(tmp_path, HONEST, HONEST, blocks=130) as node:
        wallet = LightWallet(OURS)
        for address in node.addresses:
            await wallet.join(address)
        for depth in range(shallowest, MOST + 1, RUNS):
            await lived(node, dice, depth)
            await at_tip(wallet, node)
            lost = [txid for txid in await node.mempool() if dice.random() < 0.3]
            recent = [fact.tx.txid for fact in wallet.payments[-3:] if dice.random() < 0.3]
            await node.reorganise(depth, empty=dice.randrange(depth + 1), without=lost + recent)
            await at_tip(wallet, node)
        scratch = LightWallet(OURS)
        for address in node.addresses:
            await scratch.join(address)
        await at_tip(scratch, node)
        assert wallet.payments
        assert dict(wallet.follower.blocks) == dict(scratch.follower.blocks)
        assert list(wallet.follower.all_facts()) == list(scratch.follower.all_facts())
        assert wallet.follower.watches == scratch.follower.watches
        for one in (wallet, scratch):
            assert one.ended == {}
            await one.close()
