"""The chain of headers with the most work, the forks beside it, and what a new batch changes.

`extend` is pure: a tree and a batch give another tree, or `HeadersRefused` and nothing changed.
A tree holds the newest headers only (`KEPT`), and the forks that leave the chain among them: all
that rules and reorganisations look at. What is older stands on disk and does not change any more.

Why this takes bounded memory, whatever is sent. A batch is checked whole before any of it is kept,
difficulty included, so each header costs its sender the work of the network (of a late block, on
test networks). The best chain slides through the window. A fork must leave it within the last
`REORG_DEPTH` blocks and above the last checkpoint that we passed, and of all forks together
`FORKED_KEPT` headers are kept, those of the chains with the most work. Only a chain from the
genesis block on can begin with easy work; it must pass the checkpoints on its way, and by the
height where the real chain is known to have had `minimum_work` it must have that, or it ends there
(`LOW_WORK`). Until then it is not `is_proven`: to be believed in nothing, told to nobody, and given
up for another one without regret. So a million headers of low work end at the first checkpoint, or
at the latest at `proven_at`; they move no tip that anybody saw, and cost a window of memory, and a
file that is cut again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from lnwallet_tui.bitcoin.block import HEADER_SIZE, BlockHeader
from lnwallet_tui.bitcoin.consensus import ChainRules
from lnwallet_tui.chain.headers_batch import (
    CONTEXT,
    HASH_SIZE,
    HeadersRefused,
    Reason,
    Run,
    check,
    work_of,
)
from lnwallet_tui.chain.watch import BLOCKS_KEPT

REORG_DEPTH: Final = BLOCKS_KEPT
"""What follows the blocks can take back so many."""
KEPT: Final = REORG_DEPTH + CONTEXT
"""A fork at that depth still has before it all that its rules look at."""
FORKED_KEPT: Final = 2 * REORG_DEPTH
MOST_IN_BATCH: Final = 2_000
"""Headers that one message may hold (Bitcoin Core's limit as well)."""
_DENSE_LOCATOR: Final = 10
_NO_HEADERS: Final = Run()


@dataclass(frozen=True, slots=True)
class Fork:
    """Headers that leave the best chain after `height`; `work` is that of all up to its last."""

    height: int
    run: Run
    work: int

    @property
    def tip(self) -> int:
        """The height of its last header."""
        return self.height + len(self.run)


@dataclass(frozen=True, slots=True)
class HeaderTree:
    """The newest headers of the best chain, the first of which is at `start`, and its forks."""

    rules: ChainRules = field(repr=False)
    start: int
    best: Run
    work: int
    forks: tuple[Fork, ...] = ()

    @classmethod
    def begin(cls, rules: ChainRules) -> HeaderTree:
        """The genesis block alone."""
        return cls.resume(rules, 0, rules.genesis.serialize(), rules.genesis.work)

    @classmethod
    def resume(cls, rules: ChainRules, start: int, headers: bytes, work: int) -> HeaderTree:
        """What was checked before and stored: headers from `start` on, `work` in all.

        At least the last `KEPT`, or all that there are. Raises `HeadersRefused` if they do not
        follow each other.
        """
        return _trimmed(cls(rules, start, Run.of(headers), work))

    @property
    def height(self) -> int:
        """Of the newest header."""
        return self.start + len(self.best) - 1

    @property
    def tip(self) -> bytes:
        """The hash of the newest header, in wire order."""
        return self.best.hash(len(self.best) - 1)

    @property
    def tip_header(self) -> BlockHeader:
        """The newest header."""
        return BlockHeader.parse(self.best.header(len(self.best) - 1))

    @property
    def is_proven(self) -> bool:
        """Whether there is so much work in it that it cannot be somebody's invention."""
        return self.work >= self.rules.minimum_work

    @property
    def firm_height(self) -> int:
        """The last checkpoint that was passed: nothing below it can be replaced."""
        return max((at for at in self.rules.checkpoints if at <= self.height), default=0)

    def firm(self) -> HeaderTree | None:
        """The chain up to the last checkpoint that was passed; None where there is none, or so far
        back that the window does not hold what the rules look at before it."""
        height = self.firm_height
        if not height or (self.start and height - self.start < CONTEXT):
            return None
        kept, rest = height + 1 - self.start, self.best.part(height + 1 - self.start)
        headers = self.best.part(0, kept).headers
        return HeaderTree.resume(self.rules, self.start, headers, self.work - work_of(rest.headers))

    def hash_at(self, height: int) -> bytes | None:
        """The hash of the best chain's block at `height`; None where the window does not reach."""
        known = self.start <= height <= self.height
        return self.best.hash(height - self.start) if known else None

    def header_at(self, height: int) -> bytes | None:
        """As `hash_at`: its 80 bytes."""
        known = self.start <= height <= self.height
        return self.best.header(height - self.start) if known else None

    def locator(self) -> tuple[bytes, ...]:
        """Hashes by which a peer finds what we have in common: dense at the tip, then doubling.

        Below the window there are the checkpoints that we passed, and the genesis block.
        """
        return tuple(self._locator())

    def _locator(self) -> Iterator[bytes]:
        height, step, told = self.height, 1, 0
        while height > self.start:
            yield self.best.hash(height - self.start)
            told += 1
            step = step * 2 if told >= _DENSE_LOCATOR else 1
            height -= step
        for at in sorted(self.rules.checkpoints, reverse=True):
            if at <= self.start:
                yield self.rules.checkpoints[at]
        yield self.rules.genesis.hash


@dataclass(frozen=True, slots=True)
class Extension:
    """What a batch made of a tree. The best chain left the blocks `disconnected` (their hashes, the
    newest first) down to the one at `fork_height`, and went on with the headers `connected` (the
    oldest first). Both are empty where the batch brought no more work."""

    tree: HeaderTree
    fork_height: int
    disconnected: tuple[bytes, ...] = ()
    connected: Run = _NO_HEADERS


def extend(tree: HeaderTree, batch: bytes, now: int) -> Extension:
    """Take the headers of one message; `now` is our clock, in Unix seconds.

    What we know already is skipped. Of two chains of the same work the one that we saw first stays
    (as in Core). Raises `HeadersRefused`.
    """
    if not batch or len(batch) % HEADER_SIZE or len(batch) > MOST_IN_BATCH * HEADER_SIZE:
        raise HeadersRefused(Reason.MALFORMED)
    run = Run.of(batch)
    skipped = _known(tree, run)
    if skipped == len(run):
        return Extension(tree, tree.height)
    try:
        grown = _grown(tree, run.part(skipped) if skipped else run, now)
    except HeadersRefused as error:
        raise HeadersRefused(error.reason, error.position + skipped) from None
    return _joined(tree, grown)


def _known(tree: HeaderTree, run: Run) -> int:
    """How many of a batch are not new. Where one is known those before it are: each names its
    parent, and no parent is left out."""
    if run.headers[4 : 4 + HASH_SIZE] == tree.tip:
        return 0
    return bisect_left(range(len(run)), True, key=lambda at: not _knows(tree, run.hash(at)))


def _knows(tree: HeaderTree, block_hash: bytes) -> bool:
    runs = (tree.best, *(fork.run for fork in tree.forks))
    return any(run.find(block_hash) is not None for run in runs)


def _place(tree: HeaderTree, block_hash: bytes) -> Fork | None:
    """The way from the best chain to that block, empty if it is a block of the best chain."""
    index = tree.best.find(block_hash)
    if index is not None:
        work = tree.work - work_of(tree.best.part(index + 1).headers)
        return Fork(tree.start + index, _NO_HEADERS, work)
    for fork in tree.forks:
        index = fork.run.find(block_hash)
        if index is not None:
            rest = fork.run.part(index + 1)
            return Fork(fork.height, fork.run.part(0, index + 1), fork.work - work_of(rest.headers))
    return None


def _grown(tree: HeaderTree, run: Run, now: int) -> Fork:
    """The fork that ends with `run`, all of it checked."""
    parent = _place(tree, run.headers[4 : 4 + HASH_SIZE])
    if parent is None:
        raise HeadersRefused(Reason.UNCONNECTED)
    if parent.height < tree.height - REORG_DEPTH:
        raise HeadersRefused(Reason.TOO_DEEP)
    if parent.height < tree.firm_height:
        raise HeadersRefused(Reason.CHECKPOINT)
    below = tree.best.part(
        max(parent.height + 1 - tree.start - CONTEXT, 0), parent.height + 1 - tree.start
    )
    before = below.headers + parent.run.headers
    work = parent.work + check(tree.rules, before, parent.tip + 1, run, now)
    grown = Fork(parent.height, parent.run + run, work)
    if grown.tip >= tree.rules.proven_at and grown.work < tree.rules.minimum_work:
        raise HeadersRefused(Reason.LOW_WORK, max(tree.rules.proven_at - parent.tip - 1, 0))
    return grown


def _joined(tree: HeaderTree, grown: Fork) -> Extension:
    if grown.work <= tree.work:
        forks = (*_without(tree.forks, grown), grown)
        return Extension(_trimmed(replace(tree, forks=forks)), tree.height)
    kept = grown.height + 1 - tree.start
    left = tree.best.part(kept)
    forks = _without(tree.forks, grown)
    if left:
        forks = (*_seen_from(forks, grown, left), Fork(grown.height, left, tree.work))
    spare = min(max(kept + len(grown.run) - KEPT, 0), kept)
    best = tree.best.part(spare, kept) + grown.run
    return Extension(
        _trimmed(HeaderTree(tree.rules, tree.start + spare, best, grown.work, forks)),
        grown.height,
        tuple(left.hash(at) for at in reversed(range(len(left)))),
        grown.run,
    )


def _without(forks: tuple[Fork, ...], grown: Fork) -> tuple[Fork, ...]:
    """The forks that are not a beginning of `grown`."""
    return tuple(
        fork
        for fork in forks
        if fork.height != grown.height or fork.run.in_common(grown.run) < len(fork.run)
    )


def _seen_from(forks: tuple[Fork, ...], grown: Fork, left: Run) -> Iterator[Fork]:
    """The other forks, as they leave the chain that `grown` makes the best one."""
    for fork in forks:
        if fork.height > grown.height:  # it left what is now a fork itself
            way = left.part(0, fork.height - grown.height)
            yield Fork(grown.height, way + fork.run, fork.work)
        elif fork.height == grown.height:
            shared = fork.run.in_common(grown.run)
            yield Fork(fork.height + shared, fork.run.part(shared), fork.work)
        else:
            yield fork


def _trimmed(tree: HeaderTree) -> HeaderTree:
    """Without what is too old, or too much: of the forks, those with the least work go first."""
    spare = len(tree.best) - KEPT
    best = tree.best.part(spare) if spare > 0 else tree.best
    kept, left = [], FORKED_KEPT
    lowest = max(tree.height - REORG_DEPTH, tree.firm_height)
    for fork in sorted(tree.forks, key=lambda fork: fork.work, reverse=True):
        if fork.height >= lowest and len(fork.run) <= left:
            kept.append(fork)
            left -= len(fork.run)
    return HeaderTree(tree.rules, tree.start + max(spare, 0), best, tree.work, tuple(kept))
