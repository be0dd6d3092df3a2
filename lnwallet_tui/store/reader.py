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
def reading(path: Path) -> Iterator[Reader]:
    """A reader of the database at `path`, which somebody holds open, until the block is left."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)
    except sqlite3.Error as error:
        raise from_sqlite(error) from error
    try:
        yield Reader(connection)
    finally:
        connection.close()
