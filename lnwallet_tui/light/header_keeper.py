"""The headers of the light node on disk, and what one peer alone said of filters.

What came is written before a block is handed on that needs it. A disk that takes nothing does not
stop that: headers can be had again from any peer, and a breach does not wait for a disk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from lnwallet_tui.bitcoin.block import HEADER_SIZE
from lnwallet_tui.bitcoin.consensus import rules_of
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.headers import HeaderTree
from lnwallet_tui.chain.headers_batch import HeadersRefused, Run
from lnwallet_tui.chain.settled_filters import Alone
from lnwallet_tui.chain.sync import Beginning
from lnwallet_tui.chain.sync_peers import RestartHeaders, SaveHeaders
from lnwallet_tui.chain.watch import BLOCKS_KEPT
from lnwallet_tui.light.outside import Outside
from lnwallet_tui.store import filters_alone
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import HeadersDamaged, StoreError
from lnwallet_tui.store.headers import HeaderFile

MOST_WAITING: Final = 20_000
"""Headers that are written together while many come."""
AGAIN_MS: Final = 10_000
"""After a disk that took nothing."""


class HeaderKeeper:
    """Open from the start until `close`; the store stays open. Raises `StoreError` there and in
    `beginning` alone."""

    def __init__(
        self, store: Store, network: Network, complain: Callable[[StoreError], None]
    ) -> None:
        self._store, self._network, self._complain = store, network, complain
        self._waiting: list[SaveHeaders | RestartHeaders] = []
        self._not_before = self._keeps_not_before = 0
        self._alone = filters_alone.load(store)
        self._file, self._tree = self._opened()
        self._is_open = True

    def close(self) -> None:
        """Write what waits, and close."""
        self.flush(self._not_before)
        self._close()

    def beginning(self, outside: Outside, known: Sequence[tuple[int, bytes]]) -> Beginning:
        """To go on after the blocks `known` with what is on disk; what still waits is dropped."""
        if self._waiting or not self._is_open:
            self._waiting.clear()
            self._reopen()
        try:
            return self._from(outside, known)
        except HeadersDamaged:
            self._tree = self._file.replay()
            return self._from(outside, known)

    def copied(self, outside: Outside, known: Sequence[tuple[int, bytes]]) -> Beginning:
        """The same for another reader, who keeps nothing: what waits here is written first. Raises
        `StoreError`, where the disk does not take it too, and `HeadersDamaged`: then `beginning` is
        to mend that."""
        if self._waiting:
            before = self._tree
            try:
                with self._store.transaction() as tx:
                    self._write(tx)
            except StoreError:
                self._tree, self._not_before = before, 1  # a file that failed is opened anew
                raise
            self._waiting.clear()
        return self._from(outside, known)

    def take(self, change: SaveHeaders | RestartHeaders, now_ms: int) -> None:
        """The chain changed."""
        self._waiting.append(change)
        if self._count() >= MOST_WAITING:
            self.flush(now_ms)

    def keep(self, alone: tuple[Alone, ...], now_ms: int) -> None:
        """So much was read by the word of one peer alone, where the disk takes it."""
        if alone == self._alone or now_ms < self._keeps_not_before:
            return
        try:
            with self._store.transaction() as tx:
                filters_alone.save(tx, alone)
        except StoreError as error:
            self._keeps_not_before = now_ms + AGAIN_MS
            self._complain(error)
            return
        self._alone = alone

    def flush(self, now_ms: int) -> None:
        """What came is durable, where the disk takes it."""
        if not self._waiting or now_ms < self._not_before:
            return
        try:
            if self._not_before:  # a file that failed once takes nothing more
                self._reopen()
            with self._store.transaction() as tx:
                self._write(tx)
        except StoreError as error:
            self._not_before = now_ms + AGAIN_MS
            self._complain(error)
            return
        self._not_before = 0
        self._waiting.clear()

    # -- inside

    def _from(self, outside: Outside, known: Sequence[tuple[int, bytes]]) -> Beginning:
        first = (known[0][0] if known else outside.birthday) - BLOCKS_KEPT
        start = min(max(first, 0), self._tree.height)
        headers = self._file.read(start, self._tree.height + 1 - start)
        try:
            Run.of(headers)  # the start looked at the newest only
        except HeadersRefused as error:
            raise HeadersDamaged("The file of block headers holds what is no chain.") from error
        return Beginning(
            self._network,
            self._tree,
            start,
            headers,
            outside.birthday,
            known,
            outside.user_agent,
            outside.is_one_named,
            self._alone,
        )

    def _write(self, tx: Transaction) -> None:
        for one in self._waiting:
            if isinstance(one, SaveHeaders):
                self._file.save(tx, one.change)
                self._tree = one.change.tree
            else:
                self._file.restart(tx, one.tree)
                self._tree = one.tree

    def _opened(self) -> tuple[HeaderFile, HeaderTree]:
        file = HeaderFile(self._store, rules_of(self._network))
        try:
            return file, file.load()
        except BaseException:
            file.close()
            raise

    def _reopen(self) -> None:
        self._close()
        self._file, self._tree = self._opened()
        self._is_open = True

    def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._file.close()

    def _count(self) -> int:
        return sum(
            len(one.change.connected.headers) // HEADER_SIZE
            for one in self._waiting
            if isinstance(one, SaveHeaders)
        )
