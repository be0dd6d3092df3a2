"""What a database holds, in a few bytes: two that hold the same have the same."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from lnwallet_tui.store.db import DATABASE_NAME


def digest(folder: Path) -> bytes:
    """Of what was committed to the wallet in `folder`, whoever has it open."""
    reader = sqlite3.connect(folder / DATABASE_NAME)
    try:
        return digest_of(reader)
    finally:
        reader.close()


def digest_of(reader: sqlite3.Connection) -> bytes:
    """Of what this connection sees."""
    asked = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
    rows = [
        (name, sorted(map(repr, reader.execute(f"SELECT * FROM {name}"))))
        for (name,) in reader.execute(asked).fetchall()
    ]
    return hashlib.sha256(repr(rows).encode()).digest()
