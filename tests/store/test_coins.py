"""The wallet on disk: what the user wrote of its coins, and wallets of the format before."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.store import coins
from lnwallet_tui.store.db import DATABASE_NAME, Store
from lnwallet_tui.store.migrate import APPLICATION_ID, SCHEMA_VERSION
from tests.store.samples import SAMPLES
from tests.store.test_activity import schema_of
from tests.store.test_golden import GOLDEN
from tests.store.whole import expect_whole

TXID, OUTPOINT = b"\x0a" * 32, b"\x0a" * 32 + bytes(4)


def write(store: Store, name: bytes, text: str) -> None:
    with store.transaction() as tx:
        coins.save_note(tx, name, Untrusted(text))


def test_a_note_is_kept_replaced_and_taken_away(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        assert coins.notes_of(store, [TXID, OUTPOINT]) == {}
        write(store, TXID, "from the \x1b[31mshop")
        write(store, OUTPOINT, "for the rent")
    with Store(tmp_path) as store:
        assert coins.notes_of(store, [TXID, OUTPOINT, b"\x0b" * 32]) == {
            TXID: Untrusted("from the \x1b[31mshop"),
            OUTPOINT: Untrusted("for the rent"),
        }
        write(store, TXID, "sold a bike")
        write(store, OUTPOINT, "")
        assert coins.notes_of(store, [TXID, OUTPOINT]) == {TXID: Untrusted("sold a bike")}
        assert len(store.read("SELECT * FROM coin_notes")) == 1


def a_wallet_of_format_2(folder: Path) -> None:
    """As the program before wrote it."""
    raw = sqlite3.connect(folder / DATABASE_NAME)
    raw.executescript((GOLDEN / "format-2.sql").read_text())
    raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    raw.execute("PRAGMA user_version = 2")
    ledger = bytes.fromhex((GOLDEN / "ledger-1.hex").read_text())
    raw.execute("INSERT INTO singles VALUES ('coins', ?)", (ledger,))
    raw.commit()
    raw.close()


def test_a_wallet_of_format_2_is_taken_in_and_is_then_as_a_new_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    a_wallet_of_format_2(old)
    with Store(old) as store, Store(new) as fresh:
        assert store.read("PRAGMA user_version") == [(SCHEMA_VERSION,)]
        squeezed = [(name, " ".join(sql.split())) for name, sql in schema_of(store)]
        assert squeezed == [(name, " ".join(sql.split())) for name, sql in schema_of(fresh)]
        assert coins.load_ledger(store, expect_whole) == SAMPLES["ledger-1"]
        write(store, TXID, "kept")
    with Store(old) as store:
        assert coins.notes_of(store, [TXID]) == {TXID: Untrusted("kept")}
