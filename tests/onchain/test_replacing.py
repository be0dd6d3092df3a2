"""Whatever fees, blocks and a cheat do: what replaces a sweep of ours is relayed by old rules and
by new ones, and in the end nothing is lost."""

from __future__ import annotations

from random import Random

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.channel.transactions import HtlcTransaction
from lnwallet_tui.onchain.report import Fate
from lnwallet_tui.playground.engine import Engine
from tests.onchain.duel import BOBS_DELAY, QUIET, Duel, State, random_states
from tests.onchain.guard import Guard
from tests.playground.bench import Bench
from tests.relay_rules import OldRules

FEERATES = (253, 300, 310, 700, 2_000, 9_000, 40_000)


def crowded(seed: int, height: int, *, anchors: bool) -> State:
    """A state with many payments in it."""
    states = random_states(seed, 60, height=height, anchors=anchors)
    return max(states, key=lambda state: len(state.payments))


def takes_some(duel: Duel, dice: Random, left: list[HtlcTransaction], height: int) -> None:
    """Bob takes some of the payments that he can take to the second stage, in one block."""
    ripe = [htlc for htlc in left if htlc.tx.locktime <= height]
    which = dice.sample(ripe, min(len(ripe), dice.randint(0, 2)))
    for htlc in which:
        left.remove(htlc)
    if which:
        duel.bench.put(*duel.bobs_second_stages(1, *which))


@pytest.mark.parametrize("seed", range(8))
def test_every_replacement_is_relayed(seed: int) -> None:
    dice = Random(seed)
    with Engine() as engine:
        bench = Bench(engine, blocks=105)
        anchors = dice.random() < 0.6
        duel = Duel(
            bench,
            [QUIET, crowded(seed, bench.chain.height, anchors=anchors), QUIET],
            anchors=anchors,
        )
        feerate = [300]
        guard, rules = Guard(duel, estimate=lambda _: feerate[0]), OldRules(bench.mempool)
        bench.put(duel.bobs_commitment(1))
        deadline = bench.chain.height + BOBS_DELAY
        left = list(duel.theirs(1).htlc_transactions)
        while bench.chain.height + 1 < deadline - 1:
            if dice.random() < 0.4:
                feerate[0] = dice.choice(FEERATES)
            guard.act()
            assert guard.refused == []
            if dice.random() < 0.2 and anchors < bench.chain.height:
                takes_some(duel, dice, left, bench.chain.height)
            else:
                bench.now += 600
                bench.chain.extend()
        guard.act()
        bench.mine()
        guard.act()
        bench.mine()
        assert rules.broken == []
        assert rules.replacements > 0
        resolution = guard.look()
        assert resolution.total(Fate.LOST) == Sat(0)
        assert guard.home() + guard.fees_mined() == resolution.total(Fate.TAKEN)
