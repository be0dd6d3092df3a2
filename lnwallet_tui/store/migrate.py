"""The schema and its versions: an integer in the file's header; newer ones are refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import resources
from typing import Final

from lnwallet_tui.store.errors import SchemaTooNew, WalletCorrupt

APPLICATION_ID: Final = 0x6C6E7774  # "lnwt": says whose file this is (`file`, `PRAGMA`)
SCHEMA_VERSION: Final = 5

# Statements that lead from version N (the key) to N + 1; schema.sql is always the newest.
# What no statement can say, because it is made of bodies, is filled in later (store/activity.py).
UPGRADES: Final[dict[int, tuple[str, ...]]] = {
    1: (
        """
CREATE TABLE notes (
    payment_hash BLOB PRIMARY KEY,
    body         BLOB NOT NULL
) STRICT, WITHOUT ROWID
        """,
        """
CREATE TABLE activity (
    number       INTEGER PRIMARY KEY,
    payment_hash BLOB NOT NULL,
    outgoing     INTEGER NOT NULL CHECK (outgoing IN (0, 1)),
    happened     INTEGER NOT NULL,
    status       TEXT NOT NULL,
    expires      INTEGER NOT NULL,
    amount_msat  INTEGER,
    payee        BLOB NOT NULL,
    description  TEXT NOT NULL,
    words        TEXT NOT NULL,
    note         TEXT NOT NULL
) STRICT
        """,
        """
CREATE INDEX activity_by_time ON activity (happened, number)
        """,
        """
CREATE UNIQUE INDEX activity_by_hash ON activity (payment_hash, outgoing)
        """,
    ),
    # With these a coin can be frozen, which an older program would not heed: it must not open this.
    2: (
        """
CREATE TABLE inbox (
    number  INTEGER PRIMARY KEY,
    is_read INTEGER NOT NULL CHECK (is_read IN (0, 1)),
    body    BLOB NOT NULL
) STRICT
        """,
        """
CREATE TABLE coin_notes (
    name BLOB PRIMARY KEY,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID
        """,
    ),
    # A payment stands in time where it was begun, and no longer moves when it ends.
    3: ("ALTER TABLE activity RENAME COLUMN happened TO begun", "DELETE FROM activity"),
    # A fact may name its transaction (`store/chain.py`), which an older program could not read.
    4: (),
}


def prepare(connection: sqlite3.Connection) -> None:
    """Create the schema in an empty file or bring an older one to `SCHEMA_VERSION`.

    All in one transaction: after a crash the file is as before. Raises `SchemaTooNew`, or
    `WalletCorrupt` for a database that is not ours.
    """
    version = _pragma(connection, "user_version")
    if version == 0 and _is_empty(connection):
        _run(connection, tuple(_statements(_schema())), APPLICATION_ID)
        return
    if _pragma(connection, "application_id") != APPLICATION_ID or version < 1:
        raise WalletCorrupt("The file is a database, but not a wallet.")
    if version > SCHEMA_VERSION:
        raise SchemaTooNew(
            f"This wallet was written by a newer program (format {version}, "
            f"this program knows {SCHEMA_VERSION})."
        )
    if version < SCHEMA_VERSION:
        steps = [line for old in range(version, SCHEMA_VERSION) for line in UPGRADES[old]]
        _run(connection, tuple(steps), APPLICATION_ID)


def _run(connection: sqlite3.Connection, statements: tuple[str, ...], application: int) -> None:
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {application}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _schema() -> str:
    return resources.files("lnwallet_tui.store").joinpath("schema.sql").read_text("utf-8")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one (`executescript` would commit by itself)."""
    pending = ""
    for line in script.splitlines():
        pending += line.split("--")[0].rstrip() + "\n"
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""


def _is_empty(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) = 0 FROM sqlite_schema").fetchone()[0])


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)
