"""A second connection that only reads, for a thread of its own: what takes long holds nobody up.

It sees what was committed, and does not wait for the one who writes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lnwallet_tui.store.db import Row, Value
from lnwallet_tui.store.errors import from_sqlite


class Reader:
    """Rows as they stand. Raises only `StoreError` kinds."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """As `Store.read`."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise from_sqlite(error) from error


@contextmanager
def reading(path: Path, *, alone: bool = False) -> Iterator[Reader]:
    """A reader of the database at `path`, which somebody may hold open, until the block is left.
    `alone`: nobody does, for who reads holds the wallet's lock."""
    try:
        connection = _connected(path, alone=alone)
    except sqlite3.Error as error:
        raise from_sqlite(error) from error
    try:
        yield Reader(connection)
    finally:
        connection.close()


def _connected(path: Path, *, alone: bool) -> sqlite3.Connection:
    """Also of a file in a folder that cannot be written, where SQLite can make none beside it to
    share it with others."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=0)
    if not alone:
        return connection
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.Error:
        connection.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise  # what was committed last is there, and not in the file
        return sqlite3.connect(f"{uri}&immutable=1", uri=True, timeout=0)
    return connection
