"""Whatever one peer does, the honest chain is followed, and nobody but that peer suffers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from lnwallet_tui.chain.conversation import GIVE_UP_MS, LONGEST_ANSWER_MS
from lnwallet_tui.chain.questions import Ending, Failure, Fault, Refusal
from lnwallet_tui.chain.settled_filters import SettledFilters
from lnwallet_tui.chain.sync import Wait
from lnwallet_tui.chain.sync_filters import ALONE_WITH_OLD_MS
from lnwallet_tui.chain.sync_headers import APART_MS
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.compact_filters import CFHeaders, CFilter, GetCFHeaders, GetCFilters
from lnwallet_tui.p2p.control import Pong
from lnwallet_tui.p2p.inventory import Headers, RawBlock
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.playground.simchain import SimChain
from tests.chain import liars
from tests.chain.grown import OTHERS, asked, grown, put_ours, wires
from tests.chain.wires import Node, Wires, is_replay
from tests.playground.bench import Bench

ON_TIME: Final = 60_000
"""Milliseconds in which 2,500 blocks are read from honest peers."""

WITH_ONE: Final = ALONE_WITH_OLD_MS + 2 * ON_TIME
"""The same where one peer alone is there in the end."""


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Engine() as engine:
        yield grown(engine)


@pytest.fixture(scope="module")
def fork(bench: Bench) -> Iterator[SimChain]:
    """The same chain, but for the last 30 blocks, of which it has 20 others."""
    with Engine() as engine:
        chain = SimChain(engine, lambda: bench.now, b"fork", bench.key.script)
        for height in range(1, bench.chain.height - 29):
            chain.connect(bench.chain.at(height).block)
        for _ in range(20):
            chain.extend()
        yield chain


LIARS: Final[list[tuple[str, Callable[[SimChain], Node], Ending]]] = [
    ("omits", liars.omits, Fault.LIE),
    ("false hash", liars.FalseHash, Fault.FALSE_FILTER),
    ("false filter", liars.FalseFilter, Fault.FALSE_FILTER),
    ("contradicts", liars.Contradicts, Fault.CONTRADICTION),
    ("too few", liars.TooFew, Failure.LACKS),
    ("no block", lambda c: liars.Without(c, RawBlock), Failure.SILENT),
    ("lacks blocks", liars.Lacks, Failure.LACKS),
    ("false block", liars.FalseBlock, Fault.FALSE_BLOCK),
    ("silent", lambda c: liars.Without(c, Message), Failure.NO_HANDSHAKE),
    (
        "silent later",
        lambda c: liars.Without(c, Headers, CFHeaders, CFilter, RawBlock, Pong),
        Failure.SILENT,
    ),
    ("no filter headers", lambda c: liars.Without(c, CFHeaders), Failure.SILENT),
    ("no filters", lambda c: liars.Without(c, CFilter), Failure.SILENT),
    ("stalls in the middle", lambda c: liars.Without(c, CFilter, after=50), Failure.SILENT),
    ("one batch of headers", lambda c: liars.Without(c, Headers, after=1), Failure.SILENT),
    ("floods", liars.Floods, Fault.FLOOD),
    ("unasked", liars.Unasked, Fault.UNASKED),
    ("other network", liars.OtherNetwork, Refusal.OTHER_CHAIN),
    ("ends early", liars.EndsEarly, Refusal.BEHIND),
    ("false headers", liars.FalseHeaders, Fault.FALSE_HEADERS),
    ("headers of nothing", liars.ThanksNobody, Fault.UNASKED),
    ("babbles", liars.Babbles, Fault.MALFORMED),
]


def slack(chain: SimChain) -> list[int]:
    """Blocks that spend, beside their coinbase: there one script more is not too many."""
    blocks = map(chain.at, range(chain.height + 1))
    return [block.height for block in blocks if OTHERS in set(block.scripts())]


def is_settled(net: Wires, bench: Bench) -> bool:
    return net.has_read(bench.chain) and net.sync.progress().waits_for is Wait.NOTHING


EACH: Final = pytest.mark.parametrize(
    ("liar", "why"), [one[1:] for one in LIARS], ids=[one[0] for one in LIARS]
)


@EACH
def test_one_liar_among_three(bench: Bench, liar: Callable[[SimChain], Node], why: Ending) -> None:
    net = wires(bench, 1)
    bad = net.join(liar(bench.chain))
    honest = {net.join(Node(bench.chain)), net.join(Node(bench.chain))}
    assert net.run(lambda: is_settled(net, bench), GIVE_UP_MS + ON_TIME)
    assert is_replay(net.follower, bench.chain)
    net.run(lambda: bad in net.ended, APART_MS + LONGEST_ANSWER_MS)
    assert net.ended == {bad: [why]}
    assert net.connected == honest


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 6))
@EACH
def test_one_liar_anywhere_among_three(
    bench: Bench, liar: Callable[[SimChain], Node], why: Ending, seed: int
) -> None:
    net = wires(bench, seed)
    at = net.dice.randrange(4)
    joined = [net.join((liar if turn == at else Node)(bench.chain)) for turn in range(4)]
    bad = joined.pop(at)
    assert net.run(lambda: is_settled(net, bench), GIVE_UP_MS + ON_TIME)
    assert is_replay(net.follower, bench.chain)
    net.run(lambda: bad in net.ended, APART_MS + LONGEST_ANSWER_MS)
    assert net.ended == {bad: [why]} or (net.ended == {} and why in MAY_BE_UNSEEN)
    assert net.connected - {bad} == set(joined)


MAY_BE_UNSEEN: Final = (Fault.FALSE_BLOCK, Failure.SILENT, Failure.LACKS, Fault.FALSE_FILTER)
"""Where chance asked others, one who would not answer did no harm."""


@pytest.mark.parametrize("seed", range(3))
def test_two_liars_do_not_outvote_one(bench: Bench, seed: int) -> None:
    net = wires(bench, seed)
    bad = {net.join(liars.omits(bench.chain)), net.join(liars.omits(bench.chain))}
    net.join(Node(bench.chain))
    assert net.run(lambda: is_settled(net, bench), WITH_ONE)  # the only one in the end
    assert is_replay(net.follower, bench.chain)
    assert net.ended == {one: [Fault.LIE] for one in bad}


def test_a_slow_peer_is_not_waited_for_and_not_left(bench: Bench) -> None:
    net = wires(bench)
    slow = net.join(liars.Slow(bench.chain))
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 3 * ON_TIME)
    assert is_replay(net.follower, bench.chain)
    net.wait(ON_TIME * 3)
    assert slow in net.connected
    assert not net.ended


def test_a_slow_peer_alone_is_better_than_none(bench: Bench) -> None:
    net = wires(bench)
    net.join(liars.Slow(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 60 * ON_TIME)
    assert is_replay(net.follower, bench.chain)
    assert not net.ended


@pytest.mark.parametrize("seed", range(3))
def test_a_fork_with_less_work_is_not_followed(bench: Bench, fork: SimChain, seed: int) -> None:
    """Nor is who follows it a liar: it may just not know yet."""
    net = wires(bench, seed)
    other = net.join(Node(fork))
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: is_settled(net, bench), 2 * ON_TIME)
    assert is_replay(net.follower, bench.chain)
    assert net.sync.progress().verified_by == 2
    assert not net.ended
    net.wait(APART_MS + ON_TIME)
    assert net.ended == {other: [Refusal.BEHIND]}


@pytest.mark.parametrize("seed", range(3))
def test_who_is_alone_with_a_fork_leaves_it_for_more_work(
    bench: Bench, fork: SimChain, seed: int
) -> None:
    net = wires(bench, seed)
    net.join(Node(fork))
    assert net.run(lambda: net.has_read(fork), WITH_ONE)
    assert net.sync.progress().verified_by == 1
    net.join(Node(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 2 * ON_TIME)
    assert is_replay(net.follower, bench.chain)


@pytest.mark.parametrize("seed", range(3))
def test_of_old_blocks_one_node_alone_is_not_believed_for_a_while(bench: Bench, seed: int) -> None:
    """They are read faster than anybody else could come, and are not read again."""
    net = wires(bench, seed)
    bad = net.join(liars.omits(bench.chain))
    net.wait(9 * ON_TIME)
    assert net.sync.progress().waits_for is Wait.SECOND_OPINION
    net.join(Node(bench.chain))
    assert net.run(lambda: is_settled(net, bench), 2 * ON_TIME)
    assert net.ended == {bad: [Fault.LIE]}
    assert is_replay(net.follower, bench.chain)


@pytest.mark.parametrize("seed", range(3))
def test_who_was_alone_with_a_liar_is_told_later_what_was_hidden(bench: Bench, seed: int) -> None:
    net = wires(bench, seed)
    bad = net.join(liars.omits(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), WITH_ONE)
    assert net.sync.progress().verified_by == 1
    assert not list(net.follower.all_facts())
    net.join(Node(bench.chain))
    assert net.run(lambda: bad in net.ended, ON_TIME)
    assert net.ended == {bad: [Fault.LIE]}
    net.run(lambda: is_settled(net, bench), 2 * ON_TIME)
    known = {fact.height for fact in net.follower.all_facts()}
    assert known == set(liars.paying_us(bench.chain)[2:])  # BLOCKS_KEPT back, and no farther


@pytest.fixture
def short() -> Iterator[Bench]:
    """Few blocks, of which one pays us."""
    with Engine() as engine:
        bench = Bench(engine, blocks=101)
        put_ours(bench)
        bench.mine(3)
        yield bench


def alone_with(liar: Node, bench: Bench) -> tuple[Wires, int]:
    """It was the only one to tell of these blocks, and they are read."""
    net = wires(bench)
    bad = net.join(liar)
    assert net.run(lambda: net.has_read(bench.chain), ON_TIME)
    assert not list(net.follower.all_facts())
    return net, bad


def test_who_comes_with_a_new_block_is_asked_about_the_old_ones_too(short: Bench) -> None:
    net, bad = alone_with(liars.omits(short.chain), short)
    short.mine()
    for _ in range(2):
        net.join(Node(short.chain))
    assert net.run(lambda: net.has_read(short.chain), ON_TIME)
    net.wait(ON_TIME)
    assert net.ended == {bad: [Fault.LIE]}
    assert is_replay(net.follower, short.chain)
    assert net.sync.progress().verified_by == 2


def test_one_who_disagrees_is_not_forgotten_for_another(short: Bench) -> None:
    """The second to disagree may do so for the liar's sake."""
    net, bad = alone_with(liars.omits(short.chain), short)
    other = liars.adds(short.chain, [50])
    other.latency *= 2
    net.join(Node(short.chain))
    second = net.join(other)
    net.wait(2 * ON_TIME)
    assert net.ended == {bad: [Fault.LIE], second: [Fault.LIE]}
    assert is_replay(net.follower, short.chain)


def test_who_comes_later_is_asked_about_all_that_is_not_read_yet(bench: Bench) -> None:
    """More than one message describes."""
    net = wires(bench)
    bad = net.join(liars.OmitsSlowly(bench.chain))
    settled = bench.chain.height
    assert net.run(lambda: net.sync.progress().filter_headers == settled, WITH_ONE)
    net.join(Node(bench.chain))
    assert net.run(lambda: is_settled(net, bench), 3 * ON_TIME)
    assert net.ended == {bad: [Fault.LIE]}
    assert is_replay(net.follower, bench.chain)


def test_who_disagrees_about_much_is_not_compared_anew_with_each_answer(
    short: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its filters are looked at one by one, as no two of them are of blocks in a row."""
    compared: list[int] = []

    class Counting(SettledFilters):
        def knows(self, height: int) -> bool:
            compared.append(height)
            return super().knows(height)

    monkeypatch.setattr("lnwallet_tui.chain.sync_filters.SettledFilters", Counting)
    heights = range(1, short.chain.height, 2)
    net = wires(short)
    net.join(Node(short.chain))
    assert net.run(lambda: is_settled(net, short), ON_TIME)
    liar = liars.adds(short.chain, heights)
    late = net.join(liar)
    net.run(lambda: late in net.ended, ON_TIME)
    assert net.ended == {late: [Fault.LIE]}
    assert len(asked(liar, GetCFilters)) > len(heights)
    assert len(compared) < 10 * len(heights)


@pytest.mark.parametrize("seed", range(4))
def test_the_block_by_which_is_judged_may_be_false_itself(bench: Bench, seed: int) -> None:
    net = wires(bench, seed)
    bad = net.join(liars.omits(bench.chain))
    other = net.join(liars.FalseBlock(bench.chain))
    net.join(Node(bench.chain))
    assert net.sync.progress().verified_by == 0
    assert net.run(lambda: is_settled(net, bench), 2 * ON_TIME)
    assert is_replay(net.follower, bench.chain)
    assert net.ended.pop(bad) == [Fault.LIE]
    assert net.ended in ({}, {other: [Fault.FALSE_BLOCK]})


def test_nobody_is_blamed_for_not_serving_what_a_liar_vouched_for(bench: Bench) -> None:
    net = wires(bench, birthday=1_000)
    bad = net.join(liars.OmitsSlowly(bench.chain))
    net.wait(35_000)
    assert net.sync.progress().filter_headers == bench.chain.height
    assert not net.has_read(bench.chain)
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: is_settled(net, bench), 3 * ON_TIME)
    assert net.ended == {bad: [Fault.LIE]}
    known = {fact.height for fact in net.follower.all_facts()}
    assert known == set(liars.paying_us(bench.chain)[2:])


@pytest.mark.parametrize("seed", range(2))
def test_what_was_hidden_is_told_though_the_liar_is_gone(bench: Bench, seed: int) -> None:
    net = wires(bench, seed, birthday=1_000)
    bad = net.join(liars.omits(bench.chain))
    assert net.run(lambda: net.has_read(bench.chain), 2 * ON_TIME)
    net.lose(bad)
    honest = net.join(Node(bench.chain))
    net.wait(ON_TIME)
    assert net.connected == {honest}
    known = {fact.height for fact in net.follower.all_facts()}
    assert known == set(liars.paying_us(bench.chain)[2:])


@pytest.mark.parametrize(
    ("liar", "why"),
    [
        (liars.omits, Fault.LIE),
        (liars.FalseHash, Fault.FALSE_FILTER),
        (liars.TooFew, Failure.LACKS),
        (lambda chain: liars.adds(chain, slack(chain)), Failure.DOUBTED),
        (lambda chain: liars.adds(chain, slack(chain)[:2]), None),
    ],
)
@pytest.mark.parametrize("honest", [1, 2])
def test_who_comes_later_with_a_lie_changes_nothing(
    bench: Bench, liar: Callable[[SimChain], Node], why: Ending | None, honest: int
) -> None:
    net = wires(bench)
    for _ in range(honest):
        net.join(Node(bench.chain))
    assert net.run(lambda: is_settled(net, bench), WITH_ONE)
    net.told.clear()
    late = net.join(liar(bench.chain))
    net.wait(2 * ON_TIME)
    assert not net.told
    assert is_replay(net.follower, bench.chain)
    if why is None or (why is Failure.DOUBTED and honest == 1):
        assert not net.ended  # one against one
        assert net.sync.progress().verified_by == honest + 1
        assert len(net.sync.progress().doubted) > 1
    else:
        assert net.ended == {late: [why]}
        assert net.sync.progress().verified_by == honest


@pytest.mark.parametrize("seed", range(3))
def test_what_nobody_can_decide_is_a_doubt(bench: Bench, seed: int) -> None:
    at = slack(bench.chain)[0]
    net = wires(bench, seed)
    for node in (liars.adds(bench.chain, [at]), Node(bench.chain), Node(bench.chain)):
        net.join(node)
    assert net.run(lambda: is_settled(net, bench), ON_TIME)
    assert is_replay(net.follower, bench.chain)
    assert not net.ended
    net.wait(5_000)
    assert net.sync.progress().doubted == {at: 3}
    assert net.sync.progress().verified_by == 3  # of all the others they say the same
    (read,) = (event for event in net.told if event.height == at)
    assert getattr(read, "txs", ())  # whole, though it does not concern us


@pytest.mark.parametrize("seed", range(3))
def test_who_is_doubted_too_often_is_left(bench: Bench, seed: int) -> None:
    net = wires(bench, seed)
    bad = net.join(liars.adds(bench.chain, slack(bench.chain)))
    net.join(Node(bench.chain))
    net.join(Node(bench.chain))
    assert net.run(lambda: is_settled(net, bench), ON_TIME)
    assert is_replay(net.follower, bench.chain)
    assert net.ended == {bad: [Failure.DOUBTED]}
    assert len(net.sync.progress().doubted) == 4


def test_two_who_disagree_without_proof_are_both_kept(bench: Bench) -> None:
    net = wires(bench)
    net.join(liars.adds(bench.chain, slack(bench.chain)))
    net.join(Node(bench.chain))
    assert net.run(lambda: is_settled(net, bench), ON_TIME)
    assert is_replay(net.follower, bench.chain)
    assert not net.ended
    assert net.sync.progress().doubted == dict.fromkeys(slack(bench.chain), 2)


@pytest.mark.parametrize("seed", range(2))
def test_who_comes_to_liars_is_not_sent_away_before_it_showed_what_they_hide(
    bench: Bench, seed: int
) -> None:
    """They say alike what nobody can disprove, more often than one may disagree, and hide more."""
    net = wires(bench, seed)
    chain = bench.chain
    bad = {net.join(liars.hides_behind(chain, slack(chain))) for _ in range(2)}
    assert net.run(lambda: is_settled(net, bench), ON_TIME)
    assert not is_replay(net.follower, chain)
    honest = net.join(Node(chain))
    assert net.run(lambda: is_settled(net, bench) and is_replay(net.follower, chain), WITH_ONE)
    assert net.ended == {one: [Fault.LIE] for one in bad}
    assert net.connected == {honest}


@pytest.mark.parametrize("seed", range(2))
def test_who_is_alone_among_liars_is_heard_to_the_end(bench: Bench, seed: int) -> None:
    net = wires(bench, seed)
    chain = bench.chain
    honest = net.join(Node(chain))
    bad = {net.join(liars.hides_behind(chain, slack(chain))) for _ in range(2)}
    assert net.run(lambda: is_settled(net, bench) and is_replay(net.follower, chain), WITH_ONE)
    assert net.ended == {one: [Fault.LIE] for one in bad}
    assert net.connected == {honest}


@pytest.mark.parametrize("is_here", [True, False])
def test_who_was_alone_before_a_restart_is_found_out_after_it(short: Bench, is_here: bool) -> None:
    liar = liars.omits(short.chain)
    net, _ = alone_with(liar, short)
    assert len(net.sync.alone()) == short.chain.height + 1
    net.restart()
    short.mine()
    bad = net.join(liar) if is_here else None
    net.wait(2 * ON_TIME)
    net.restart()  # once more
    bad = net.join(liar) if is_here else None
    honest = {net.join(Node(short.chain)), net.join(Node(short.chain))}
    net.wait(2 * ON_TIME)
    assert net.ended == ({} if bad is None else {bad: [Fault.LIE]})
    assert net.connected == honest
    assert net.has_read(short.chain)
    assert is_replay(net.follower, short.chain)
    assert not net.sync.alone()


def test_what_two_agreed_on_is_not_asked_again_after_a_restart(short: Bench) -> None:
    net = wires(short)
    for _ in range(2):
        net.join(Node(short.chain))
    assert net.run(lambda: net.has_read(short.chain), ON_TIME)
    net.wait(ON_TIME)
    assert not net.sync.alone()
    net.restart()
    later = Node(short.chain)
    net.join(later)
    net.wait(2 * ON_TIME)
    (question,) = asked(later, GetCFHeaders)
    assert question.start_height == short.chain.height
