"""The chain in one hand: it begins with mature coins and grows in the world's time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.script import p2wpkh
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.playground.blockmaker import subsidy
from lnwallet_tui.playground.clock import START_OF_TIME, WorldClock
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.policy_rejection import Reason
from lnwallet_tui.playground.regtest import BLOCKS_PER_DAY, Regtest
from tests.playground.bench import PUBKEY

HOME = p2wpkh(PUBKEY)


@pytest.fixture
def regtest() -> Iterator[Regtest]:
    running = make(b"regtest")
    yield running
    running.close()


def make(seed: bytes) -> Regtest:
    return Regtest(WorldClock(), seed, SeededDice(seed, "chain"))


async def test_the_faucet_begins_with_mature_coins(regtest: Regtest) -> None:
    await regtest.begin()
    height = regtest.chain.height
    assert 100 < height < 110
    assert regtest.faucet_sat() == sum(subsidy(at).value for at in range(1, height + 1))
    regtest.give([TxOut(Sat(100_000), HOME)])
    await regtest.mine()
    assert regtest.chain.held_by(HOME) == Sat(100_000)
    assert len(regtest.mempool) == 0


async def test_blocks_come_every_ten_minutes_about(regtest: Regtest) -> None:
    for _ in range(BLOCKS_PER_DAY):
        await regtest.mine()
    times = [regtest.chain.at(height).time for height in range(1, BLOCKS_PER_DAY + 1)]
    gaps = [after - before for before, after in pairwise(times)]
    assert all(240 <= gap <= 960 for gap in gaps)
    assert 0.9 < (times[-1] - START_OF_TIME) / 86_400 < 1.1


async def test_the_same_seed_grows_the_same_chain() -> None:
    chains = []
    for seed in (b"1", b"1", b"2"):
        regtest = make(seed)
        await regtest.begin()
        chains.append(regtest.blocks_hex())
        regtest.close()
    assert chains[0] == chains[1]
    assert not set(chains[0]) & set(chains[2])


async def test_the_blocks_are_those_of_the_best_chain(regtest: Regtest) -> None:
    await regtest.begin()
    before = regtest.blocks_hex()
    height = await regtest.reorganise(2)
    after = regtest.blocks_hex()
    assert len(after) == height == len(before) + 1
    assert after[:-3] == before[:-2]
    assert not set(after[-3:]) & set(before)
    assert Block.parse(bytes.fromhex(after[-1])).hash == regtest.chain.tip.hash


async def test_what_is_published_passes_the_mempool_or_hears_why_not(regtest: Regtest) -> None:
    await regtest.begin()
    tx = regtest.give([TxOut(Sat(100_000), HOME)])
    assert regtest.publish(tx) is None  # known already: nothing to be told
    await regtest.mine()
    again = Tx(2, tx.inputs, (TxOut(Sat(100_001), HOME),))
    refused = regtest.publish(regtest.key.sign(again, 0, subsidy(1)))
    assert refused is not None
    assert refused.reason is Reason.MISSING_INPUTS
