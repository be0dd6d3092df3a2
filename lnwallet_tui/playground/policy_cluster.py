"""Clusters of unconfirmed transactions: in what order they would be mined, and at what feerate.

Bitcoin Core 31 keeps each connected group of unconfirmed transactions as a cluster with one order
(a linearization), cut into chunks of falling feerate that are mined together. The order here is
that of the best ancestor set first, which Core used for mining up to version 30; for the shapes
that Lightning makes (a parent, a child, a fan of spends) it is the optimal one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction of the mempool: fee in sat, size in virtual bytes, the outputs it spends."""

    tx: Tx
    txid: bytes
    wtxid: bytes
    fee: int
    vsize: int
    spent: tuple[TxOut, ...]

    @property
    def feerate(self) -> Fraction:
        """Sat per virtual byte, exactly."""
        return Fraction(self.fee, self.vsize)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Transactions that are mined together, in order."""

    entries: tuple[Entry, ...]

    @property
    def fee(self) -> int:
        """Sat, together."""
        return sum(entry.fee for entry in self.entries)

    @property
    def vsize(self) -> int:
        """Virtual bytes, together."""
        return sum(entry.vsize for entry in self.entries)

    @property
    def feerate(self) -> Fraction:
        """Sat per virtual byte, exactly."""
        return Fraction(self.fee, self.vsize)


class Graph:
    """Who spends whom among some unconfirmed transactions."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = {entry.txid: entry for entry in entries}
        self.spenders: dict[OutPoint, bytes] = {}
        self._parents: dict[bytes, set[bytes]] = {}
        self._children: dict[bytes, set[bytes]] = {txid: set() for txid in self.entries}
        for entry in self.entries.values():
            inside = [txin.outpoint for txin in entry.tx.inputs]
            self.spenders |= dict.fromkeys(inside, entry.txid)
            self._parents[entry.txid] = {out.txid for out in inside if out.txid in self.entries}
            for parent in self._parents[entry.txid]:
                self._children[parent].add(entry.txid)

    def parents(self, txid: bytes) -> set[bytes]:
        """The unconfirmed transactions that it spends."""
        return self._parents[txid]

    def children(self, txid: bytes) -> set[bytes]:
        """Those that spend it."""
        return self._children[txid]

    def ancestors(self, txid: bytes) -> set[bytes]:
        """All that must be mined before it."""
        return self._reach([txid], self._parents) - {txid}

    def descendants(self, txids: Iterable[bytes]) -> set[bytes]:
        """These, and all that spend them, directly or not."""
        return self._reach(txids, self._children)

    def cluster(self, txid: bytes) -> set[bytes]:
        """All that are connected with it, itself included."""
        return self._reach([txid], self._parents, self._children)

    def clusters(self, txids: Iterable[bytes]) -> list[set[bytes]]:
        """The distinct clusters that these are in, in the order in which they are met."""
        found: list[set[bytes]] = []
        for txid in txids:
            if not any(txid in cluster for cluster in found):
                found.append(self.cluster(txid))
        return found

    def _reach(self, start: Iterable[bytes], *edges: dict[bytes, set[bytes]]) -> set[bytes]:
        reached = set(start)
        ahead = list(reached)
        while ahead:
            txid = ahead.pop()
            new = set().union(*(edge[txid] for edge in edges)) - reached
            reached |= new
            ahead += new
        return reached

    def chunks(self, cluster: Iterable[bytes]) -> list[Chunk]:
        """The cluster in the order of mining, cut where the feerate falls."""
        chunks: list[Chunk] = []
        for entry in self._linearize(cluster):
            chunk = Chunk((entry,))
            while chunks and chunks[-1].feerate < chunk.feerate:
                chunk = Chunk(chunks.pop().entries + chunk.entries)
            chunks.append(chunk)
        return chunks

    def _linearize(self, cluster: Iterable[bytes]) -> list[Entry]:
        left = [txid for txid in self.entries if txid in set(cluster)]  # by time of arrival
        order: list[Entry] = []
        while left:
            sets = [[*(self.ancestors(txid) & set(left)), txid] for txid in left]
            best = max(sets, key=lambda txids: (self._feerate(txids), -len(txids)))
            chosen = sorted(best, key=lambda txid: (len(self.ancestors(txid)), left.index(txid)))
            order += [self.entries[txid] for txid in chosen]
            left = [txid for txid in left if txid not in best]
        return order

    def _feerate(self, txids: Sequence[bytes]) -> Fraction:
        return Chunk(tuple(self.entries[txid] for txid in txids)).feerate


def best_first(chunks: Iterable[Chunk]) -> list[Chunk]:
    """Chunks of several clusters by falling feerate; equal ones keep their order."""
    return sorted(chunks, key=lambda chunk: -chunk.feerate)


def improves_diagram(new: Iterable[Chunk], old: Iterable[Chunk]) -> bool:
    """Whether miners are never worse off with `new` than with `old`, and somewhere better.

    The diagram of a set of chunks is the most fee to be had from each size of block space, best
    chunks first; beyond the last chunk it stays level.
    """
    ahead, behind = _diagram(best_first(new)), _diagram(best_first(old))
    sizes = [size for size, _ in ahead + behind]
    gains = [_fee_within(ahead, size) - _fee_within(behind, size) for size in sizes]
    return all(gain >= 0 for gain in gains) and any(gain > 0 for gain in gains)


def _diagram(chunks: Sequence[Chunk]) -> list[tuple[int, int]]:
    points = [(0, 0)]
    for chunk in chunks:
        size, fee = points[-1]
        points.append((size + chunk.vsize, fee + chunk.fee))
    return points


def _fee_within(points: Sequence[tuple[int, int]], size: int) -> Fraction:
    for (left, low), (right, high) in pairwise(points):
        if size <= right:
            return low + Fraction((high - low) * (size - left), right - left)
    return Fraction(points[-1][1])
