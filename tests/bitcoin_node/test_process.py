"""The process: it ends with whoever started it and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bitcoin_node.light_wallet import LightWallet
from tests.bitcoin_node.node import ROOT, BitcoinNode
from tests.peers.ldk.process import ChildFailed


@pytest.mark.parametrize("ending", ["stdin", "terminate"])
def test_it_ends_when_it_is_told_to_and_cleans_up(tmp_path: Path, ending: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bitcoin_node", "--blocks", "3"],
        cwd=ROOT,
        env={"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        assert process.stdout.readline().startswith(b'{"ports":[')
        assert list(tmp_path.iterdir())
        if ending == "terminate":
            process.terminate()
        process.stdin.close()
        assert process.wait(60) == 0
    assert list(tmp_path.iterdir()) == []


async def test_what_it_cannot_do_is_said(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path, blocks=5) as node:
        with pytest.raises(ChildFailed, match="mine more"):
            await node.pay(b"\x51", 1_000)
        with pytest.raises(ChildFailed, match="blocks to replace"):
            await node.reorganise(6)
        assert await node.height() == 5


async def test_its_clock_can_be_set(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path, blocks=0) as node:
        await node.set_time(1_700_000_000)
        await node.mine()
        assert (await node.tip()).time == 1_700_000_000
        await node.set_time(0)
        await node.mine()
        assert (await node.tip()).time > 1_700_000_000


async def test_another_seed_makes_another_chain(tmp_path: Path) -> None:
    async with (
        BitcoinNode.started(tmp_path, blocks=0, seed="one") as one,
        BitcoinNode.started(tmp_path, blocks=0, seed="two") as two,
    ):
        for node in (one, two):
            await node.set_time(1_700_000_000)
            await node.mine(2)
        assert await one.block_hash(2) != await two.block_hash(2)


async def test_rewards_go_where_they_are_sent(tmp_path: Path) -> None:
    ours = b"\x00\x14" + b"\x07" * 20
    async with BitcoinNode.started(tmp_path, blocks=0) as node:
        await node.mine(2, ours)
        await node.mine(1)
        address = await node.open()
        wallet = LightWallet([ours])
        for one in (node.addresses[0], address):
            await wallet.join(one)
        await wallet.read_to(3, await node.block_hash(3))
        assert [fact.height for fact in wallet.payments] == [1, 2]
        await wallet.close()
