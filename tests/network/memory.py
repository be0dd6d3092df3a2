"""A store that lasts as long as its node: for the relays of a network, which nobody kills."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from lnwallet_tui.store.db import Store
from lnwallet_tui.store.lock import FolderLock
from lnwallet_tui.store.migrate import prepare


class MemoryStore(Store):
    """The same schema and the same transactions, without a file. The folder is not touched."""

    def __init__(
        self, folder: Path, lock: FolderLock | None = None, *, has_ballast: bool = False
    ) -> None:
        assert not has_ballast, "memory has no disk that could be full"
        self.folder = folder  # type: ignore[misc]  # as the real one, which is not opened
        self._failed = None
        self._ballast = None
        self._open = None
        self._connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=256)
        prepare(self._connection)

    def close(self) -> None:
        self._connection.close()
