"""The inbox on disk, and wallets of before there was one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from msgspec.structs import replace

from lnwallet_tui.store import inbox
from lnwallet_tui.store.damage import Damaged, Kind
from lnwallet_tui.store.db import DATABASE_NAME, Store
from lnwallet_tui.store.inbox import Entry
from lnwallet_tui.store.migrate import APPLICATION_ID, SCHEMA_VERSION
from tests.store.samples import SAMPLES
from tests.store.test_activity import schema_of
from tests.store.test_golden import GOLDEN
from tests.store.whole import expect_whole

_SAMPLE = SAMPLES["inbox-entry-1"]
assert isinstance(_SAMPLE, Entry)
ENTRY: Entry = _SAMPLE


def test_entries_come_back_in_their_order_with_their_marks(tmp_path: Path) -> None:
    other = replace(ENTRY, subject="another")
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            inbox.save(tx, 7, other, is_read=False)
            inbox.save(tx, 3, ENTRY, is_read=True)
            inbox.save(tx, 5, ENTRY, is_read=False)
            inbox.mark_read(tx, 7)
            inbox.drop(tx, 5)
        assert inbox.load(store, expect_whole) == {3: (ENTRY, True), 7: (other, True)}
        assert list(inbox.load(store, expect_whole)) == [3, 7]


def test_a_damaged_entry_is_told_and_left_out(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            inbox.save(tx, 1, ENTRY, is_read=False)
            tx.write("UPDATE inbox SET body = x'00'")
        told = list[Damaged]()
        assert inbox.load(store, told.append) == {}
        assert told == [Damaged(Kind.INBOX, "1")]


def test_a_wallet_of_before_the_inbox_is_then_as_a_new_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    raw = sqlite3.connect(old / DATABASE_NAME)
    raw.executescript((GOLDEN / "format-2.sql").read_text())
    raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    raw.execute("PRAGMA user_version = 2")
    raw.commit()
    raw.close()
    with Store(old) as store, Store(new) as fresh:
        assert store.read("PRAGMA user_version") == [(SCHEMA_VERSION,)]
        squeezed, wanted = (
            [(name, " ".join(sql.split())) for name, sql in schema_of(one)]
            for one in (store, fresh)
        )
        assert squeezed == wanted
        assert inbox.load(store, expect_whole) == {}
