"""The light node of the wallet hears of payments over real connections, and ends hearing."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.p2p.inventory import GetData
from tests.bitcoin_node.behaviour import HONEST, Behaviour
from tests.bitcoin_node.light_reader import LightReader
from tests.bitcoin_node.node import BitcoinNode
from tests.playground.bench import HOME

OURS = p2wsh(b"\x51")


async def test_a_payment_is_heard_of_all_who_tell_and_ends_with_its_block(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path, HONEST, HONEST, HONEST) as node:
        before = await node.pay(OURS, 60_000)  # nobody tells of it again
        async with LightReader.reading(tmp_path / "w", node.addresses, [OURS]) as reader:
            light = reader.light
            height = await node.height()
            await reader.read_to(height, await node.block_hash(height))
            light.listen(frozenset({OURS}))
            await node.wait_for_peers(6)
            await node.pay(HOME, 50_000)
            txid = await node.pay(OURS, 70_000)
            await reader.until(lambda: [one.nodes for one in light.heard()] == [3])
            (heard,) = light.heard()
            assert heard.tx.txid == txid != before
            asked = [item for one in await node.heard(GetData) for item in one.items]
            assert len(asked) >= 2  # what pays others, too: nobody learns which of them is ours
            await node.mine()
            await reader.until(lambda: light.heard() == ())
            light.listen(frozenset())
            assert {fact.tx.txid for fact in reader.payments} == {before, txid}


async def test_who_sends_names_without_end_is_left_and_others_are_heard(tmp_path: Path) -> None:
    flood = Behaviour(floods="inv")
    async with (
        BitcoinNode.started(tmp_path, HONEST, HONEST, flood) as node,
        LightReader.reading(tmp_path / "w", node.addresses, [OURS]) as reader,
    ):
        light = reader.light
        height = await node.height()
        await reader.read_to(height, await node.block_hash(height))
        light.listen(frozenset({OURS}))
        await node.wait_for_peers(2, 0)
        await node.wait_for_peers(2, 1)
        txid = await node.pay(OURS, 70_000)
        await reader.until(lambda: [one.tx.txid for one in light.heard()] == [txid])
        light.listen(frozenset())
