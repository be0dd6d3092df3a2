"""The mempool beside the chain: what leaves with a block, what a reorganisation brings back."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.script import OP_RETURN, assemble
from lnwallet_tui.bitcoin.tx import OutPoint, TxOut
from lnwallet_tui.playground.faucet import NoCoins
from tests.playground.bench import HOME, Bench, output_of, paid, spend


def test_the_best_paying_are_mined_first_and_parents_before_children(bench: Bench) -> None:
    one, two, three = bench.coins(3)
    poor = paid(one, fee=200)
    rescued = paid(two, fee=150)
    rich_child = paid(output_of(rescued), fee=9_000)
    middle = paid(three, fee=1_000)
    for tx in (poor, rescued, middle, rich_child):
        bench.mempool.submit(tx)
    bench.mine()
    mined = bench.chain.tip.txids[1:]
    assert mined == (rescued.txid, rich_child.txid, middle.txid, poor.txid)


def test_a_block_holds_four_million_weight_units(bench: Bench) -> None:
    data = TxOut(Sat(0), assemble(OP_RETURN, bytes(99_000)))
    txs = [
        paid(coin, outputs=[data, TxOut(Sat(40_000 - 100 * at), HOME)])
        for at, coin in enumerate(bench.coins(12))
    ]
    for tx in txs:
        bench.mempool.submit(tx)
    bench.mine()
    assert sum(tx.weight for tx in bench.chain.tip.block.transactions) <= 4_000_000
    # The later a transaction is in the list, the more it pays.
    assert bench.chain.tip.txids[1:] == tuple(tx.txid for tx in txs[:1:-1])
    assert len(bench.mempool) == 2
    bench.mine()
    assert len(bench.mempool) == 0


def test_mining_without_some(bench: Bench) -> None:
    parent = paid(bench.coin())
    child = paid(output_of(parent))
    for tx in (parent, child):
        bench.mempool.submit(tx)
    bench.miner.mine(without=[parent.txid])
    assert len(bench.mempool) == 2
    bench.chain.extend()
    assert len(bench.mempool) == 2


def test_what_a_block_conflicts_with_leaves_with_its_descendants(bench: Bench) -> None:
    coin, other = bench.coins(2)
    loser = paid(coin)
    child = paid(output_of(loser))
    bystander = paid(other)
    for tx in (loser, child, bystander):
        bench.mempool.submit(tx)
    bench.put(paid(coin, fee=500))
    assert [entry.txid for entry in bench.mempool.entries()] == [bystander.txid]


def test_a_mined_parent_leaves_its_child_waiting(bench: Bench) -> None:
    parent = paid(bench.coin())
    child = paid(output_of(parent))
    for tx in (parent, child):
        bench.mempool.submit(tx)
    bench.miner.mine(without=[child.txid])
    assert [entry.txid for entry in bench.mempool.entries()] == [child.txid]
    bench.mine()
    assert len(bench.mempool) == 0


def test_a_dropped_block_gives_back_what_pays_too_little_as_well(bench: Bench) -> None:
    free = paid(bench.coin(), fee=0)
    bench.put(free)
    child = paid(output_of(free))
    bench.mempool.submit(child)
    bench.miner.reorganise(1, empty=2)
    assert [entry.txid for entry in bench.mempool.entries()] == [free.txid, child.txid]


def test_what_waits_on_a_dropped_block_is_judged_anew(bench: Bench) -> None:
    coin = bench.coin()
    bench.mine(2)
    delayed = paid(coin, sequence=3)
    by_height = paid(bench.coin(), locktime=bench.chain.height)
    for tx in (delayed, by_height):
        bench.mempool.submit(tx)
    bench.chain.drop(1)  # the coin of `by_height` is unconfirmed now, its lock time not over
    assert delayed.txid in bench.mempool
    assert by_height.txid not in bench.mempool
    bench.chain.drop(1)
    assert delayed.txid not in bench.mempool
    for _ in range(3):
        bench.mine()
    assert bench.chain.in_step()


def test_a_coinbase_that_is_no_more_takes_its_spends_along(bench: Bench) -> None:
    block = bench.chain.at(bench.chain.height - 99)
    coin = (OutPoint(block.txids[0], 0), block.block.transactions[0].outputs[0])
    tx = bench.key.sign(spend(coin), 0, coin[1].value)
    bench.mempool.submit(tx)
    bench.chain.drop(1)
    assert len(bench.mempool) == 0
    bench.mine(2)


def test_the_faucet_pays_until_it_is_dry(bench: Bench) -> None:
    for _ in range(31):
        bench.mempool.submit(bench.faucet.pay([TxOut(Sat(1_000_000), HOME)]))
    with pytest.raises(NoCoins):
        bench.faucet.pay([TxOut(Sat(1_000_000), HOME)])
    assert "secret" not in repr(bench.key)
    assert bench.key.secret.hex() not in repr(bench.key)
