"""The chain: what the engine refuses never gets in, reorganisations, the same bytes each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.playground.blockmaker import BlockPlan, build_block, subsidy
from lnwallet_tui.playground.engine import Engine, EngineRefused
from lnwallet_tui.playground.simchain import ChainBlock
from tests.playground.bench import HOME, START, Bench, output_of, paid


def test_it_begins_with_regtests_genesis(bench: Bench) -> None:
    assert bench.chain.at(0).hash == Network.REGTEST.chain_hash
    assert bench.chain.in_step()


def test_every_block_parses_and_keeps_its_commitments(bench: Bench) -> None:
    bench.mempool.submit(paid(bench.coin()))
    bench.mine()
    for height in range(1, bench.chain.height + 1):
        block = bench.chain.at(height)
        assert Block.parse(block.block.serialize()) == block.block
        block.block.check_commitments()
        assert block.previous == bench.chain.at(height - 1).hash


def test_times_are_the_worlds(bench: Bench) -> None:
    assert [bench.chain.at(height).time for height in (1, 2, 3)] == [
        START + 600,
        START + 1_200,
        START + 1_800,
    ]


def test_a_clock_that_stands_still_does_not_stop_the_chain(bench: Bench) -> None:
    for _ in range(30):
        bench.miner.mine()
    times = [bench.chain.at(bench.chain.height - depth).time for depth in range(12)]
    assert bench.chain.tip.time > bench.chain.median_time(bench.chain.height - 1)
    assert len(set(times)) >= 2


def test_the_subsidy_halves_as_the_engine_wants(bench: Bench) -> None:
    bench.mine(330)
    for height, coins in ((149, 50), (150, 25), (299, 25), (300, 12.5), (450, 6.25)):
        value = bench.chain.at(height).block.transactions[0].outputs[0].value
        assert value.value >= coins * 10**8
        assert subsidy(height) == Sat(int(coins * 10**8))


def corrupted(bench: Bench, **change: object) -> Block:
    tip = bench.chain.tip
    plan = BlockPlan(
        height=tip.height + 1,
        previous=tip.hash,
        time=tip.time + 600,
        transactions=(),
        fees=Sat(0),
        reward_script=HOME,
        mark=b"mark",
    )
    return build_block(replace(plan, **change))  # type: ignore[arg-type]  # each test names a field


def test_the_engine_refuses_loudly(bench: Bench) -> None:
    coin = bench.coin()
    stranger = Tx(2, (TxIn(coin[0]),), (TxOut(Sat(1_000), HOME),))
    for block in (
        corrupted(bench, fees=Sat(1)),
        corrupted(bench, transactions=(stranger,)),
        corrupted(bench, height=5),
        corrupted(bench, time=bench.chain.at(0).time),
        corrupted(bench, previous=bytes(32)),
    ):
        with pytest.raises(EngineRefused):
            bench.chain.engine.process(block.serialize())
    bench.chain.engine.process(corrupted(bench).serialize())


def test_a_block_that_is_refused_changes_nothing(bench: Bench) -> None:
    coin = bench.coin()
    good = paid(coin)
    unsigned = replace(good, inputs=(TxIn(coin[0]),))
    with pytest.raises(EngineRefused):
        bench.chain.extend([unsigned])
    assert bench.chain.coin(coin[0]) is not None
    assert bench.chain.in_step()
    bench.put(good)
    assert bench.chain.coin(coin[0]) is None


def test_garbage_is_no_block(bench: Bench) -> None:
    for raw in (b"", bytes(80), bytes(200)):
        with pytest.raises(EngineRefused):
            bench.chain.engine.process(raw)


class Diary:
    def __init__(self) -> None:
        self.lines: list[tuple[str, int, bytes]] = []

    def block_connected(self, block: ChainBlock, /) -> None:
        self.lines.append(("+", block.height, block.hash))

    def block_disconnected(self, block: ChainBlock, /) -> None:
        self.lines.append(("-", block.height, block.hash))


@pytest.mark.parametrize("depth", [1, 2, 6])
def test_a_reorganisation(bench: Bench, depth: int) -> None:
    coin = bench.coin()
    tx = paid(coin)
    bench.mempool.submit(tx)
    bench.mine(depth)
    old = [bench.chain.at(bench.chain.height - at) for at in range(depth)]
    diary = Diary()
    bench.chain.listen(diary)
    bench.miner.reorganise(depth)
    assert diary.lines[:depth] == [("-", block.height, block.hash) for block in old]
    new = [("+", at, bench.chain.at(at).hash) for at in range(old[-1].height, old[0].height + 2)]
    assert diary.lines[depth:] == new
    assert not any(bench.chain.is_best(block.hash) for block in old)
    assert all(bench.chain.known(block.hash) is block for block in old)
    assert bench.chain.height_of(tx.txid) == old[-1].height
    assert bench.chain.in_step()


def test_a_transaction_that_comes_back_later(bench: Bench) -> None:
    tx = paid(bench.coin())
    bench.mempool.submit(tx)
    bench.mine()
    bench.miner.reorganise(1, empty=2)
    assert bench.chain.height_of(tx.txid) is None
    assert tx.txid in bench.mempool
    bench.mine()
    assert bench.chain.height_of(tx.txid) == bench.chain.height


def test_a_double_spend_by_reorganisation(bench: Bench) -> None:
    coin = bench.coin()
    first, second = paid(coin, fee=1_000), paid(coin, fee=9_000)
    child = paid(output_of(first))
    bench.mempool.submit(first)
    bench.mempool.submit(child)
    bench.mine(3)
    bench.miner.reorganise(3, without=[first.txid])
    assert [entry.txid for entry in bench.mempool.entries()] == [first.txid, child.txid]
    bench.put(second)
    assert len(bench.mempool) == 0
    assert bench.chain.height_of(second.txid) == bench.chain.height


def test_reorganisations_one_after_the_other(bench: Bench) -> None:
    for depth in (1, 3, 2, 10, 1):
        before = bench.chain.height
        bench.miner.reorganise(depth)
        assert bench.chain.height == before + 1
        assert bench.chain.in_step()
    with pytest.raises(ValueError, match="blocks to replace"):
        bench.miner.reorganise(bench.chain.height + 1)


def hashes(engine: Engine, seed: bytes) -> list[bytes]:
    bench = Bench(engine, seed)
    bench.mempool.submit(paid(bench.coin()))
    bench.mine(2)
    bench.miner.reorganise(2)
    return [bench.chain.at(height).hash for height in range(bench.chain.height + 1)]


def test_one_seed_gives_one_chain_and_another_seed_another() -> None:
    with Engine() as one, Engine() as again, Engine() as other:
        first = hashes(one, b"seed")
        assert hashes(again, b"seed") == first
        assert set(hashes(other, b"other")) & set(first) == {Network.REGTEST.chain_hash}


def test_the_engines_folder_goes_with_it() -> None:
    engine = Engine()
    folder = Path(engine._folder.name)
    assert folder.is_dir()
    engine.close()
    engine.close()
    assert not folder.exists()


def test_who_spends_an_output_is_found_in_the_best_chain_alone(bench: Bench) -> None:
    coin = bench.coin()
    born, tx = bench.chain.height, paid(coin)
    assert bench.chain.spender(coin[0], born) is None
    assert [outpoint for outpoint, _ in bench.chain.paid_to({HOME})] == [coin[0]]
    bench.put(tx)
    assert bench.chain.spender(coin[0], born) == (born + 1, tx)
    assert [outpoint for outpoint, _ in bench.chain.paid_to({HOME})] == [tx.outpoint(0)]
    bench.chain.drop(1)
    assert bench.chain.spender(coin[0], born) is None
    assert [outpoint for outpoint, _ in bench.chain.paid_to({HOME})] == [coin[0]]
