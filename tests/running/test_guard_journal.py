"""What a disk does not give keeps no guard from watching: a journal that cannot be read or written,
a socket that cannot be made, a folder that can only be read."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from lnwallet_tui.counter.place import GUARDS_SOCKET_NAME
from lnwallet_tui.running import hand_over
from lnwallet_tui.running.ways_out import CHAIN, ways_out
from lnwallet_tui.store.db import DATABASE_NAME
from lnwallet_tui.store.duty import FOLDER
from lnwallet_tui.store.errors import DiskFull, StoreError, WalletInUse
from lnwallet_tui.store.lock import LOCK_NAME, is_held
from lnwallet_tui.store.reader import reading
from tests.running.test_guard_process import chain, cheap_seed, guarding, prepared, quick
from tests.running.test_process_alive import Chain

__all__ = ["chain", "cheap_seed", "quick"]


@pytest.mark.parametrize("damage", [b"no database" * 100, bytes(4096)], ids=["text", "zeros"])
async def test_a_damaged_journal_is_gone_on_without(
    chain: Chain, tmp_path: Path, damage: bytes
) -> None:
    await prepared(tmp_path, chain)
    (tmp_path / FOLDER).mkdir()
    journal = tmp_path / FOLDER / DATABASE_NAME
    journal.write_bytes(damage)
    async with guarding(tmp_path, chain) as guard:
        assert "journal" in await guard.told.get()
        assert await guard.told.get() == "watches 0"
    assert journal.read_bytes() == damage, "what is left of it may be looked at"


async def test_a_journal_that_has_no_room_is_gone_on_without(chain: Chain, tmp_path: Path) -> None:
    await prepared(tmp_path, chain)
    (tmp_path / FOLDER).write_bytes(b"a file where the folder should be")
    async with guarding(tmp_path, chain) as guard:
        assert "journal" in await guard.told.get()
        assert await guard.told.get() == "watches 0"


async def test_a_socket_that_cannot_be_made_is_gone_on_without(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over, "_UNANSWERED_MS", 200)
    await prepared(tmp_path, chain)
    in_its_place = tmp_path / GUARDS_SOCKET_NAME
    in_its_place.mkdir()
    async with guarding(tmp_path, chain) as guard:
        assert "no node can ask it for the wallet" in await guard.told.get()
        assert await guard.told.get() == "watches 0"
        (await hand_over.node_place_taken(tmp_path)).release()
        with pytest.raises(WalletInUse):  # the node waits, and says what for
            await hand_over.folder_taken(tmp_path)
        assert "The guard holds the wallet" in hand_over.held_by_another(tmp_path).message
    assert in_its_place.is_dir()


async def test_a_folder_that_can_only_be_read_is_watched(chain: Chain, tmp_path: Path) -> None:
    """As far as root can be kept from writing: by other things in the place of its files."""
    await prepared(tmp_path, chain)
    (tmp_path / f"{DATABASE_NAME}-shm").symlink_to(tmp_path / "nowhere")
    (tmp_path / LOCK_NAME).unlink()
    for name in (LOCK_NAME, GUARDS_SOCKET_NAME):
        (tmp_path / name).mkdir()
    for name in (FOLDER, CHAIN):
        (tmp_path / name).write_bytes(b"")
    async with guarding(tmp_path, ways_out()) as guard:
        assert "has no socket" in await guard.told.get()
        assert "cannot keep blocks" in await guard.told.get()
        assert "cannot open its journal" in await guard.told.get()
        assert await guard.told.get() == "watches 0"
        assert is_held(tmp_path)
        (tmp_path / f"{DATABASE_NAME}-wal").write_bytes(b"a log")
        with pytest.raises(StoreError), reading(tmp_path / DATABASE_NAME, alone=True) as rows:
            rows.read("SELECT 1")


async def test_a_disk_that_gives_nothing_any_more_keeps_it_from_no_hand_over(
    chain: Chain, tmp_path: Path
) -> None:
    await prepared(tmp_path, chain)
    async with guarding(tmp_path, ways_out()) as guard:
        assert await guard.told.get() == "watches 0"
        disk = sqlite3.connect(tmp_path / CHAIN / DATABASE_NAME, isolation_level=None)
        disk.execute("BEGIN IMMEDIATE")  # nobody else writes there
        lock = await hand_over.folder_taken(tmp_path)
        assert await guard.told.get() == "stands by"
        lock.release()
        disk.close()
        assert await guard.told.get() == "watches 0"


async def test_what_the_disk_does_not_take_is_told_once(
    chain: Chain, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await prepared(tmp_path, chain)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        for error in (DiskFull("The disk is full."), DiskFull("The disk is full."), OSError("bug")):
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": "keeping blocks", "exception": error})
        told = await guard.told.get()
        assert told == "The guard cannot keep what it reads (The disk is full.), and watches on."
        assert not await guard.lets_go()
    assert [str(one.exc_info[1]) for one in caplog.records if one.exc_info] == ["bug"]
