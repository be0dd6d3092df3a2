"""The backup file: the old one or the new one, whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lnwallet_tui.store import backup_file
from lnwallet_tui.store.backup_file import BackupNotWritten
from lnwallet_tui.store.errors import StoreError


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "channels.backup"
    assert backup_file.read(path) is None
    for data in (b"one", b"two and more", b""):
        backup_file.write(path, data)
        assert backup_file.read(path) == data
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_an_attempt_left_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "channels.backup"
    (tmp_path / "channels.backup.new").write_bytes(b"half")
    backup_file.write(path, b"whole")
    assert backup_file.read(path) == b"whole"


@pytest.mark.parametrize("call", ["fsync", "replace", "write"])
def test_where_the_disk_refuses_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "channels.backup"
    backup_file.write(path, b"old")

    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if call == "replace":
            patch.setattr(Path, "replace", refuse)
        else:
            patch.setattr(os, call, refuse)
        with pytest.raises(BackupNotWritten, match="No space left") as refused:
            backup_file.write(path, b"new")
    assert refused.value.remedy
    assert backup_file.read(path) == b"old"


def test_a_name_is_durable_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        order.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    backup_file.write(tmp_path / "channels.backup", b"data")
    assert order == ["file", "rename", "folder"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BackupNotWritten):
        backup_file.write(tmp_path / "gone" / "channels.backup", b"data")
    assert backup_file.read(tmp_path / "gone" / "channels.backup") is None


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "channels.backup").mkdir()
    with pytest.raises(StoreError):
        backup_file.read(tmp_path / "channels.backup")
