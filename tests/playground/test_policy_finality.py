"""Time: lock times, relative delays and young coinbases, each at its very boundary.

These are consensus, so the engine refuses them as well: each case is offered to both.
"""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.playground.engine import EngineRefused
from lnwallet_tui.playground.policy_finality import SEQUENCE_DISABLED, SEQUENCE_IS_TIME
from lnwallet_tui.playground.policy_rejection import Reason, Rejection
from tests.playground.bench import Bench, output_of, paid, spend


def too_early(bench: Bench, tx: Tx, reason: Reason) -> None:
    """Neither the mempool nor the engine takes it now."""
    with pytest.raises(Rejection) as refused:
        bench.mempool.submit(tx)
    assert refused.value.reason is reason
    height = bench.chain.height
    with pytest.raises(EngineRefused):
        bench.chain.extend([tx])
    assert bench.chain.height == height
    assert bench.chain.in_step()


def in_time(bench: Bench, tx: Tx) -> None:
    bench.mempool.submit(tx)
    bench.mine()
    assert bench.chain.height_of(tx.txid) == bench.chain.height


def test_lock_time_by_height(bench: Bench) -> None:
    coin = bench.coin()
    tx = paid(coin, locktime=bench.chain.height + 1)
    too_early(bench, tx, Reason.NON_FINAL)
    bench.mine()
    in_time(bench, tx)


def test_lock_time_by_time_is_judged_by_the_median(bench: Bench) -> None:
    coin = bench.coin()
    tx = paid(coin, locktime=bench.chain.median_time(bench.chain.height))
    too_early(bench, tx, Reason.NON_FINAL)
    bench.mine()
    in_time(bench, tx)


def test_final_sequences_switch_the_lock_time_off(bench: Bench) -> None:
    in_time(bench, paid(bench.coin(), locktime=499_999_999, sequence=0xFFFF_FFFF))


def test_delay_by_blocks(bench: Bench) -> None:
    tx = paid(bench.coin(), sequence=3)
    bench.mine()
    too_early(bench, tx, Reason.NON_BIP68_FINAL)
    bench.mine()
    in_time(bench, tx)


def test_delay_by_time(bench: Bench) -> None:
    # 1,024 seconds after the block before the coin's; a block is 600
    tx = paid(bench.coin(), sequence=SEQUENCE_IS_TIME | 2)
    too_early(bench, tx, Reason.NON_BIP68_FINAL)
    bench.mine()
    in_time(bench, tx)


def test_an_unconfirmed_parent_counts_from_the_next_block(bench: Bench) -> None:
    parent = paid(bench.coin())
    bench.mempool.submit(parent)
    with pytest.raises(Rejection) as refused:
        bench.mempool.submit(paid(output_of(parent), sequence=1))
    assert refused.value.reason is Reason.NON_BIP68_FINAL
    bench.mempool.submit(paid(output_of(parent), sequence=0))


def test_delays_do_not_bind_version_1_nor_where_switched_off(bench: Bench) -> None:
    in_time(bench, paid(bench.coin(), sequence=100, version=1))
    in_time(bench, paid(bench.coin(), sequence=SEQUENCE_DISABLED | 100))


def test_a_coinbase_of_99_blocks_is_too_young(bench: Bench) -> None:
    def reward(depth: int) -> Tx:
        block = bench.chain.at(bench.chain.height + 1 - depth)
        coinbase = block.block.transactions[0]
        coin = (OutPoint(block.txids[0], 0), coinbase.outputs[0])
        return bench.key.sign(spend(coin), 0, coin[1].value)

    too_early(bench, reward(99), Reason.IMMATURE_COINBASE)
    in_time(bench, reward(100))
