"""Block headers on disk: a flat file of 80-byte records by height, and a mark in the database.

The file is no part of the database: 950,000 rows cost SQLite three times the processor time of
checking them, and 0.2 s more at every start, which looks the whole database over. The mark says how
far the file holds; what stands behind it was never committed, and is cut off. So an append goes to
the file first, synced, and then to the mark, in the transaction of whatever it makes happen. What
the durable mark covers is not written over before there is another one: a reorganisation is put
into the mark itself, and from there into the file, at once and again at the next start.

All of it can be had anew from any peer. So a file that was damaged is no reason to stop: it is
checked from its first header on, and cut at the first that does not hold.
"""

from __future__ import annotations

import fcntl
import os
from typing import Final

import msgspec

from lnwallet_tui import durable
from lnwallet_tui.bitcoin.block import HEADER_SIZE
from lnwallet_tui.bitcoin.consensus import ChainRules
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.chain.headers import KEPT, MOST_IN_BATCH, Extension, HeaderTree, extend
from lnwallet_tui.chain.headers_batch import HeadersRefused, Reason
from lnwallet_tui.store import singles
from lnwallet_tui.store.codec import decode
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import HeadersDamaged, RowDamaged, StoreError, from_os

FILE_NAME: Final = "headers"
_MARK: Final = "headers"
_END_OF_TIME: Final = 1 << 32  # what was not too new when it was stored is not so now


class HeadersMark(msgspec.Struct, frozen=True, array_like=True):
    """How far the file holds: its last header and the work of all. `moved` are the newest headers,
    which may not be in the file yet, because others stood in their place."""

    height: int
    tip: bytes
    work: bytes
    moved: bytes = b""

    @property
    def first_moved(self) -> int:
        """The height of the first of `moved`."""
        return self.height + 1 - len(self.moved) // HEADER_SIZE


class HeaderFile:
    """The headers of one wallet's chain. `load` first; then `save` each change, and read."""

    def __init__(self, store: Store, rules: ChainRules) -> None:
        self._store, self._rules = store, rules
        self._failed: StoreError | None = None
        self._durable = self._height = -1
        self._moved = b""
        self.lost = 0
        """How many headers that were stored `load` found missing or damaged."""
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(store.folder / FILE_NAME, flags, 0o600)
            durable.sync_folder(store.folder)
        except OSError as error:
            raise from_os(error) from error

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def load(self) -> HeaderTree:
        """The tree as the last durable change left it; the genesis block alone at first."""
        mark = self._mark()
        if mark is None:
            return self._begin()
        if mark.moved:
            self._write(mark.first_moved, mark.moved)
            self._sync()
        try:
            tree = self._resumed(mark)
        except (HeadersDamaged, HeadersRefused):
            return self.replay()
        self._cut(mark.height)
        self._adopt(mark.height)
        return tree

    def _resumed(self, mark: HeadersMark) -> HeaderTree:
        start = max(mark.height + 1 - KEPT, 0)
        headers = self._read(start, mark.height + 1 - start)
        work = int.from_bytes(mark.work, "big")
        tree = HeaderTree.resume(self._rules, start, headers, work)
        if tree.tip != mark.tip or self._read(0, 1) != self._rules.genesis.serialize():
            raise HeadersDamaged("The file of block headers holds others than those stored last.")
        return tree

    def replay(self) -> HeaderTree:
        """Check the whole file again, and go on with what holds of it: some seconds."""
        mark = self._mark()
        end = min(self._size(), mark.height + 1) if mark is not None else 0
        if end == 0 or self._read(0, 1) != self._rules.genesis.serialize():
            return self._cut_to(self._begin(), mark)
        tree, is_linked = self._checked(end)
        if not is_linked:  # either side of a link that is broken may be the damaged one
            tree, _ = self._checked(max(tree.height, 1))
        return self._cut_to(tree, mark)

    def _checked(self, end: int) -> tuple[HeaderTree, bool]:
        """The tree of the headers before `end`, or of the good ones; whether all of these, and the
        first bad one, follow each other."""
        tree = HeaderTree.begin(self._rules)
        while (at := tree.height + 1) < end:
            batch = self._read(at, min(MOST_IN_BATCH, end - at))
            try:
                tree = extend(tree, batch, _END_OF_TIME).tree
            except HeadersRefused as error:
                if error.position:
                    good = batch[: error.position * HEADER_SIZE]
                    tree = extend(tree, good, _END_OF_TIME).tree
                return tree, error.reason not in (Reason.BROKEN_LINK, Reason.UNCONNECTED)
        return tree, True

    def save(self, tx: Transaction, change: Extension) -> None:
        """Make a change of the best chain durable with `tx`; forks live in memory only."""
        if change.connected:
            self._put(tx, change.fork_height + 1, change.connected.headers)
            self._set_mark(tx, change.tree)

    def restart(self, tx: Transaction, tree: HeaderTree) -> None:
        """Give up all but this of a chain that nobody has proven; another one can follow in `tx`.
        The headers of `tree` are here."""
        self._take_back_if_it_fails(tx)
        self._moved = self._moved[: max(tree.height + 1 - self._moved_at, 0) * HEADER_SIZE]
        self._set_mark(tx, tree)

    def read(self, first: int, count: int) -> bytes:
        """At most `count` headers of the best chain from `first` on. Raises `HeadersDamaged`."""
        end = min(first + count, self._height + 1)
        in_file = min(end, self._moved_at)
        headers = self._read(first, in_file - first) if first < in_file else b""
        begin, stop = max(first, in_file) - self._moved_at, end - self._moved_at
        return headers + self._moved[max(begin, 0) * HEADER_SIZE : max(stop, 0) * HEADER_SIZE]

    @property
    def _moved_at(self) -> int:
        """The height of the first of `_moved`, or of the next header if there are none."""
        return self._height + 1 - len(self._moved) // HEADER_SIZE

    def hash_at(self, height: int) -> bytes:
        """The hash of the block at `height`, compared with what the next header says of it.

        Raises `HeadersDamaged`: then `replay`.
        """
        two = self.read(height, 2)
        block_hash = sha256d(two[:HEADER_SIZE])
        if not two or two[HEADER_SIZE + 4 : HEADER_SIZE + 36] not in (block_hash, b""):
            raise HeadersDamaged(f"The header of block {height} is damaged.")
        return block_hash

    def _begin(self) -> HeaderTree:
        tree = HeaderTree.begin(self._rules)
        self._write(0, self._rules.genesis.serialize())
        self._sync()
        self._cut(0)
        self._adopt(0)
        return tree

    def _cut_to(self, tree: HeaderTree, mark: HeadersMark | None) -> HeaderTree:
        if mark is not None:
            self.lost = mark.height - tree.height
        with self._store.transaction() as tx:
            self._moved = b""
            self._set_mark(tx, tree)
        self._cut(tree.height)
        return tree

    def _put(self, tx: Transaction, first: int, headers: bytes) -> None:
        self._take_back_if_it_fails(tx)
        if first > self._durable and not self._moved:
            self._write(first, headers)
            tx.last(self, self._sync)  # once, however many messages a transaction takes
        elif first > self._moved_at:
            self._moved = self._moved[: (first - self._moved_at) * HEADER_SIZE] + headers
        else:
            self._moved = headers

    def _set_mark(self, tx: Transaction, tree: HeaderTree) -> None:
        work = tree.work.to_bytes(32, "big")
        mark = HeadersMark(tree.height, tree.tip, work, self._moved)
        singles.save(tx, _MARK, mark)
        self._height = tree.height
        tx.after(self._settle)

    def _settle(self) -> None:
        """The mark is durable: put what it holds into the file."""
        self._durable = self._height
        if self._moved:
            self._write(self._moved_at, self._moved)
            self._sync()
            self._moved = b""

    def _take_back_if_it_fails(self, tx: Transaction) -> None:
        height, moved = self._height, self._moved

        def restore() -> None:
            self._height, self._moved = height, moved

        tx.undo(restore)

    def _adopt(self, height: int) -> None:
        self._durable = self._height = height
        self._moved = b""

    def _mark(self) -> HeadersMark | None:
        """One that is damaged is taken for one of all that is there, which is then checked."""
        body, size = singles.body_of(self._store, _MARK), self._size()
        if body is None:
            return None
        try:
            return decode(body, HeadersMark)
        except RowDamaged:
            return HeadersMark(size - 1, b"", b"") if size else None

    def _size(self) -> int:
        return os.fstat(self._descriptor).st_size // HEADER_SIZE

    def _read(self, first: int, count: int) -> bytes:
        wanted, headers = count * HEADER_SIZE, b""
        try:
            while len(headers) < wanted:
                at = first * HEADER_SIZE + len(headers)
                part = os.pread(self._descriptor, wanted - len(headers), at)
                if not part:
                    raise HeadersDamaged("The file of block headers is shorter than it was.")
                headers += part
        except OSError as error:
            raise from_os(error) from error
        return headers

    def _write(self, first: int, headers: bytes) -> None:
        if self._failed is not None:
            raise self._failed
        at, left = first * HEADER_SIZE, memoryview(headers)
        try:
            while left:
                written = os.pwrite(self._descriptor, left, at)
                at, left = at + written, left[written:]
        except OSError as error:
            raise from_os(error) from error

    def _sync(self) -> None:
        """What was written is on disk then. After a failure nobody knows what is: a second sync may
        well succeed, so nothing more is written with this descriptor."""
        try:
            _sync(self._descriptor)
        except OSError as error:
            self._failed = from_os(error)
            raise self._failed from error

    def _cut(self, height: int) -> None:
        try:
            if os.fstat(self._descriptor).st_size > (height + 1) * HEADER_SIZE:
                os.ftruncate(self._descriptor, (height + 1) * HEADER_SIZE)
        except OSError as error:
            raise from_os(error) from error


def _sync(descriptor: int) -> None:
    full = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: fsync alone does not reach the platter
    if full is not None:
        fcntl.fcntl(descriptor, full)
    else:
        os.fdatasync(descriptor)
