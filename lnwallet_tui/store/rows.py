"""Whoever reads rows of a wallet's database: the one who writes it, or a reader beside that one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lnwallet_tui.store.db import Row, Value
from lnwallet_tui.store.errors import SchemaTooNew
from lnwallet_tui.store.migrate import SCHEMA_VERSION


class Rows(Protocol):
    """Raises only `StoreError` kinds."""

    def read(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Rows as they stand."""
        ...


def expect_known(rows: Rows) -> None:
    """Raises `SchemaTooNew` where a newer program wrote the database; an older one's is read as it
    is, for only who writes brings it up to date."""
    [(version,)] = rows.read("PRAGMA user_version")
    assert isinstance(version, int)
    if version > SCHEMA_VERSION:
        raise SchemaTooNew(
            f"This wallet was written by a newer program (format {version}, this program knows "
            f"{SCHEMA_VERSION})."
        )
