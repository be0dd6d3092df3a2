"""Blocks come and leave, up to a day of them, and others come in their place: what we know and do
is what a replay of the winning chain says, and in the end everything of ours is home."""

from __future__ import annotations

from random import Random

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.onchain.classify import Revoked, Theirs
from lnwallet_tui.onchain.report import Fate
from lnwallet_tui.playground.engine import Engine
from tests.onchain.duel import BOBS_DELAY, QUIET, Duel, random_states
from tests.onchain.guard import Guard, outgrow
from tests.playground.bench import Bench
from tests.sampling import sampled

DEEPEST = 144


class Storm:
    """A channel that was closed by one of Bob's commitments, and a chain that cannot decide."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.dice = Random(seed)
        self.bench = Bench(engine, str(seed).encode(), blocks=105)
        anchors = self.dice.random() < 0.6
        states = random_states(seed, 40, height=self.bench.chain.height, anchors=anchors)
        full = max(range(len(states)), key=lambda at: len(states[at].payments))
        self.duel = Duel(self.bench, [*states[: full + 1], QUIET, QUIET], anchors=anchors)
        self.newest = full + 2
        self.unrevoked = self.dice.random() < 0.5
        self.facts = self.duel.facts(unrevoked=self.unrevoked)
        self.guard = Guard(self.duel, self.facts)
        self.left, self.swaps, self.deepest = full, 0, 0

    def close(self) -> None:
        """Any commitment of his, an old one most of the time."""
        number = self.dice.choice((self.left, self.left, self.newest, self.newest - 1))
        self.bench.put(self.duel.bobs_commitment(number))

    def step(self) -> None:
        """Some blocks, with what we publish in them or not; or some that leave."""
        self.guard.act()
        match self.dice.randrange(5):
            case 0:
                self.leave(self.dice.randint(1, 6))
            case 1:
                self.leave(min(DEEPEST, self.bench.chain.height - self.duel.height))
            case 2:
                self.empty(self.dice.randint(1, 3))
            case _:
                self.bench.mine(self.dice.randint(1, 4))

    def empty(self, count: int) -> None:
        for _ in range(count):
            self.bench.now += 600
            self.bench.chain.extend()

    def leave(self, depth: int) -> None:
        """The newest blocks, but never the funding transaction; others come, one more of them."""
        chain = self.bench.chain
        depth = min(depth, chain.height - self.duel.height)
        if not depth:
            return
        self.deepest = max(self.deepest, depth)
        chain.drop(depth)
        if chain.coin(self.duel.funding) is not None:
            self.swaps += 1
            self.bench.mempool._entries.clear()
            self.close()
            depth -= 1
        for _ in range(depth + 1):
            self.bench.mine()

    def agrees(self) -> bool:
        """Whether who has seen only the chain that won would know the same."""
        return Guard(self.duel, self.facts).look() == self.guard.look()


@pytest.mark.parametrize("seed", sampled("reorganisations around a close", range(24), 3))
def test_vuln_041_what_came_and_left_is_as_if_it_had_never_been(seed: int) -> None:
    """LDK kept books of its batches, and broke when a block with one left the chain."""
    with Engine() as engine:
        storm = Storm(engine, seed)
        storm.close()
        kinds = set()
        for _ in range(14):
            storm.step()
            assert storm.agrees()
            kinds.add(type(storm.guard.look().close))
        storm.bench.mine(2)
        for _ in range(BOBS_DELAY + 70):
            storm.guard.act()
            storm.bench.mine()
            if storm.guard.look().final_at is not None:
                break
        outgrow(storm.bench)
        resolution = storm.guard.look()
        assert resolution.total(Fate.LOST) == Sat(0)
        assert resolution.final_at is not None
        assert storm.guard.home() == resolution.total(Fate.TAKEN) - storm.guard.fees_mined()
        assert kinds <= {Revoked, Theirs}


@pytest.mark.full
@pytest.mark.parametrize("depth", [1, 2, 6, 30, DEEPEST])
@pytest.mark.parametrize("first", ["revoked", "current", "next"])
@pytest.mark.parametrize("then", ["revoked", "current", "next"])
def test_vuln_040_any_commitment_in_the_place_of_any_other(
    bench: Bench, first: str, then: str, depth: int
) -> None:
    """LDK stayed with the commitment that it saw first. All of ours is home after the other, too,
    however deep it lay."""
    states = random_states(7, 12, height=bench.chain.height, anchors=True)
    duel = Duel(bench, [*states, QUIET, QUIET])
    numbers = {"revoked": 11, "current": 12, "next": 13}
    guard = Guard(duel, duel.facts(unrevoked=True))
    bench.put(duel.bobs_commitment(numbers[first]))
    for _ in range(depth - 1):
        guard.act()
        bench.mine()
    bench.chain.drop(depth)
    bench.mempool._entries.clear()
    assert guard.look_or_none() is None
    bench.put(duel.bobs_commitment(numbers[then]))
    guard.act()
    bench.mine(max(depth, BOBS_DELAY + 60))
    for _ in range(3):
        guard.act()
        bench.mine()
    outgrow(bench)
    resolution = guard.look()
    assert isinstance(resolution.close, Revoked if then == "revoked" else Theirs)
    assert resolution.total(Fate.LOST) == Sat(0)
    assert guard.home() == resolution.total(Fate.TAKEN) - guard.fees_mined()
