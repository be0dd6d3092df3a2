"""Who holds a wallet's folder is seen without a trace, and by many at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.store.errors import StoreError, WalletInUse
from lnwallet_tui.store.lock import NODE_LOCK_NAME, FolderLock, is_held


def test_each_lock_is_held_by_one_and_looked_at_by_all(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    assert list(tmp_path.iterdir()) == []
    node = FolderLock(tmp_path, NODE_LOCK_NAME)
    assert (is_held(tmp_path, NODE_LOCK_NAME), is_held(tmp_path)) == (True, False)
    guard = FolderLock(tmp_path)
    assert is_held(tmp_path)
    with pytest.raises(WalletInUse):
        FolderLock(tmp_path)
    guard.release()
    node.release()
    assert not is_held(tmp_path, NODE_LOCK_NAME)
    assert not is_held(tmp_path)


def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        is_held(tmp_path / "file")
