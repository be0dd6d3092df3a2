"""The wallet's database: opened so that what was committed survives a power cut.

Write-ahead log with synchronous=FULL, every pragma read back, the folder synced after creation, one
process at a time. `Transaction` is the only way to write; one event is one transaction.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from lnwallet_tui import durable
from lnwallet_tui.store.ballast import Ballast
from lnwallet_tui.store.errors import (
    DiskFailed,
    DiskFull,
    RowDamaged,
    StoreError,
    WalletCorrupt,
    from_os,
    from_sqlite,
)
from lnwallet_tui.store.lock import FolderLock
from lnwallet_tui.store.migrate import prepare

DATABASE_NAME: Final = "wallet.sqlite3"

# What each must read back as. reliability.md §5 says why; there is no setting to turn one off.
PRAGMAS: Final[dict[str, str | int]] = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: the log is synced at each commit
    "fullfsync": 1,  # macOS: fsync alone does not reach the platter
    "checkpoint_fullfsync": 1,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
}

Value = int | bytes | str | None
Row = tuple[Value, ...]


class Transaction:
    """One open transaction. Everything that one event changes is written through it.

    What must not happen before it is durable waits in `after`; what belongs to it, but follows from
    a part of it, waits in `also`; what memory adopted already is taken back through `undo` should
    it fail.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._after: list[Callable[[], None]] = []
        self._also: list[Callable[[], object]] = []
        self._last: dict[object, Callable[[], None]] = {}
        self._undo: list[Callable[[], None]] = []
        self._failed: StoreError | None = None

    def write(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Run one statement; returns the number of rows it changed."""
        return _execute(self._connection, sql, values).rowcount

    def read(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Rows, with what this transaction has written so far."""
        return _execute(self._connection, sql, values).fetchall()

    def after(self, effect: Callable[[], None]) -> None:
        """Call `effect` once everything is durable; never if the transaction fails."""
        self._after.append(effect)

    def also(self, work: Callable[[], object]) -> None:
        """Do `work` as a part of this transaction, when everything else of it is done and nothing
        is durable yet; never if what asks for it fails. A `work` that raises ends all of it."""
        self._also.append(work)

    def last(self, name: object, work: Callable[[], None]) -> None:
        """Do `work` right before the commit: once, however often it is asked for by that name."""
        self._last.setdefault(name, work)

    def undo(self, restore: Callable[[], None]) -> None:
        """Call `restore` if the transaction fails: the newest first."""
        self._undo.append(restore)

    @contextmanager
    def part(self) -> Iterator[Self]:
        """A part that can fail alone: its writes, effects and memory are taken back, no others.

        Where the disk failed nobody knows which writes are left, so nothing is committed. A damaged
        row was written long ago: what met it is taken back like anything else.
        """
        effects, works, undos = len(self._after), len(self._also), len(self._undo)
        self.write("SAVEPOINT part")
        try:
            yield self
        except BaseException as error:
            del self._after[effects:], self._also[works:]
            self.restore(undos)
            if isinstance(error, StoreError) and not isinstance(error, RowDamaged):
                self._failed = error
            else:
                self.write("ROLLBACK TO part")
                self.write("RELEASE part")
            raise
        self.write("RELEASE part")

    def finish(self) -> None:
        """Do what is to be done before the commit, and what that asks for."""
        done = 0
        while done < len(self._also):
            done += 1
            self._also[done - 1]()
        for work in self._last.values():
            work()
        if self._failed is not None:
            raise self._failed

    def effects(self) -> list[Callable[[], None]]:
        """What waits for the commit."""
        return self._after

    def restore(self, keep: int = 0) -> None:
        """Take memory back to where `keep` undos were known."""
        while len(self._undo) > keep:
            self._undo.pop()()


class Store:
    """An open wallet database. Raises only `StoreError` kinds, or what our own bug raised."""

    def __init__(
        self, folder: Path, lock: FolderLock | None = None, *, has_ballast: bool = False
    ) -> None:
        """Open, or create, the wallet in `folder` (made if absent, readable by its owner only).

        Who holds the folder's `lock` already gives it; then it stays theirs. `has_ballast`: room is
        kept for a full disk.
        """
        self.folder: Final = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise from_os(error) from error
        self.path: Final = folder / DATABASE_NAME
        self._lock = None if lock is not None else FolderLock(folder)
        self._failed: StoreError | None = None
        self._open: Transaction | None = None
        self.on_crash: Callable[[Exception], None] = _raise
        """Takes the failures of effects: what was asked for is durable by then, so they are none of
        whoever asked. Does not raise; as long as nobody has put something here, they are raised."""
        try:
            self._connection = _connect(self.path)
            durable.sync_folder(folder)
            durable.sync_above(folder)
        except BaseException as error:
            self._let_go()
            if isinstance(error, sqlite3.Error):
                raise from_sqlite(error) from error
            if isinstance(error, OSError):
                raise from_os(error) from error
            raise
        self._ballast = Ballast(folder) if has_ballast else None
        self.has_room()

    def has_room(self) -> bool:
        """Whether nothing had to be given up for a full disk, or it could be made again."""
        return self._ballast is None or self._ballast.keep()

    def close(self) -> None:
        """Close the file and give the wallet free."""
        self._connection.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One event's writes: durable when the block is left, gone when it raises.

        Inside another one it becomes a part of it, so that several events can share a transaction
        as long as no effect of any of them leaves before. Effects run after the outermost commit,
        and what fails of them goes to `on_crash`: a transaction that raises has changed nothing.
        """
        if self._open is not None:
            with self._open.part() as part:
                yield part
            return
        if self._failed is not None:
            raise self._failed
        transaction = Transaction(self._connection)
        try:
            transaction.write("BEGIN IMMEDIATE")
            self._open = transaction
            yield transaction
            transaction.finish()
            transaction.write("COMMIT")
        except BaseException as error:
            self._remember(error)
            self._roll_back(transaction)
            raise
        finally:
            self._open = None
        _perform(transaction.effects(), self.on_crash)

    def read(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Rows as they stand."""
        return _execute(self._connection, sql, values).fetchall()

    def _roll_back(self, transaction: Transaction) -> None:
        transaction.restore()
        # Some failures have rolled back by themselves already.
        if self._connection.in_transaction:
            try:
                transaction.write("ROLLBACK")
            except StoreError as error:
                self._remember(DiskFailed(str(error)))

    def _remember(self, error: BaseException) -> None:
        # After a failed fsync nobody knows what the kernel still holds: a second fsync on the same
        # descriptor may report success for pages that were dropped. So nothing more is written.
        # A row that is damaged says nothing of the others.
        if isinstance(error, DiskFailed | WalletCorrupt) and not isinstance(error, RowDamaged):
            self._failed = error
        if isinstance(error, DiskFull) and self._ballast is not None:
            self._ballast.give_up()  # what was to be written is tried again, and finds room


def _perform(effects: Sequence[Callable[[], None]], on_crash: Callable[[Exception], None]) -> None:
    """Everything is durable: one effect that fails, our own bug, must not swallow the others."""
    failed: list[Exception] = []
    for effect in effects:
        try:
            effect()
        except Exception as error:
            failed.append(error)
    for one in failed:
        on_crash(one)


def _raise(error: Exception) -> None:
    raise error


def _execute(connection: sqlite3.Connection, sql: str, values: Sequence[Value]) -> sqlite3.Cursor:
    try:
        return connection.execute(sql, values)
    except sqlite3.Error as error:
        raise from_sqlite(error) from error


def _connect(path: Path) -> sqlite3.Connection:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.close(descriptor)  # created by us so that it never exists with other permissions
    connection = sqlite3.connect(path, isolation_level=None, timeout=0, cached_statements=256)
    try:
        for name, wanted in PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {wanted}")
            found = _pragma(connection, name)
            if found != wanted:
                raise WalletCorrupt(f"SQLite keeps {name} at {found!r}; {wanted!r} is needed.")
        prepare(connection)
        _check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    findings = connection.execute("PRAGMA quick_check(1)").fetchall()
    if findings != [("ok",)]:
        raise WalletCorrupt(f"The wallet's file is damaged. ({findings[0][0]})")


def _pragma(connection: sqlite3.Connection, name: str) -> str | int:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return value if isinstance(value, str) else int(value)
