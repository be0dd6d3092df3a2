"""A chain of headers with less work than the real one had is believed in nothing, and given up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from lnwallet_tui.bitcoin.consensus import ChainRules, rules_of
from lnwallet_tui.chain.questions import Fault, Refusal
from lnwallet_tui.chain.sync import Wait
from lnwallet_tui.p2p.inventory import Headers
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.playground.simchain import SimChain
from tests.chain import liars
from tests.chain.grown import BLOCKS, grown
from tests.chain.wires import OURS, REGTEST, Node, Wires, is_replay
from tests.playground.bench import Bench

PROVEN_AT: Final = 2_400
INVENTED: Final = 2_100  # more than a reorganisation can take back


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Engine() as engine:
        yield grown(engine)


@pytest.fixture(scope="module")
def invented(bench: Bench) -> Iterator[SimChain]:
    """Another chain from the genesis block on."""
    with Engine() as engine:
        chain = SimChain(engine, lambda: bench.now, b"invented", bench.key.script)
        for _ in range(INVENTED):
            chain.extend()
        yield chain


def rules(bench: Bench, checkpoint: int | None = None) -> ChainRules:
    """As of a network whose chain is known up to a height."""
    real = rules_of(REGTEST)
    known = {} if checkpoint is None else {checkpoint: bench.chain.at(checkpoint).hash}
    work = real.genesis.work * (PROVEN_AT + 1)
    return replace(real, minimum_work=work, proven_at=PROVEN_AT, checkpoints=known)


def wires(bench: Bench, seed: int, checkpoint: int | None = None) -> Wires:
    now = bench.now * 1_000 + 60_000
    return Wires(seed, now, scripts=(OURS,), rules=rules(bench, checkpoint))


@pytest.mark.parametrize(
    ("checkpoint", "why"), [(None, Refusal.BEHIND), (2_050, Fault.FALSE_HEADERS)]
)
@pytest.mark.parametrize("seed", range(2))
def test_who_was_alone_with_an_invention_begins_anew(
    bench: Bench, invented: SimChain, seed: int, checkpoint: int | None, why: Fault | Refusal
) -> None:
    net = wires(bench, seed, checkpoint)
    liar = net.join(Node(invented))
    net.wait(60_000)
    assert net.ended == {liar: [why]}
    assert not net.told
    assert net.sync.progress().waits_for is Wait.PEERS
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 60_000)
    assert is_replay(net.follower, bench.chain)
    assert net.ended == {liar: [why]}
    assert net.restarts == 1
    assert len(net.headers) == 80 * (BLOCKS + 1)


@pytest.mark.parametrize("seed", range(4))
def test_inventions_beside_the_real_chain(bench: Bench, invented: SimChain, seed: int) -> None:
    net = wires(bench, seed)
    liars = {net.join(Node(invented)), net.join(Node(invented))}
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 180_000)
    assert is_replay(net.follower, bench.chain)
    net.wait(60_000)
    assert set(net.ended) <= liars
    assert {why for (why,) in net.ended.values()} <= {Refusal.BEHIND}


def test_a_lie_does_not_take_along_what_others_told(bench: Bench) -> None:
    net = wires(bench, 1)
    first = net.join(liars.Without(bench.chain, Headers, after=1))
    net.run(lambda: net.sync.progress().headers == 2_000)
    net.lose(first)
    bad = net.join(liars.FalseHeaders(bench.chain))
    net.run(lambda: bad in net.ended)
    assert net.ended[bad] == [Fault.FALSE_HEADERS]
    assert net.sync.progress().headers == 2_000
    assert net.restarts == 0


def test_a_clock_that_is_years_behind_is_nobodys_fault(bench: Bench) -> None:
    net = Wires(1, (bench.now - 300 * 600) * 1_000, rules=rules(bench))
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    net.wait(60_000)
    assert net.sync.progress().clock_doubted
    assert net.sync.progress().waits_for is Wait.HEADERS
    assert not net.ended


@pytest.mark.parametrize("birthday", [0, 2_400])
def test_a_lie_takes_back_nothing_that_a_checkpoint_proves(bench: Bench, birthday: int) -> None:
    """Of whoever told all that is known."""
    known = {500: bench.chain.at(500).hash, 1_800: bench.chain.at(1_800).hash}
    rules_ = replace(rules(bench), checkpoints=known)
    now = bench.now * 1_000 + 60_000
    net = Wires(1, now, scripts=(OURS,), rules=rules_, birthday=birthday)
    bad = net.join(liars.LiesAfter(bench.chain, 2_000))
    assert net.run(lambda: bad in net.ended, 60_000)
    assert net.ended[bad] == [Fault.FALSE_HEADERS]
    assert net.sync.progress().headers == 1_800
    assert net.headers == b"".join(
        bench.chain.at(at).block.header.serialize() for at in range(1_801)
    )
    net.restart()
    assert net.sync.progress().headers == 1_800
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 60_000)
    assert len(net.headers) == 80 * (BLOCKS + 1)
