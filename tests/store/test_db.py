"""The database: its pragmas, its lock, and what is left after every way a write can end."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from lnwallet_tui import durable
from lnwallet_tui.store import counters
from lnwallet_tui.store.codec import decode
from lnwallet_tui.store.db import DATABASE_NAME, PRAGMAS, Store
from lnwallet_tui.store.errors import (
    DiskFailed,
    DiskFull,
    DiskReadOnly,
    RowDamaged,
    SchemaTooNew,
    StoreError,
    WalletCorrupt,
    WalletInUse,
)
from lnwallet_tui.store.migrate import SCHEMA_VERSION
from tests.store.quota import limit_pages, pages_of

BIG = b"\xaa" * 100_000


def put(store: Store, node_id: bytes, body: bytes = b"body") -> None:
    """Write one row in a transaction of its own."""
    with store.transaction() as tx:
        tx.write("INSERT INTO peers VALUES (?, ?)", (node_id, body))


def fail_after(store: Store, node_id: bytes, memory: list[str] | None = None) -> None:
    """Write a row, adopt it in memory, ask for an effect, then raise."""
    memory = [] if memory is None else memory
    with store.transaction() as tx:
        before = len(tx.read("SELECT * FROM peers"))
        memory.append("adopted")
        tx.undo(memory.clear)
        tx.after(lambda: memory.append("effect"))
        tx.write("INSERT INTO peers VALUES (?, ?)", (node_id, b""))
        assert len(tx.read("SELECT * FROM peers")) == before + 1
        raise ZeroDivisionError


def names(store: Store) -> list[object]:
    """What is in the table that `put` writes."""
    return [row[0] for row in store.read("SELECT node_id FROM peers ORDER BY node_id")]


def pragmas(store: Store) -> dict[str, object]:
    """What the open connection says of itself."""
    return {name: store.read(f"PRAGMA {name}")[0][0] for name in PRAGMAS}


def test_every_pragma_reads_back_as_it_was_set(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        assert pragmas(store) == PRAGMAS
    with Store(tmp_path) as store:
        assert pragmas(store) == PRAGMAS


def test_only_the_owner_can_read_the_wallet(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "wallet"
    with Store(folder) as store:
        put(store, b"a")
        assert folder.stat().st_mode & 0o777 == 0o700
        for file in folder.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file


def test_a_transaction_is_kept_when_it_ends_and_gone_when_it_raises(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        put(store, b"kept")
        with pytest.raises(ZeroDivisionError):
            fail_after(store, b"gone")
        assert names(store) == [b"kept"]
    with Store(tmp_path) as store:
        assert names(store) == [b"kept"]


def test_effects_run_after_the_outermost_commit_in_order(tmp_path: Path) -> None:
    seen: list[str] = []

    def look(name: str) -> None:
        with sqlite3.connect(tmp_path / DATABASE_NAME) as other:
            seen.append(f"{name}:{other.execute('SELECT count(*) FROM peers').fetchone()[0]}")
        other.close()

    with Store(tmp_path) as store:
        with store.transaction() as tx:
            tx.after(lambda: look("outer"))
            put(store, b"a")
            with store.transaction() as inner:
                inner.write("INSERT INTO peers VALUES (?, ?)", (b"b", b""))
                inner.after(lambda: look("inner"))
            assert seen == []
        assert seen == ["outer:2", "inner:2"]


def write_and_stumble(store: Store, done: list[str]) -> None:
    """Write a row, and ask for three effects of which the second fails."""
    with store.transaction() as tx:
        tx.write("INSERT INTO peers VALUES (?, ?)", (b"kept", b""))
        tx.after(lambda: done.append("first"))
        tx.after(lambda: [][1])
        tx.after(lambda: done.append("third"))


def test_an_effect_that_fails_is_no_failure_of_what_was_written(tmp_path: Path) -> None:
    """Whoever is told "nothing was changed" does it again."""
    with Store(tmp_path) as store:
        done, told = list[str](), list[Exception]()
        store.on_crash = told.append
        write_and_stumble(store, done)
        assert names(store) == [b"kept"]
        assert done == ["first", "third"]
        assert [type(one) for one in told] == [IndexError]


def test_where_nobody_takes_it_it_is_raised_when_the_others_are_done(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        done = list[str]()
        with pytest.raises(IndexError):
            write_and_stumble(store, done)
        assert names(store) == [b"kept"]
        assert done == ["first", "third"]


def test_a_part_that_fails_takes_back_its_own_writes_effects_and_memory(tmp_path: Path) -> None:
    outer: list[str] = []
    inner: list[str] = []
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            tx.write("INSERT INTO peers VALUES (?, ?)", (b"a", b""))
            outer.append("adopted")
            tx.undo(outer.clear)
            tx.after(lambda: outer.append("effect"))
            with pytest.raises(ZeroDivisionError):
                fail_after(store, b"b", inner)
        assert names(store) == [b"a"]
        assert outer == ["adopted", "effect"]
        assert inner == []


def meet_a_damaged_row(store: Store) -> None:
    """After something else was written."""
    with store.transaction():
        put(store, b"with it")
        decode(b"\x01not what we wrote", int)


def test_a_damaged_row_takes_back_what_met_it_and_nothing_else(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.transaction():
            put(store, b"before")
            with pytest.raises(RowDamaged):
                meet_a_damaged_row(store)
        with pytest.raises(RowDamaged):
            meet_a_damaged_row(store)
        put(store, b"in the end")
        assert names(store) == [b"before", b"in the end"]


def test_a_full_disk_is_said_and_nothing_is_kept(tmp_path: Path) -> None:
    memory: list[str] = []

    def adopt(store: Store) -> None:
        with store.transaction() as tx:
            memory.append("adopted")
            tx.undo(memory.clear)
            tx.after(lambda: memory.append("effect"))
            tx.write("INSERT INTO peers VALUES (?, ?)", (b"gone", BIG))

    with Store(tmp_path) as store:
        put(store, b"kept")
        limit_pages(store, pages_of(store) + 2)
        with pytest.raises(DiskFull, match="full: nothing was changed"):
            adopt(store)
        assert names(store) == [b"kept"]
        assert memory == []
        limit_pages(store, 10_000)
        put(store, b"later", BIG)
        assert names(store) == [b"kept", b"later"]


def test_a_full_disk_inside_a_part_ends_the_whole_transaction(tmp_path: Path) -> None:
    def write_both(store: Store) -> None:
        with store.transaction() as tx:
            tx.write("INSERT INTO peers VALUES (?, ?)", (b"a", b""))
            put(store, b"b", BIG)

    with Store(tmp_path) as store:
        limit_pages(store, pages_of(store) + 2)
        with pytest.raises(DiskFull):
            write_both(store)
        assert names(store) == []


def swallow(store: Store, memory: list[str]) -> None:
    """Write two rows, of which the disk does not take the second, and go on as if it had."""
    with store.transaction() as tx:
        tx.write("INSERT INTO peers VALUES (?, ?)", (b"a", b""))
        memory.append("adopted")
        tx.undo(memory.clear)
        tx.after(lambda: memory.append("effect"))
        with suppress(DiskFull):
            put(store, b"b", BIG)


def test_a_full_disk_inside_a_part_cannot_be_overlooked(tmp_path: Path) -> None:
    """The part took back its memory and not its writes: those go with the whole transaction."""
    memory: list[str] = []
    with Store(tmp_path) as store:
        limit_pages(store, pages_of(store) + 2)
        with pytest.raises(DiskFull):
            swallow(store, memory)
        assert names(store) == []
        assert memory == []


def test_a_failing_write_is_said_and_the_store_writes_nothing_more(tmp_path: Path) -> None:
    """RLIMIT_FSIZE makes the kernel refuse the write: SQLite reports an I/O error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Store(tmp_path) as store:
        put(store, b"kept")
        size = max(file.stat().st_size for file in tmp_path.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, before[1]))
        try:
            with pytest.raises(StoreError):
                put(store, b"gone", BIG)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        with pytest.raises(DiskFailed):
            put(store, b"refused")
        assert names(store) == [b"kept"]
    with Store(tmp_path) as store:
        assert names(store) == [b"kept"]
        put(store, b"again")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    obstacle = tmp_path / "file"
    obstacle.write_bytes(b"")
    with pytest.raises(StoreError):
        Store(obstacle / "wallet")


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).mkdir()
    with pytest.raises(StoreError) as caught:
        Store(tmp_path)
    assert caught.value.remedy


def test_permission_errors_have_their_own_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DiskReadOnly, match="cannot be written"):
        Store(tmp_path)


def test_a_wallet_is_open_in_one_process_only(tmp_path: Path) -> None:
    with Store(tmp_path), pytest.raises(WalletInUse, match="open in another process"):
        Store(tmp_path)
    Store(tmp_path).close()


def test_a_newer_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        put(store, b"kept")
    raw = sqlite3.connect(tmp_path / DATABASE_NAME)
    raw.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    raw.close()
    with pytest.raises(SchemaTooNew, match="newer program"):
        Store(tmp_path)
    raw = sqlite3.connect(tmp_path / DATABASE_NAME)
    assert raw.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 1,)
    raw.close()


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\x00" + bytes(4080)])
def test_a_file_that_is_not_a_wallet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / DATABASE_NAME).write_bytes(content)
    with pytest.raises(WalletCorrupt):
        Store(tmp_path)


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / DATABASE_NAME)
    raw.execute("CREATE TABLE theirs (a)")
    raw.close()
    with pytest.raises(WalletCorrupt, match="not a wallet"):
        Store(tmp_path)


def test_a_counter_never_returns_a_value_twice(tmp_path: Path) -> None:
    def take_and_fail(store: Store) -> None:
        with store.transaction() as tx:
            assert counters.take(tx, "keys") == 2
            raise ZeroDivisionError

    with Store(tmp_path) as store:
        with store.transaction() as tx:
            assert [counters.take(tx, "keys"), counters.take(tx, "keys")] == [0, 1]
            assert counters.take(tx, "other") == 0
        with pytest.raises(ZeroDivisionError):
            take_and_fail(store)
    with Store(tmp_path) as store:
        assert counters.value_of(store, "keys") == 2
        assert counters.value_of(store, "never") == 0


CHILD = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from lnwallet_tui.store.db import Store

    store = Store(Path(sys.argv[1]))
    for number in range(1000):
        with store.transaction() as tx:
            tx.write("INSERT INTO peers VALUES (?, ?)", (number.to_bytes(2, "big"), b"first half"))
            if number == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
            tx.write("INSERT INTO counters VALUES (?, 0)", (str(number),))
        print(number, flush=True)
    """
)


@pytest.mark.parametrize("stop_at", [0, 1, 7])
def test_a_process_killed_in_mid_transaction_leaves_what_it_had_committed(
    tmp_path: Path, stop_at: int
) -> None:
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), str(stop_at)],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert child.returncode == -signal.SIGKILL
    said = child.stdout.split()
    with Store(tmp_path) as store:
        assert len(said) == stop_at
        assert names(store) == [n.to_bytes(2, "big") for n in range(stop_at)]
        assert len(store.read("SELECT * FROM counters")) == stop_at


def test_what_belongs_to_a_transaction_is_done_in_it_and_at_its_end(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        done: list[str] = []

        def more() -> None:
            done.append("more")
            put(store, b"b")
            tx.also(lambda: done.append("last"))

        with store.transaction() as tx:
            tx.after(lambda: done.append("effect"))
            with store.transaction() as part:
                part.also(more)
                done.append("part")
            put(store, b"a")
        assert done == ["part", "more", "last", "effect"]
        assert names(store) == [b"a", b"b"]


def ask_and_fail(store: Store, work: Callable[[], object]) -> None:
    with store.transaction() as part:
        part.also(work)
        raise ZeroDivisionError


def test_what_a_part_that_fails_asked_for_is_not_done(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        done: list[str] = []
        with store.transaction() as tx:
            tx.also(lambda: done.append("stays"))
            with pytest.raises(ZeroDivisionError):
                ask_and_fail(store, lambda: done.append("goes"))
        assert done == ["stays"]


def put_and_ask(store: Store, memory: list[str], work: Callable[[], object]) -> None:
    with store.transaction() as tx:
        tx.write("INSERT INTO peers VALUES (?, ?)", (b"a", b""))
        memory.append("adopted")
        tx.undo(memory.clear)
        tx.also(work)


def test_what_belongs_to_a_transaction_and_fails_takes_all_of_it_back(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        memory: list[str] = []
        with pytest.raises(ZeroDivisionError):
            put_and_ask(store, memory, lambda: fail_after(store, b"b", memory))
        assert names(store) == []
        assert memory == []


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EACCES, errno.EIO])
def test_what_cannot_be_synced_above_the_wallet_holds_no_start_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    sync = durable.sync_folder

    def refuse(folder: Path) -> None:
        if folder == tmp_path:
            raise OSError(number, os.strerror(number))
        sync(folder)

    monkeypatch.setattr(durable, "sync_folder", refuse)
    if number == errno.EIO:  # that is a disk that fails
        with pytest.raises(DiskFailed):
            Store(tmp_path / "wallet")
    else:
        Store(tmp_path / "wallet").close()
