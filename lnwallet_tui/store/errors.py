"""What can go wrong with the disk, each with a sentence that says what it means for the user."""

from __future__ import annotations

import errno
import sqlite3
from typing import Final


class StoreError(Exception):
    """The disk did not take or give what it should; nothing of the transaction was kept.

    `remedy` says in a sentence what the user can do, `mended` what was wrong once it is over; it
    is empty for what does not pass while the program runs.
    """

    remedy: str = "Check the disk, then start the wallet again."
    mended: str = ""


class DiskFull(StoreError):
    """No space: the transaction was rolled back, a later one may succeed."""

    remedy = "Free some space on the disk; the wallet goes on by itself."
    mended = "The disk was full for a while. It has room again, and the wallet goes on by itself."


class DiskReadOnly(StoreError):
    """The folder or the file cannot be written."""

    remedy = "Make the wallet's folder writable for you, then start the wallet again."
    mended = "The wallet's folder could not be written for a while. Now it can be again."


class DiskFailed(StoreError):
    """Reading or writing failed. What was written last may be lost, so nothing more is written."""

    remedy = "The disk reports errors: copy the wallet's folder to another disk and start there."


class WalletInUse(StoreError):
    """Another process has this wallet open."""

    remedy = "Go on in that window, or end that lnwallet-tui and start again."


class WalletCorrupt(StoreError):
    """The file is not what we wrote."""

    remedy = "Do not delete anything: restore the newest backup beside it and compare."


class RowDamaged(WalletCorrupt):
    """One row of the file is not what we wrote; what does not ask for it goes on."""


class HeadersDamaged(StoreError):
    """The file of block headers is not what we wrote; nothing of the user's is in it."""

    remedy = "The wallet checks it at its next start, and fetches from its peers what is missing."


class SchemaTooNew(StoreError):
    """A newer version of the program wrote this wallet."""

    remedy = "Start the newer version: an older one could lose what it does not know about."


_BY_CODE: Final[dict[int, tuple[type[StoreError], str]]] = {
    sqlite3.SQLITE_FULL: (DiskFull, "The disk is full: nothing was changed."),
    sqlite3.SQLITE_READONLY: (DiskReadOnly, "The wallet's file cannot be written."),
    sqlite3.SQLITE_PERM: (DiskReadOnly, "The wallet's file cannot be written."),
    sqlite3.SQLITE_CANTOPEN: (DiskReadOnly, "The wallet's file cannot be opened."),
    sqlite3.SQLITE_IOERR: (DiskFailed, "The disk failed while the wallet was writing."),
    sqlite3.SQLITE_CORRUPT: (WalletCorrupt, "The wallet's file is damaged."),
    sqlite3.SQLITE_NOTADB: (WalletCorrupt, "The wallet's file is not a wallet."),
    sqlite3.SQLITE_BUSY: (WalletInUse, "Another process is writing to the wallet's file."),
}


def from_sqlite(error: sqlite3.Error) -> StoreError:
    """The typed error for what SQLite raised.

    A constraint that does not hold is our own bug, so it is not translated but raised as it is.
    """
    if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
        raise error
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kind, sentence = _BY_CODE.get(code, (WalletCorrupt, "The wallet's file cannot be read."))
    return kind(f"{sentence} ({error})")


def from_os(error: OSError) -> StoreError:
    """The typed error for what the operating system refused."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"The disk is full: nothing was changed. ({error.strerror})")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DiskReadOnly(f"The wallet's folder cannot be written. ({error.strerror})")
    return DiskFailed(f"The disk failed. ({error.strerror})")
