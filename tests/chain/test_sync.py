"""The chain is read from several nodes over simulated wires."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.chain.sync import Wait
from lnwallet_tui.playground.engine import Engine
from tests.chain.wires import OURS, WITNESS, Node, Wires, is_replay
from tests.playground.bench import Bench, spend

BLOCKS: Final = 2_500
OTHERS: Final = p2wsh(b"of others")


def put_ours(bench: Bench, spent: bool = False) -> int:
    """A block that pays us, and perhaps one that takes it again; its height."""
    coin = bench.coin(OURS)
    height = bench.chain.height
    if spent:
        bench.put(spend(coin, outputs=[TxOut(Sat(90_000), OURS)]).with_witness(0, (WITNESS,)))
    return height


def grown(engine: Engine) -> Bench:
    """2,500 blocks; some concern us, at the beginning, in the middle and at the end."""
    bench = Bench(engine)
    put_ours(bench, spent=True)
    bench.mine(1_000)
    put_ours(bench)
    for _ in range(6):
        bench.coin(OTHERS)
    bench.mine(BLOCKS - 10 - bench.chain.height)
    put_ours(bench, spent=True)
    bench.mine(BLOCKS - bench.chain.height)
    return bench


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Engine() as engine:
        yield grown(engine)


def wires(bench: Bench, seed: int = 1, *, birthday: int = 0, ahead_ms: int = 60_000) -> Wires:
    """Our clock is a little ahead of the newest block."""
    return Wires(seed, bench.now * 1_000 + ahead_ms, birthday=birthday)


def test_2500_blocks_are_read_from_four_peers(bench: Bench) -> None:
    net = wires(bench)
    for _ in range(4):
        net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 60_000)
    assert is_replay(net.follower, bench.chain)
    net.wait(5_000)
    progress = net.sync.progress()
    assert progress.waits_for is Wait.NOTHING
    assert progress.headers == progress.filter_headers == progress.filters == BLOCKS
    assert (progress.verified_to, progress.verified_by) == (BLOCKS, 4)
    assert progress.peers == 4
    assert not progress.is_stale
    assert not net.ended
    full = [event for event in net.told if getattr(event, "txs", ())]
    assert len(full) == 5
