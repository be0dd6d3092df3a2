"""The tree of headers: real chains, reorganisations against a replay, and what it costs at most."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.block import HEADER_SIZE, BlockHeader
from lnwallet_tui.bitcoin.consensus import rules_of
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.headers import (
    FORKED_KEPT,
    KEPT,
    MOST_IN_BATCH,
    REORG_DEPTH,
    HeaderTree,
    extend,
)
from lnwallet_tui.chain.headers_batch import HeadersRefused, Reason, Run
from tests.headers import EASY, FAR_FUTURE, chain, child, many, signet_headers
from tests.sampling import FULL

GENESIS = EASY.genesis.serialize()
TRUNK = [GENESIS, *chain(EASY, 300)]


def grow(tree: HeaderTree, headers: list[bytes]) -> HeaderTree:
    """The tree after messages of as many headers as one may hold."""
    for at in range(0, len(headers), MOST_IN_BATCH):
        tree = extend(tree, b"".join(headers[at : at + MOST_IN_BATCH]), FAR_FUTURE).tree
    return tree


def refusal(tree: HeaderTree, headers: list[bytes]) -> tuple[Reason, int]:
    """Why a batch is refused, and for which header."""
    with pytest.raises(HeadersRefused) as refused:
        extend(tree, b"".join(headers), FAR_FUTURE)
    return refused.value.reason, refused.value.position


def facts(tree: HeaderTree) -> tuple[int, bytes, int]:
    """All of a tree but its forks."""
    return tree.start, tree.best.headers, tree.work


class Shadow:
    """The best chain as one who only hears of changes knows it."""

    def __init__(self) -> None:
        self.tree = HeaderTree.begin(EASY)
        self.headers = [GENESIS]

    def hear(self, batch: list[bytes]) -> None:
        """Give a batch to the tree and its change to the list."""
        change = extend(self.tree, b"".join(batch), FAR_FUTURE)
        for block_hash in change.disconnected:
            assert sha256d(self.headers.pop()) == block_hash
        assert change.fork_height == len(self.headers) - 1
        if change.disconnected:  # no block leaves in order to come back
            assert change.disconnected[-1] != change.connected.hash(0)
        joined = change.connected
        self.headers += [joined.header(at) for at in range(len(joined))]
        self.tree = change.tree
        assert b"".join(self.headers[-len(self.tree.best) :]) == self.tree.best.headers


def test_signet_from_its_first_block_over_its_first_retarget() -> None:
    headers = signet_headers()
    tree = grow(HeaderTree.begin(rules_of(Network.SIGNET)), headers[1:])
    assert (tree.start, tree.height) == (0, 2_022)
    assert tree.tip == sha256d(headers[-1])
    assert tree.tip_header.bits == 0x1E012FA7
    assert tree.work == sum(BlockHeader.parse(header).work for header in headers)
    assert not tree.is_proven


def test_what_is_known_is_skipped() -> None:
    tree = grow(HeaderTree.begin(EASY), TRUNK[1:])
    again = extend(tree, b"".join(TRUNK[100:]), FAR_FUTURE)
    assert (again.tree, again.connected, again.disconnected) == (tree, Run(), ())
    more = chain(EASY, 2, after=TRUNK)
    assert extend(tree, b"".join([*TRUNK[250:], *more]), FAR_FUTURE).connected == Run.of(
        b"".join(more)
    )


def test_of_two_chains_with_the_same_work_the_first_one_stays() -> None:
    tree = grow(HeaderTree.begin(EASY), TRUNK[1:])
    other = child(TRUNK[-2], salt=1)
    beside = extend(tree, other, FAR_FUTURE)
    assert (beside.tree.tip, beside.connected) == (tree.tip, Run())
    assert beside.tree.forks
    switched = extend(beside.tree, child(other), FAR_FUTURE)
    assert switched.fork_height == tree.height - 1
    assert switched.disconnected == (tree.tip,)
    assert switched.connected.header(0) == other
    back = extend(switched.tree, b"".join(chain(EASY, 2, after=TRUNK)), FAR_FUTURE)
    assert back.disconnected == (switched.tree.tip, sha256d(other))
    assert back.connected.header(0) == TRUNK[-1]


def test_a_fork_that_shares_blocks_with_the_best_chain_leaves_it_where_they_part() -> None:
    shadow = Shadow()
    shadow.hear(TRUNK[1:101])
    first = chain(EASY, 4, after=TRUNK[:100], salt=1)
    shadow.hear(first)
    second = chain(EASY, 6, after=[*TRUNK[:100], *first[:2]], salt=2)
    shadow.hear(second)
    assert shadow.headers == [*TRUNK[:100], *first[:2], *second]
    assert sorted((fork.height, len(fork.run)) for fork in shadow.tree.forks) == [(99, 1), (101, 2)]
    shadow.hear(chain(EASY, 8, after=[*TRUNK[:100], *first]))
    assert shadow.headers[:104] == [*TRUNK[:100], *first]
    forks = sorted((fork.height, len(fork.run)) for fork in shadow.tree.forks)
    assert forks == [(99, 1), (101, 6)]


@settings(max_examples=40)
@given(st.data())
def test_a_reorganisation_of_up_to_144_equals_a_replay_from_scratch(data: st.DataObject) -> None:
    depth = data.draw(st.integers(1, 144), "depth")
    longer = data.draw(st.integers(1, 3), "longer")
    shadow = Shadow()
    shadow.hear(TRUNK[1:])
    fork = TRUNK[:-depth]
    other = chain(EASY, depth + longer, after=fork, salt=1)
    while other[0]:
        size = data.draw(st.integers(1, len(other)), "in a message")
        shadow.hear(other[:size])
        other = other[size:] or [b""]
    assert len(shadow.headers) == len(TRUNK) + longer
    replayed = grow(HeaderTree.begin(EASY), shadow.headers[1:])
    assert facts(shadow.tree) == facts(replayed)


@settings(max_examples=60)
@given(st.data())
def test_whatever_forks_come_in_whatever_order_the_most_work_wins(data: st.DataObject) -> None:
    """Forks of forks, of any length, from anywhere; beside a model that knows all chains."""
    shadow = Shadow()
    chains: list[list[bytes]] = [[GENESIS]]
    first_of_work: dict[int, list[bytes]] = {}
    for salt in range(1, data.draw(st.integers(2, 12), "chains")):
        whole = data.draw(st.sampled_from(chains), "grows from")
        part = whole[: data.draw(st.integers(1, len(whole)), "at")]
        more = chain(EASY, data.draw(st.integers(1, 6), "by"), after=part, salt=salt)
        chains.append([*part, *more])
        shadow.hear([*part[1:], *more] if data.draw(st.booleans(), "from the beginning") else more)
        for length in range(len(part) + 1, len(chains[-1]) + 1):
            first_of_work.setdefault(length, chains[-1][:length])
        best = first_of_work[max(first_of_work)]
        assert shadow.headers == best
    assert facts(shadow.tree) == facts(grow(HeaderTree.begin(EASY), shadow.headers[1:]))


LONG = [GENESIS, *chain(EASY, KEPT + 500)]


def test_the_window_slides_and_has_all_that_a_fork_at_its_edge_needs() -> None:
    tree = grow(HeaderTree.begin(EASY), LONG[1:])
    assert len(tree.best) == KEPT
    assert tree.start == 501
    assert tree.hash_at(500) is None
    assert tree.hash_at(501) == sha256d(LONG[501])
    assert tree.hash_at(tree.height) == tree.tip
    assert (tree.header_at(501), tree.header_at(tree.height)) == (LONG[501], LONG[-1])
    assert tree.header_at(500) is None
    assert tree.hash_at(tree.height + 1) is None
    edge = len(LONG) - 1 - REORG_DEPTH
    deep = chain(EASY, 2, after=LONG[: edge + 1], salt=1)
    assert len(extend(tree, b"".join(deep), FAR_FUTURE).tree.forks) == 1
    deeper = chain(EASY, 2, after=LONG[:edge], salt=1)
    assert refusal(tree, deeper) == (Reason.TOO_DEEP, 0)
    assert refusal(tree, chain(EASY, 2, after=LONG[:400], salt=1)) == (Reason.UNCONNECTED, 0)


def test_the_longest_reorganisation_comes_in_two_messages() -> None:
    shadow = Shadow()
    for at in range(1, len(LONG), MOST_IN_BATCH):
        shadow.hear(LONG[at : at + MOST_IN_BATCH])
    other = chain(EASY, REORG_DEPTH + 1, after=LONG[:-REORG_DEPTH], salt=1)
    shadow.hear(other[:MOST_IN_BATCH])
    assert shadow.tree.tip == sha256d(LONG[-1])
    shadow.hear(other[MOST_IN_BATCH:])
    assert shadow.tree.tip == sha256d(other[-1])
    assert shadow.headers == [*LONG[:-REORG_DEPTH], *other]


def test_a_tree_that_was_stored_goes_on_as_it_was() -> None:
    tree = grow(HeaderTree.begin(EASY), LONG[1:])
    again = HeaderTree.resume(EASY, tree.start, tree.best.headers, tree.work)
    assert again == tree
    for start in (tree.start - 1, 0):
        stored = b"".join(LONG[start:])
        assert HeaderTree.resume(EASY, start, stored, tree.work) == tree
    more = b"".join(chain(EASY, 40, after=LONG))
    assert extend(again, more, FAR_FUTURE) == extend(tree, more, FAR_FUTURE)
    with pytest.raises(HeadersRefused, match="does not follow"):
        HeaderTree.resume(EASY, 0, GENESIS + LONG[2], 4)


def test_forks_are_kept_within_a_bound_and_those_that_are_far_behind_go_first() -> None:
    tree = grow(HeaderTree.begin(EASY), LONG[1:])
    tip = tree.tip
    for salt in range(1, 12):
        tree = grow(tree, chain(EASY, 100 * salt, after=LONG[:-1_500], salt=salt))
    assert tree.tip == tip
    lengths = [len(fork.run) for fork in tree.forks]
    assert lengths[:3] == [1_100, 1_000, 900]
    assert sum(lengths) <= FORKED_KEPT
    for salt in range(400):
        tree = grow(tree, [child(LONG[-1_550 - salt], salt=salt)])
    assert sum(len(fork.run) for fork in tree.forks) <= FORKED_KEPT
    assert [len(fork.run) for fork in tree.forks][:3] == lengths[:3]


def test_a_locator_is_dense_at_the_tip_and_ends_at_the_first_block() -> None:
    tree = HeaderTree.begin(EASY)
    assert tree.locator() == (EASY.genesis.hash,)
    tree = grow(tree, LONG[1:])
    heights = {sha256d(header): at for at, header in enumerate(LONG)}
    told = [tree.height - heights[block_hash] for block_hash in tree.locator()]
    assert told[:12] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 15]
    assert told[-2:] == [2_055, tree.height]
    marked = replace(EASY, checkpoints={at: sha256d(LONG[at]) for at in (7, 300, 501, 4_200)})
    tree = grow(HeaderTree.begin(marked), LONG[1:])
    assert [heights[block_hash] for block_hash in tree.locator()][-4:] == [501, 300, 7, 0]


class TestLowWork:
    """Vulnerability 64: headers kept before the work of their chain was known."""

    FALSE = chain(EASY, 2_500, salt=9)

    def test_vuln_064_a_chain_of_low_work_ends_at_the_first_checkpoint(self) -> None:
        """Old light clients stored whatever began at the genesis block, at 80 bytes a header."""
        rules = replace(EASY, checkpoints={150: sha256d(TRUNK[150])}, proven_at=150)
        tree = HeaderTree.begin(rules)
        assert refusal(tree, self.FALSE[:200]) == (Reason.CHECKPOINT, 149)
        honest = grow(tree, TRUNK[1:])
        assert honest.firm_height == 150
        assert refusal(honest, self.FALSE[:100]) == (Reason.CHECKPOINT, 0)
        below = chain(EASY, 2, after=TRUNK[:150], salt=1)
        assert refusal(honest, below) == (Reason.CHECKPOINT, 0)
        above = chain(EASY, 2, after=TRUNK[:151], salt=1)
        assert extend(honest, b"".join(above), FAR_FUTURE).tree.forks

    def test_vuln_064_one_without_checkpoints_ends_where_the_real_one_had_more(self) -> None:
        rules = replace(EASY, minimum_work=1 << 40, proven_at=2_345)
        tree = grow(HeaderTree.begin(rules), self.FALSE[:2_000])
        assert not tree.is_proven
        assert refusal(tree, self.FALSE[2_000:]) == (Reason.LOW_WORK, 344)
        proven = replace(rules, minimum_work=2_346 * EASY.genesis.work)
        tree = grow(HeaderTree.begin(proven), self.FALSE[:2_344])
        assert not tree.is_proven
        tree = grow(tree, self.FALSE[2_344:2_345])
        assert (tree.is_proven, tree.work) == (True, proven.minimum_work)
        assert grow(tree, self.FALSE[2_345:]).is_proven

    def test_vuln_064_many_headers_of_low_work_fill_no_memory_and_prove_nothing(self) -> None:
        count = 1_000_000 if FULL else 100_000
        rules = replace(EASY, minimum_work=1 << 60, proven_at=count)
        headers, tree = many(EASY, count - 1), HeaderTree.begin(rules)
        for at in range(0, len(headers), MOST_IN_BATCH * HEADER_SIZE):
            batch = headers[at : at + MOST_IN_BATCH * HEADER_SIZE]
            tree = extend(tree, batch, FAR_FUTURE).tree
            assert len(tree.best) <= KEPT
            assert not tree.is_proven
        assert tree.height == count - 1
        assert refusal(tree, [child(headers[-HEADER_SIZE:])])[0] is Reason.LOW_WORK
