"""The light node of the wallet over real connections: it reads, starts anew, tells of transactions,
and is not led astray."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from lnwallet_tui.chain.blocks import BlockDisconnected
from lnwallet_tui.chain.broadcasts import Stage
from lnwallet_tui.chain.questions import Ending, Fault, Refusal
from lnwallet_tui.chain.sync import Wait
from lnwallet_tui.light.source import LightChain
from lnwallet_tui.p2p.compact_filters import GetCFilters
from lnwallet_tui.p2p.inventory import Inv
from tests.bitcoin_node.behaviour import HONEST, Behaviour
from tests.bitcoin_node.light_reader import LightReader
from tests.bitcoin_node.node import BitcoinNode
from tests.playground.bench import HOME, paid

OURS = p2wsh(b"\x51")
THREE = (HONEST, HONEST, HONEST)


def _stage(light: LightChain, tx: Tx) -> Stage | None:
    so_far = light.how_far(tx.txid)
    return None if so_far is None else so_far.stage


async def at_tip(reader: LightReader, node: BitcoinNode) -> None:
    height = await node.height()
    await reader.read_to(height, await node.block_hash(height))


async def test_it_reads_and_starts_anew_where_it_stood(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path, *THREE, blocks=300) as node:
        first = await node.pay(OURS, 70_000)
        await node.mine(200)
        async with LightReader.reading(tmp_path / "w", node.addresses, [OURS]) as reader:
            await at_tip(reader, node)
            assert [(fact.tx.txid, fact.height) for fact in reader.payments] == [(first, 301)]
            await reader.until(lambda: reader.light.waiting_for() == "")
            assert reader.light.verified_by() == 3
        second = await node.pay(OURS, 80_000)
        await node.reorganise(10)
        asked = len(await node.heard(GetCFilters))
        async with LightReader.reading(tmp_path / "w", node.addresses, reader.follower) as again:
            await at_tip(again, node)
            assert [fact.tx.txid for fact in again.payments] == [first, second]
            left = [event for event in again.told if isinstance(event, BlockDisconnected)]
            assert len(left) == 10
            assert len(again.told) == 21
        news = (await node.heard(GetCFilters))[asked:]
        assert min(one.start_height for one in news) == 491


async def test_a_transaction_of_ours_is_told_seen_again_and_confirmed(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path, *THREE) as node:
        coin = OutPoint(await node.pay(HOME, 100_000), 0), TxOut(Sat(100_000), HOME)
        await node.mine()
        tx = paid(coin)
        async with LightReader.reading(tmp_path / "w", node.addresses, [HOME]) as reader:
            await at_tip(reader, node)
            light = reader.light
            assert (await light.broadcast((tx,)))[0].accepted
            assert await node.wait_for_tx(tx.txid) == ""
            await reader.until(lambda: _stage(light, tx) is Stage.SEEN)
            told = {one.peer for one in await node.all_heard() if one.command == Inv.COMMAND}
            asked = {one.peer for one in await node.all_heard() if one.command == "getcfilters"}
            assert len(told) == 2
            assert not told & asked
            await node.mine()
            await at_tip(reader, node)
            assert _stage(light, tx) is Stage.CONFIRMED
            assert [fact.tx.txid for fact in reader.payments] == [coin[0].txid, tx.txid]


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (Behaviour(omits=(OURS.hex(),)), Fault.LIE),
        (Behaviour(floods="inv"), Fault.FLOOD),
        (Behaviour(no_filters=True), Refusal.NO_FILTERS),
    ],
    ids=["omits", "floods", "no filters"],
)
async def test_one_bad_peer_among_three(tmp_path: Path, behaviour: Behaviour, why: Ending) -> None:
    async with BitcoinNode.started(tmp_path, behaviour, HONEST, HONEST) as node:
        txid = await node.pay(OURS, 70_000)
        await node.mine(20)
        async with LightReader.reading(tmp_path / "w", node.addresses, [OURS]) as reader:
            await reader.until(lambda: (node.addresses[0], why) in reader.whom.ends)
            await at_tip(reader, node)
            assert [fact.tx.txid for fact in reader.payments] == [txid]


async def test_nobody_there_and_then_somebody(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path, *THREE) as node:
        await node.shut()
        # What is tried again is tried after seconds.
        async with LightReader.reading(tmp_path / "w", node.addresses, [OURS], times=10) as reader:
            await reader.until(lambda: set(reader.whom.in_vain) == set(node.addresses))
            assert "No node of the Bitcoin network is reached" in reader.light.waiting_for()
            await node.reopen()
            await at_tip(reader, node)
            await reader.until(lambda: reader.light.verified_by() == 3)
            await node.shut()
            await reader.until(lambda: reader.light.verified_by() == 0)
            progress = reader.light.progress()
            assert progress is not None
            assert progress.waits_for is Wait.PEERS
            await node.mine()
            await node.reopen()
            await at_tip(reader, node)


async def test_thousands_of_full_blocks_are_read(tmp_path: Path) -> None:
    full = Behaviour(full_filters=200)
    async with (
        BitcoinNode.started(tmp_path, full, full, blocks=2_000, unchecked=True) as node,
        LightReader.reading(tmp_path / "wallet", node.addresses, [OURS]) as reader,
    ):
        await at_tip(reader, node)
        assert [event.height for event in reader.told] == list(range(2_001))
