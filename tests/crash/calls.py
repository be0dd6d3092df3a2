"""What a wallet asks of the disk, call by call, and what the disk may answer."""

from __future__ import annotations

import enum
import errno
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


class Kind(enum.Enum):
    """The calls that change what is on a disk, or make it last."""

    CREATE = "create"
    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    RENAME = "rename"
    DELETE = "delete"
    MAKE_FOLDER = "make folder"
    SYNC_FOLDER = "sync folder"


@dataclass(frozen=True, slots=True)
class Call:
    """One of them, as it is about to be made. `at` is an offset, or a file's new length."""

    kind: Kind
    path: str
    at: int = 0
    data: bytes = b""
    target: str = ""


Watcher = Callable[[Call], int]
"""Is told of each call before it is made; an errno that is not 0 is answered in its place."""

SQLITE_CODES: Final[dict[Kind, int]] = {
    Kind.CREATE: sqlite3.SQLITE_CANTOPEN,
    Kind.WRITE: sqlite3.SQLITE_IOERR_WRITE,
    Kind.TRUNCATE: sqlite3.SQLITE_IOERR_TRUNCATE,
    Kind.SYNC: sqlite3.SQLITE_IOERR_FSYNC,
    Kind.DELETE: sqlite3.SQLITE_IOERR_DELETE,
}


def sqlite_code(kind: Kind, number: int) -> int:
    """What SQLite's own file layer says where the system says `number`."""
    if kind is Kind.WRITE and number == errno.ENOSPC:
        return sqlite3.SQLITE_FULL
    return SQLITE_CODES[kind]
