"""Follows the best chain for what is watched: outputs and their descendants, and scripts of ours.

Each block becomes a `Delta`: facts that hold now or hold no more. A fact belongs to one block, so a
block that leaves takes exactly its own facts with it, and a reorganisation equals a replay of the
winning chain from scratch. Filters match scripts and not outpoints: a watch has both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected, ChainEvent

BLOCKS_KEPT: Final = 2_016  # a reorganisation deeper than two weeks is not one we can follow


class ChainBroken(Exception):
    """The source told of a block that does not join our tip: it lies, or it has a bug."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Tell about the transaction that makes `outpoint`, and about the one that spends it.

    The outputs of the spending transaction are then watched by themselves, and theirs, for
    `generations` generations; all name the same `root`. A commitment transaction and the
    second stage on top of it can stand in one block, so nobody has time to ask for them.
    `since` is the block in which a descendant came to be, 0 for what was asked for.
    """

    outpoint: OutPoint
    script: bytes
    root: OutPoint
    generations: int = 0
    since: int = 0


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`tx`, which should make the watched `outpoint`, is in the best chain.

    Only its txid is compared: whether the output is there, with the right script and value, is for
    the asker to check (CVE-2019-12998: a funding transaction that funds nothing).
    """

    outpoint: OutPoint
    root: OutPoint
    tx: Tx
    height: int
    tx_index: int


@dataclass(frozen=True, slots=True)
class Spent:
    """`tx`, which spends the watched `outpoint`, is in the best chain."""

    outpoint: OutPoint
    root: OutPoint
    tx: Tx
    height: int
    tx_index: int


@dataclass(frozen=True, slots=True)
class ScriptPaid:
    """`tx` in the best chain pays `output` to a script of ours; its spending is told as `Spent`."""

    outpoint: OutPoint
    output: TxOut
    tx: Tx
    height: int
    tx_index: int


Fact = Confirmed | Spent | ScriptPaid


@dataclass(frozen=True, slots=True)
class Delta:
    """What one block changes. Facts that are `undone` come newest first, as they are taken back."""

    tip: int
    block_hash: bytes
    time: int
    connected: bool
    happened: tuple[Fact, ...] = ()
    undone: tuple[Fact, ...] = ()
    watched: tuple[Watch, ...] = ()
    unwatched: tuple[Watch, ...] = ()


@dataclass(slots=True)
class Follower:
    """Where we stand on the chain and what we look for. Only `apply` and `revert` change it."""

    blocks: dict[int, bytes] = field(default_factory=dict)
    watches: dict[OutPoint, Watch] = field(default_factory=dict)
    scripts: dict[bytes, None] = field(default_factory=dict)  # a set that keeps its order
    facts: dict[int, tuple[Fact, ...]] = field(default_factory=dict)

    @property
    def height(self) -> int:
        """The newest block's height, -1 before the first."""
        return next(reversed(self.blocks), -1)  # asked often; blocks come and leave at this end

    def copy(self) -> Follower:
        """Another one at the same place, which can go its own way."""
        return Follower(dict(self.blocks), dict(self.watches), dict(self.scripts), dict(self.facts))

    def known(self) -> tuple[tuple[int, bytes], ...]:
        """(height, hash) of the blocks we stand on, the newest first."""
        return tuple(sorted(self.blocks.items(), reverse=True))

    def spends_of(self, root: OutPoint) -> tuple[Spent, ...]:
        """What spends an output and what descends from it, in the order of the chain.

        By descent and not by the watch that found it: a peer can have us watch any outpoint, as the
        funding of a channel that it proposes, and so one of another channel's descendants.
        """
        return tuple(self._descended({root}))

    def _descended(self, family: set[OutPoint]) -> Iterator[Spent]:
        """What spends these outputs and what descends from them; the family grows meanwhile."""
        for fact in self.all_facts():
            if isinstance(fact, Spent) and fact.outpoint in family:
                family.update(map(fact.tx.outpoint, range(len(fact.tx.outputs))))
                yield fact

    def all_facts(self) -> Iterator[Fact]:
        """Every fact in the order of the chain."""
        for height in sorted(self.facts):
            yield from self.facts[height]

    def watched_scripts(self) -> frozenset[bytes]:
        """What a compact filter is to be asked for."""
        return frozenset(self.scripts) | {watch.script for watch in self.watches.values()}

    def ask(self, outpoint: OutPoint, script: bytes, generations: int) -> Watch:
        """Watch `outpoint` from the next block on; asking again changes nothing, nor does asking
        for a descendant with a script that it has not."""
        watch = Watch(outpoint, script, outpoint, generations)
        known = self.watches.get(outpoint)
        if known is None or (known.since and known.script == script):
            self.watches[outpoint] = watch
        return self.watches[outpoint]

    def watch_again(self, outpoints: Iterable[OutPoint]) -> None:
        """Watch those of these, of which nothing else is left, that a fact says came to be; what
        was asked for is asked for again."""
        wanted = set(outpoints)
        if not wanted:
            return
        for fact in tuple(self.all_facts()):
            if isinstance(fact, ScriptPaid) and fact.outpoint in wanted:
                at = fact.outpoint
                watch = Watch(at, fact.output.script_pubkey, at, since=fact.height)
                self.watches.setdefault(at, watch)  # it may be known for a descendant
            elif isinstance(fact, Spent):
                # The children of what was asked for have children that count, and these none.
                generations = 1 if fact.outpoint == fact.root else 0
                for watch in _outputs_watched(fact.tx, fact.root, generations, fact.height):
                    if watch.outpoint in wanted:
                        self.watches[watch.outpoint] = watch

    def descend_again(self, tx: Tx, height: int) -> None:
        """Watch what `tx`, which is known from elsewhere, made of outputs that are watched."""
        for txin in tx.inputs:
            spent = self.watches.get(txin.outpoint)
            if spent is not None and spent.generations:
                for watch in _outputs_watched(tx, spent.root, spent.generations - 1, height):
                    if _tells_more(watch, self.watches.get(watch.outpoint)):
                        self.watches[watch.outpoint] = watch

    def spent_again(self, outpoint: OutPoint, tx: Tx, height: int) -> Spent | None:
        """What is known from elsewhere to spend an output that is watched: the fact that lacks,
        which is there from now on; None where none does."""
        known = (one for one in self.facts.get(height, ()) if isinstance(one, Spent))
        if any(one.outpoint == outpoint for one in known):
            return None
        watch = self.watches.get(outpoint)
        fact = Spent(outpoint, outpoint if watch is None else watch.root, tx, height, 0)
        self.facts[height] = (fact, *self.facts.get(height, ()))
        return fact

    def step_back(self, height: int) -> None:
        """Forget that block and all after it, with what they said, so that they are read anew."""
        for blocks in (self.blocks, self.facts):
            for at in [at for at in blocks if at >= height]:
                del blocks[at]
        for watch in [one for one in self.watches.values() if one.since >= max(height, 1)]:
            del self.watches[watch.outpoint]

    def keep_only(self, roots: Iterable[OutPoint]) -> None:
        """Look no longer for what is not of these, by descent as in `spends_of`."""
        family = set(roots)
        for _ in self._descended(family):
            pass
        self.watches = {at: watch for at, watch in self.watches.items() if at in family}

    def forget(self, outpoint: OutPoint) -> Watch | None:
        """Look no longer for what was asked for, unless a fact speaks of it: it may be an output of
        another channel's close, and is found by this watch alone. Returns what was forgotten."""
        txid = outpoint.txid
        if any(txid in (fact.outpoint.txid, fact.tx.txid) for fact in self.all_facts()):
            return None
        return self.watches.pop(outpoint, None)

    def judge(self, event: ChainEvent) -> Delta:
        """What `event` changes; nothing is changed yet. Raises `ChainBroken`."""
        match event:
            case BlockConnected():
                return self._connect(event)
            case BlockDisconnected():
                return self._disconnect(event)

    def apply(self, delta: Delta) -> None:
        """Adopt a delta that `judge` made of the present state."""
        if delta.connected:
            self._push(delta)
        else:
            self._pop(delta)

    def revert(self, delta: Delta) -> None:
        """Take back the delta that was applied last."""
        if delta.connected:
            self._pop(delta)
        else:
            self._push(delta)

    def _connect(self, block: BlockConnected) -> Delta:
        if self.blocks and self.blocks.get(block.height - 1) != block.previous_hash:
            raise ChainBroken(f"block {block.height} does not follow the tip at {self.height}")
        scan = _Scan(self, block.height)
        for tx_index, tx in block.txs:
            scan.read(tx, tx_index)
        return Delta(
            tip=block.height,
            block_hash=block.block_hash,
            time=block.time,
            connected=True,
            happened=tuple(scan.facts),
            watched=tuple(scan.watched.values()),
        )

    def _disconnect(self, block: BlockDisconnected) -> Delta:
        if block.height != self.height or self.blocks[block.height] != block.block_hash:
            raise ChainBroken(f"block {block.height} is not the tip at {self.height}")
        return Delta(
            tip=block.height,
            block_hash=block.block_hash,
            time=0,
            connected=False,
            undone=tuple(reversed(self.facts.get(block.height, ()))),
            unwatched=tuple(w for w in self.watches.values() if w.since == block.height),
        )

    def _push(self, delta: Delta) -> None:
        self.blocks[delta.tip] = delta.block_hash
        self.blocks.pop(delta.tip - BLOCKS_KEPT, None)
        self.facts.pop(delta.tip, None)  # what was known from elsewhere is told again, or untrue
        if facts := delta.happened or tuple(reversed(delta.undone)):
            self.facts[delta.tip] = facts
        for watch in (*delta.watched, *delta.unwatched):
            self.watches[watch.outpoint] = watch

    def _pop(self, delta: Delta) -> None:
        del self.blocks[delta.tip]
        self.facts.pop(delta.tip, None)
        for watch in (*delta.watched, *delta.unwatched):
            del self.watches[watch.outpoint]


class _Scan:
    """One pass over a block: what is found is watched for from the next transaction on."""

    def __init__(self, follower: Follower, height: int) -> None:
        self._follower = follower
        self._height = height
        self._asked: dict[bytes, list[Watch]] = {}
        for watch in follower.watches.values():
            if watch.since == 0:
                self._asked.setdefault(watch.outpoint.txid, []).append(watch)
        self.facts: list[Fact] = []
        self.watched: dict[OutPoint, Watch] = {}

    def read(self, tx: Tx, tx_index: int) -> None:
        """Note the facts of one transaction; those before it in the block come first."""
        txid = tx.txid
        for asked in self._asked.get(txid, ()):
            self.facts.append(Confirmed(asked.outpoint, asked.root, tx, self._height, tx_index))
        for spent in self._spent(tx):
            self.facts.append(Spent(spent.outpoint, spent.root, tx, self._height, tx_index))
            if spent.generations:
                left = spent.generations - 1
                for watch in _outputs_watched(tx, spent.root, left, self._height):
                    self._watch(watch)
        for vout, output in enumerate(tx.outputs):
            self._read_output(tx, OutPoint(txid, vout), output, tx_index)

    def _spent(self, tx: Tx) -> Iterable[Watch]:
        watches = (self._find(txin.outpoint) for txin in tx.inputs)
        return [watch for watch in watches if watch is not None]

    def _find(self, outpoint: OutPoint) -> Watch | None:
        return self.watched.get(outpoint) or self._follower.watches.get(outpoint)

    def _watch(self, watch: Watch) -> None:
        if _tells_more(watch, self._find(watch.outpoint)):
            self.watched[watch.outpoint] = watch

    def _read_output(self, tx: Tx, outpoint: OutPoint, output: TxOut, tx_index: int) -> None:
        if output.script_pubkey in self._follower.scripts:
            self.facts.append(ScriptPaid(outpoint, output, tx, self._height, tx_index))
            self._watch(
                Watch(outpoint, output.script_pubkey, outpoint, generations=0, since=self._height)
            )


def _tells_more(seen: Watch, known: Watch | None) -> bool:
    """Whether an output that stands in a block is to be watched as it stands there. A peer can have
    us watch any outpoint with a script of its own; the txid commits to the true one for ever."""
    return known is None or known.script != seen.script


def _outputs_watched(tx: Tx, root: OutPoint, generations: int, height: int) -> Iterator[Watch]:
    """What it made, of the family of `root`, at that height."""
    txid = tx.txid
    for vout, output in enumerate(tx.outputs):
        yield Watch(OutPoint(txid, vout), output.script_pubkey, root, generations, height)
