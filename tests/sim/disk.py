"""A wallet's disk that can be full, fail to sync, or lose its power."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.store.db import DATABASE_NAME, Value

_FULL: Final = 13  # SQLITE_FULL
_FSYNC: Final = 10 | 4 << 8  # SQLITE_IOERR_FSYNC
_HEADER: Final = 32  # of a write-ahead log

Files = dict[str, bytes]
"""What a disk holds, by name; what is not named is not there."""


@dataclass
class Image:
    """What a disk holds after its power was cut, and how much of the last commit."""

    files: Files
    words: str


class BadDisk:
    """Stands between a store and its connection. At most one fault at a time is set.

    Power: a write-ahead log with synchronous=FULL is synced at each commit, so of everything up to
    the last commit nothing may be missing, and of the one that was cut anything may: none of it, a
    torn part, or all of it.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, dice: SeededDice) -> None:
        self._connection, self._path, self._dice = connection, path, dice
        self.is_full = False
        self.fails_to_sync_in: int | None = None  # commits
        self.power_fails_in: int | None = None  # commits
        self.refusals = 0
        self.failures = 0
        self.image: Image | None = None
        self.on_power_cut: Callable[[], None] = lambda: None

    # -- what a store asks of its connection
    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def close(self) -> None:
        self._connection.close()

    def execute(self, sql: str, values: Sequence[Value] = ()) -> Any:
        """One statement."""
        word = sql.lstrip()[:6].upper()
        if self.image is not None and word in ("COMMIT", "BEGIN "):
            raise _error(_FSYNC, "the power is off")
        if self.is_full and word in ("INSERT", "UPDATE", "COMMIT"):
            self.refusals += 1
            raise _error(_FULL, "database or disk is full")
        if word == "COMMIT":
            self._commit()
        return self._connection.execute(sql, values)

    def _commit(self) -> None:
        """Before a commit: perhaps it is the one that fails."""
        if self.fails_to_sync_in is not None:
            self.fails_to_sync_in -= 1
            if self.fails_to_sync_in < 0:
                self.fails_to_sync_in = None
                self.failures += 1
                # Whether what was written reached the disk nobody knows.
                self._connection.execute(self._dice.one_of(("COMMIT", "ROLLBACK")))
                raise _error(_FSYNC, "disk I/O error")
        if self.power_fails_in is not None:
            self.power_fails_in -= 1
            if self.power_fails_in < 0:
                self.power_fails_in = None
                self._cut_power()

    def _cut_power(self) -> None:
        before = self._files()
        self._connection.execute("COMMIT")
        after = self._files()
        self.image = self._choose(before, after)
        self.on_power_cut()
        raise _error(_FSYNC, "the power is off")

    def _choose(self, before: Files, after: Files) -> Image:
        log, longer = (files.get(f"{DATABASE_NAME}-wal", b"") for files in (before, after))
        choice = self._dice.between(0, 2)
        if choice == 0:
            return Image(before, "nothing of it")
        # A checkpoint comes after its sync; and a log that begins anew has another header.
        is_torn = before[DATABASE_NAME] == after[DATABASE_NAME] and len(longer) > len(log)
        if choice == 1 and is_torn and longer.startswith(log[:_HEADER]):
            cut = self._dice.between(len(log), len(longer) - 1)
            torn = {**after, f"{DATABASE_NAME}-wal": longer[:cut]}
            # Sectors that were not written hold what was there before: zeros, in a file that grew.
            if self._dice.between(0, 1):
                torn[f"{DATABASE_NAME}-wal"] += bytes(len(longer) - cut)
            return Image(torn, "a part of it")
        return Image(after, "all of it")

    def _files(self) -> Files:
        names = (DATABASE_NAME, f"{DATABASE_NAME}-wal")
        paths = {name: self._path.parent / name for name in names}
        return {name: path.read_bytes() for name, path in paths.items() if path.exists()}

    def lay_down(self) -> None:
        """Put what the power left into the folder, whose store is closed by now."""
        assert self.image is not None
        for path in self._path.parent.glob(f"{DATABASE_NAME}*"):
            path.unlink()
        for name, data in self.image.files.items():
            (self._path.parent / name).write_bytes(data)


def _error(code: int, words: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error
