"""The headers of the light node on disk.

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
from lnwallet_tui.chain.sync import Beginning
from lnwallet_tui.chain.sync_peers import RestartHeaders, SaveHeaders
from lnwallet_tui.chain.watch import BLOCKS_KEPT
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
        self._not_before = 0
        self._file, self._tree = self._opened()
        self._is_open = True

    def close(self) -> None:
        """Write what waits, and close."""
        self.flush(self._not_before)
        self._close()

    def beginning(
        self,
        birthday: int,
        known: Sequence[tuple[int, bytes]],
        user_agent: bytes,
        *,
        is_one_named: bool = False,
    ) -> Beginning:
        """To go on after the blocks `known` with what is on disk; what still waits is dropped."""
        if self._waiting or not self._is_open:
            self._waiting.clear()
            self._reopen()
        first = known[0][0] if known else birthday
        try:
            start, headers = self._read_from(first - BLOCKS_KEPT)
        except HeadersDamaged:
            self._tree = self._file.replay()
            start, headers = self._read_from(first - BLOCKS_KEPT)
        return Beginning(
            self._network,
            self._tree,
            start,
            headers,
            birthday,
            known,
            user_agent,
            is_one_named,
        )

    def take(self, change: SaveHeaders | RestartHeaders, now_ms: int) -> None:
        """The chain changed."""
        self._waiting.append(change)
        if self._count() >= MOST_WAITING:
            self.flush(now_ms)

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

    def _write(self, tx: Transaction) -> None:
        for one in self._waiting:
            if isinstance(one, SaveHeaders):
                self._file.save(tx, one.change)
                self._tree = one.change.tree
            else:
                self._tree = self._file.restart(tx)

    def _read_from(self, first: int) -> tuple[int, bytes]:
        start = min(max(first, 0), self._tree.height)
        return start, self._file.read(start, self._tree.height + 1 - start)

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
