"""Blocks leave while others are read, peers leave and come back, the lid is shut: what was read in
the end is what one reads who begins then."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import pytest

from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected
from lnwallet_tui.chain.questions import Failure
from lnwallet_tui.chain.sync import Wait
from lnwallet_tui.playground.engine import Engine
from tests.chain import liars
from tests.chain.grown import put_ours, wires
from tests.chain.wires import Node, Wires, is_replay
from tests.playground.bench import Bench
from tests.sampling import sampled

HOUR: Final = 3_600_000
DEPTHS: Final = (1, 2, 6, 30, 144)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Engine() as engine:
        bench = Bench(engine, blocks=300)
        put_ours(bench, spent=True)
        bench.mine(20)
        yield bench


def reorganise(bench: Bench, depth: int, dice: random.Random) -> None:
    """Other blocks take the place of the newest; what concerns us comes again, elsewhere or not at
    all, and something new."""
    bench.chain.drop(depth)
    for _ in range(depth):
        bench.now += 10
        bench.chain.extend() if dice.random() < 0.5 else bench.miner.mine()
    put_ours(bench, spent=dice.random() < 0.5)


def has_settled(net: Wires, bench: Bench) -> bool:
    return net.has_read(bench.chain) and net.sync.progress().waits_for is Wait.NOTHING


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("peers", [1, 3])
@pytest.mark.parametrize("seed", range(2))
def test_a_reorganisation_while_reading(bench: Bench, depth: int, peers: int, seed: int) -> None:
    """Whenever it comes; nobody is left for it, not even an only peer."""
    dice = random.Random(seed)
    for _ in range(2):
        put_ours(bench)
    net = wires(bench, seed)
    for _ in range(peers):
        net.join(Node(bench.chain))
    # An only peer is believed after a while; what comes then comes in the middle of reading.
    net.after(dice.randrange(2_000) + (30_000 if peers == 1 else 0), lambda: reorg(net))

    def reorg(net: Wires) -> None:
        reorganise(bench, depth, dice)
        net.announce()

    net.wait(40_000)
    assert net.run(lambda: has_settled(net, bench), HOUR)
    assert is_replay(net.follower, bench.chain)
    assert not net.ended


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("peers", [1, 3])
def test_a_reorganisation_after_reading(bench: Bench, depth: int, peers: int) -> None:
    """Each block leaves once, newest first; those that stay are not told again."""
    net = wires(bench)
    for _ in range(peers):
        net.join(Node(bench.chain))
    assert net.run(lambda: has_settled(net, bench), HOUR)
    old = [bench.chain.at(bench.chain.height - at).hash for at in range(depth)]
    net.told.clear()
    reorganise(bench, depth, net.dice)
    net.announce()
    assert net.run(lambda: has_settled(net, bench), HOUR)
    left = [event.block_hash for event in net.told if isinstance(event, BlockDisconnected)]
    came = [event for event in net.told if isinstance(event, BlockConnected)]
    assert left == old
    assert len(came) == len(net.told) - depth
    assert [event.height for event in came] == sorted({event.height for event in came})
    assert is_replay(net.follower, bench.chain)
    assert not net.ended


@pytest.mark.parametrize("seed", range(3))
def test_a_reorganisation_while_the_program_was_off(bench: Bench, seed: int) -> None:
    net = wires(bench, seed)
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    net.wait(net.dice.randrange(3_000))
    net.restart()
    reorganise(bench, 20, net.dice)
    net.wait(60_000)
    assert net.sync.progress().waits_for is Wait.PEERS
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: has_settled(net, bench), HOUR)
    assert is_replay(net.follower, bench.chain)


def test_lost_headers_are_no_reorganisation(bench: Bench) -> None:
    net = wires(bench)
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: has_settled(net, bench), HOUR)
    net.told.clear()
    net.restart(lost=50)
    assert net.sync.progress().headers == bench.chain.height - 50
    put_ours(bench)
    for _ in range(2):
        net.join(Node(bench.chain))
    assert net.run(lambda: has_settled(net, bench), HOUR)
    assert [event.height for event in net.told] == [bench.chain.height]
    assert is_replay(net.follower, bench.chain)


@pytest.mark.parametrize("seed", sampled("days of a light node", range(60), 8))
def test_a_stormy_day(bench: Bench, seed: int) -> None:
    """Peers come and go, blocks too, a liar is among them, the lid is shut, the program restarts;
    at the end the weather is fine."""
    net = wires(bench, seed, ahead_ms=12 * HOUR)
    dice = random.Random(seed)
    for _ in range(40):
        match dice.randrange(8):
            case 0 | 1:
                net.join(Node(bench.chain))
            case 2 if net.connected:
                net.lose(dice.choice(sorted(net.connected)))
            case 3:
                reorganise(bench, dice.choice(DEPTHS[:3]), dice)
                net.announce()
            case 4:
                put_ours(bench, spent=True)
                net.announce()
            case 5:
                net.sleep(dice.randrange(HOUR))
            case 6:
                net.restart()
            case _:
                net.join(dice.choice((liars.Slow, liars.Lacks, liars.FalseFilter))(bench.chain))
        net.wait(dice.choice((10, 200, 2_000, 40_000)))
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    put_ours(bench)
    net.announce()
    assert net.run(lambda: has_settled(net, bench), HOUR)
    assert is_replay(net.follower, bench.chain)


def test_all_are_lost_and_come_back(bench: Bench) -> None:
    net = wires(bench)
    first = [net.join(Node(bench.chain)) for _ in range(3)]
    net.wait(300)
    for number in first:
        net.lose(number)
    before = net.sync.progress()
    assert (before.waits_for, before.peers, before.verified_by) == (Wait.PEERS, 0, 0)
    net.wait(10 * HOUR)
    assert net.sync.progress() == before or net.sync.progress().is_stale
    put_ours(bench)
    for _ in first:
        net.join(Node(bench.chain))
    assert net.run(lambda: has_settled(net, bench), 60_000)
    assert is_replay(net.follower, bench.chain)
    assert net.ended == {number: [Failure.GONE] for number in first}


def test_the_lid_is_shut_for_a_week(bench: Bench) -> None:
    """In the middle of everything; nobody is blamed for it."""
    net = wires(bench)
    for _ in range(3):
        net.join(Node(bench.chain))
    for _ in range(20):
        net.wait(60)
        net.sleep(7 * 24 * HOUR)
    assert net.run(lambda: has_settled(net, bench), 60_000)
    net.wait(HOUR)
    assert not net.ended
    assert is_replay(net.follower, bench.chain)
    assert net.sync.progress().is_stale


def test_with_one_peer_it_goes_on_and_says_so(bench: Bench) -> None:
    net = wires(bench)
    net.join(Node(bench.chain))
    net.wait(10_000)
    assert net.sync.progress().waits_for is Wait.SECOND_OPINION
    assert net.run(lambda: has_settled(net, bench), 60_000)
    assert net.sync.progress().verified_by == 1
    put_ours(bench)
    net.announce()
    assert net.run(lambda: has_settled(net, bench), 5_000)  # it waited once, and does not again
    net.join(Node(bench.chain))
    net.wait(10_000)
    assert net.sync.progress().verified_by == 2
    put_ours(bench)
    net.announce()
    assert net.run(lambda: has_settled(net, bench), 5_000)
    net.wait(5_000)
    assert net.sync.progress().verified_by == 2


def test_who_has_two_peers_waits_for_both(bench: Bench) -> None:
    """One that hears of a block first is not believed alone for that."""
    net = wires(bench)
    first = net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    net.wait(40_000)
    put_ours(bench)
    net.announce(first)
    net.wait(3_000)
    assert net.sync.progress().headers == bench.chain.height
    assert net.sync.progress().waits_for is Wait.SECOND_OPINION
    assert not net.has_read(bench.chain)
    net.wait(5_000)
    assert has_settled(net, bench)
    assert net.sync.progress().verified_by == 2


def test_a_block_that_nobody_announced_is_found(bench: Bench) -> None:
    net = wires(bench)
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: has_settled(net, bench), 60_000)
    put_ours(bench)
    assert net.run(lambda: has_settled(net, bench), 700_000)
    assert is_replay(net.follower, bench.chain)


def test_a_clock_that_is_behind_is_told_and_nobody_is_blamed(bench: Bench) -> None:
    """Blocks more than two hours ahead of our clock are not taken, those before them are."""
    net = wires(bench, ahead_ms=-2 * HOUR - 700_000)
    for _ in range(3):
        net.join(Node(bench.chain))
    net.wait(60_000)
    progress = net.sync.progress()
    assert progress.clock_doubted
    assert 0 < progress.verified_to < bench.chain.height
    assert net.run(lambda: has_settled(net, bench), HOUR)
    assert not net.ended
    assert is_replay(net.follower, bench.chain)
