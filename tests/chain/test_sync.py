"""The chain is read from several nodes over simulated wires."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.chain.sync import Wait
from lnwallet_tui.chain.sync_blocks import BlockSync
from lnwallet_tui.chain.watch import ScriptPaid
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.compact_filters import GetCFHeaders, GetCFilters
from lnwallet_tui.p2p.inventory import GetData
from lnwallet_tui.playground.engine import Engine
from tests.chain.grown import BLOCKS, LATER, OTHERS, asked, grown, wires
from tests.chain.wires import OURS, WITNESS, Node, Wires, is_replay
from tests.playground.bench import Bench, spend


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Engine() as engine:
        yield grown(engine)


def test_2500_blocks_are_read_from_four_peers(bench: Bench) -> None:
    net = wires(bench)
    nodes = [Node(bench.chain) for _ in range(4)]
    for node in nodes:
        net.join(node)
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
    assert [
        (one.number, one.is_ready, one.is_at_tip, one.told_height, one.reach, one.vouches_to)
        for one in net.sync.peers()
    ] == [(number, True, True, BLOCKS, BLOCKS, BLOCKS) for number in range(4)]
    assert {one.latency_ms for one in net.sync.peers()} == {2 * Node.latency}
    full = [event for event in net.told if getattr(event, "txs", ())]
    assert len(full) == 5
    assert all(asked(node, GetCFilters) for node in nodes)  # together
    assert sum(bool(asked(node, GetData)) for node in nodes) > 1  # none of them sees all of it
    questions = [one for node in nodes for one in asked(node, GetCFilters)]
    assert len({one.start_height for one in questions}) == len(questions)  # each filter once


def test_a_transaction_of_64_bytes_has_nobody_banned_and_stops_nothing() -> None:
    """What the engine takes is read: a peer that cheats may have one mined beside it."""
    with Engine() as engine:
        bench = Bench(engine, blocks=101)
        anchor = TxOut(Sat(90_000), bytes.fromhex("51024e73"))  # P2A: four bytes
        tx = spend(bench.coin(OURS), outputs=[anchor]).with_witness(0, (WITNESS,))
        assert len(tx.serialize_base()) == 64
        bench.put(tx)
        net = wires(bench)
        for _ in range(2):
            net.join(Node(bench.chain))
        assert net.run(lambda: net.has_read(bench.chain), 60_000)
        assert not net.ended
        assert is_replay(net.follower, bench.chain)


def test_what_to_ask_next_is_not_thought_over_at_each_block(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    thoughts: list[int] = []
    advance = BlockSync.advance

    def counted(blocks: BlockSync) -> None:
        thoughts.append(blocks.next_height)
        advance(blocks)

    monkeypatch.setattr(BlockSync, "advance", counted)
    net = wires(bench)
    for _ in range(2):
        net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 60_000)
    assert is_replay(net.follower, bench.chain)
    assert len(thoughts) < BLOCKS // 10


def test_the_same_seed_makes_the_same_run(bench: Bench) -> None:
    def run(seed: int) -> list[Message]:
        net = wires(bench, seed)
        nodes = [Node(bench.chain) for _ in range(3)]
        for node in nodes:
            net.join(node)
        assert net.run(lambda: net.has_read(bench.chain), 60_000)
        return [message for node in nodes for message in node.heard]

    assert run(5) == run(5)
    assert run(5) != run(6)


def test_before_the_birthday_only_headers_are_asked_for(bench: Bench) -> None:
    net = wires(bench, birthday=2_400)
    node = Node(bench.chain)
    net.join(node)
    net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 60_000)
    assert [event.height for event in net.told] == list(range(2_400, BLOCKS + 1))
    assert {one.start_height for one in asked(node, GetCFHeaders)} == {2_400}
    assert min(fact.height for fact in net.follower.all_facts()) > 2_400


def test_a_wallet_born_with_the_next_block_waits_for_it(bench: Bench) -> None:
    net = wires(bench, birthday=BLOCKS + 1)
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    net.wait(60_000)
    assert net.sync.progress().waits_for is Wait.NOTHING
    assert not net.told


def test_what_watches_nothing_asks_for_no_filters(bench: Bench) -> None:
    net = Wires(1, bench.now * 1_000, scripts=())
    node = Node(bench.chain)
    net.join(node)
    net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 60_000)
    assert not asked(node, GetCFilters)
    assert len(net.told) == BLOCKS + 1


def test_what_a_block_teaches_is_looked_for_in_the_next(bench: Bench) -> None:
    """Though its filter was matched before, with what was known then."""
    net = wires(bench)
    net.teaches = {OURS: LATER}
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 60_000)
    assert is_replay(net.follower, bench.chain)
    paid = [f for f in net.follower.all_facts() if isinstance(f, ScriptPaid)]
    assert LATER in [fact.output.script_pubkey for fact in paid]


def test_what_is_watched_from_now_on_is_not_looked_for_before(bench: Bench) -> None:
    net = wires(bench)
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 60_000)
    told = len(net.told)
    net.sync.watch(frozenset({OTHERS}), net.now)
    net.wait(60_000)
    assert len(net.told) == told


@pytest.mark.parametrize("blocks", [1_999, 2_000, 2_001])
def test_who_told_all_its_headers_is_at_the_last(blocks: int) -> None:
    """Where they end with a full message, the next is empty: that is no sign of a shorter chain."""
    with Engine() as engine:
        bench = Bench(engine, blocks=blocks)
        net = wires(bench)
        net.join(Node(bench.chain))
        net.join(Node(bench.chain))
        assert net.run(lambda: net.has_read(bench.chain), 20_000)


def test_many_new_blocks_are_no_flood() -> None:
    """On regtest they come as fast as somebody mines; each is news that was worked for."""
    with Engine() as engine:
        bench = Bench(engine)
        net = wires(bench, ahead_ms=300 * 600_000)
        net.join(Node(bench.chain))
        net.join(Node(bench.chain))
        assert net.run(lambda: net.has_read(bench.chain), 20_000)
        for _ in range(300):
            bench.mine()
            net.announce()
            net.wait(100)
        assert net.run(lambda: net.has_read(bench.chain), 20_000)
        assert not net.ended
