"""A peer that only costs time is not waited for: it holds up nobody, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from lnwallet_tui.chain import sync_blocks
from lnwallet_tui.chain.headers import KEPT
from lnwallet_tui.chain.questions import Failure, Fault, Refusal
from lnwallet_tui.chain.sync import Wait
from lnwallet_tui.chain.sync_filters import ALONE_WITH_OLD_MS
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.inventory import GetHeaders
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.playground.simchain import SimChain
from tests.chain import besiegers
from tests.chain.grown import asked, grown, wires
from tests.chain.wires import Node, Wires, is_replay
from tests.playground.bench import Bench

ON_TIME: Final = 120_000
"""Milliseconds."""


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Engine() as engine:
        yield grown(engine)


@pytest.fixture(scope="module")
def long() -> Iterator[Bench]:
    """So long that the first block is nowhere in memory any more."""
    with Engine() as engine:
        bench = Bench(engine)
        bench.mine(KEPT + 10 - bench.chain.height)
        yield bench


@pytest.fixture(scope="module")
def other(long: Bench) -> Iterator[SimChain]:
    """Another chain from the genesis block on, of the same length."""
    with Engine() as engine:
        chain = SimChain(engine, lambda: long.now, b"another", long.key.script)
        for _ in range(long.chain.height):
            chain.extend()
        yield chain


def is_settled(net: Wires, bench: Bench) -> bool:
    return net.has_read(bench.chain) and net.sync.progress().waits_for is Wait.NOTHING


@pytest.mark.parametrize("seed", range(4))
def test_who_gives_the_same_headers_again_and_again_leads_nobody(bench: Bench, seed: int) -> None:
    net = wires(bench, seed)
    node = besiegers.BeginsAgain(bench.chain)
    bad = net.join(node)
    net.wait(1_000)
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: is_settled(net, bench), ON_TIME)
    assert is_replay(net.follower, bench.chain)
    assert net.ended == {bad: [Failure.LACKS]}
    assert len(asked(node, GetHeaders)) < 5


def test_who_has_another_chain_from_the_beginning_is_asked_once(
    long: Bench, other: SimChain
) -> None:
    """What both have in common lies so far back that nobody would follow from there."""
    net = wires(long, birthday=long.chain.height)
    net.join(Node(long.chain))
    net.join(Node(long.chain))
    assert net.run(lambda: is_settled(net, long), ON_TIME)
    node = Node(other)
    net.join(node)
    net.wait(ON_TIME)
    assert net.ended == {2: [Refusal.BEHIND]}
    assert len(asked(node, GetHeaders)) < 3


@pytest.mark.parametrize("honest", [1, 2])
def test_who_comes_and_goes_is_not_waited_for(bench: Bench, honest: int) -> None:
    """Each time it comes it is asked what it knows of filters, and hangs up before it is slow."""
    net = wires(bench)
    for _ in range(honest):
        net.join(Node(bench.chain))

    def come() -> None:
        number = net.join(besiegers.KeepsFilterHeaders(bench.chain))
        net.after(19_000, lambda: net.lose(number))
        net.after(19_100, come)

    come()
    net.after(9_000, come)  # there is always one
    assert net.run(lambda: net.has_read(bench.chain), ALONE_WITH_OLD_MS + 5 * ON_TIME)
    assert is_replay(net.follower, bench.chain)


@pytest.mark.parametrize("seed", range(3))
def test_who_drips_is_not_waited_for(bench: Bench, seed: int) -> None:
    net = wires(bench, seed)
    net.join(besiegers.Drips(bench.chain))
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 2 * ON_TIME)
    assert is_replay(net.follower, bench.chain)


@pytest.mark.parametrize("what", besiegers.CHATTER, ids=lambda one: type(one).__name__)
def test_who_chats_is_left(bench: Bench, what: Message) -> None:
    net = wires(bench)
    bad = net.join(besiegers.Chats(bench.chain, what))
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: is_settled(net, bench), ON_TIME)
    assert net.ended == {bad: [Fault.FLOOD]}


@pytest.mark.parametrize("honest", [1, 2])
def test_who_vouches_for_a_filter_that_it_never_shows_is_not_waited_for(
    bench: Bench, honest: int
) -> None:
    """It comes again and again, and each time says something else of one block."""
    net = wires(bench)
    for _ in range(honest):
        net.join(Node(bench.chain))

    def come() -> None:
        number = net.join(besiegers.NeverShows(bench.chain, bytes([len(net.ended)]) * 32))
        net.after(19_000, lambda: net.lose(number))
        net.after(19_100, come)

    come()
    net.after(9_000, come)  # there is always one
    assert net.run(lambda: net.has_read(bench.chain), 5 * ON_TIME)
    assert is_replay(net.follower, bench.chain)


@pytest.mark.parametrize("seed", range(3))
def test_who_stays_and_never_shows_its_filter_costs_a_moment(bench: Bench, seed: int) -> None:
    net = wires(bench, seed)
    net.join(besiegers.NeverShows(bench.chain, bytes(32)))
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), ON_TIME)
    assert is_replay(net.follower, bench.chain)


def test_long_filters_are_not_all_held_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is alone with us decides how long they are."""
    monkeypatch.setattr(sync_blocks, "MOST_HELD", 0)
    net = wires(bench)
    net.join(Node(bench.chain))
    most = 0

    def is_done() -> bool:
        nonlocal most
        most = max(most, sum(bool(one.filters) for one in net.sync._blocks._batches))
        return net.has_read(bench.chain)

    assert net.run(is_done, ALONE_WITH_OLD_MS + ON_TIME)
    assert most == 1
    assert is_replay(net.follower, bench.chain)
