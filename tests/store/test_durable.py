"""A disk that takes a file and keeps something else is found out before anybody relies on it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lnwallet_tui import durable
from lnwallet_tui.durable import NotGivenBack
from lnwallet_tui.store import backup_file
from lnwallet_tui.store.backup_file import BackupNotWritten


@pytest.fixture(params=["another byte", "nothing", "less"])
def forgetful(request: pytest.FixtureRequest) -> Iterator[None]:
    """It says that it has written all of it."""
    write, left = os.write, request.param

    def forget(descriptor: int, data: bytes | memoryview) -> int:
        kept = {"another byte": bytes([data[0] ^ 1]) + bytes(data[1:]), "nothing": b""}
        write(descriptor, kept.get(left, bytes(data[:-1])))
        return len(data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", forget)
        yield


@pytest.mark.usefixtures("forgetful")
def test_what_is_not_given_back_takes_no_place(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(NotGivenBack) as refused:
        durable.replace(path, b"new")
    assert refused.value.errno == errno.EIO
    assert path.read_bytes() == b"old"


@pytest.mark.usefixtures("forgetful")
def test_a_first_one_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(NotGivenBack):
        durable.replace(path, b"new")
    assert not path.exists()


@pytest.mark.usefixtures("forgetful")
def test_of_a_channel_backup_it_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(BackupNotWritten, match="does not give back the channel backup"):
        backup_file.write(tmp_path / "backup", b"channels")


def test_a_disk_that_keeps_it_again_is_believed(tmp_path: Path) -> None:
    """What the attempt before has left is in nobody's way."""
    path = tmp_path / "file"
    path.with_name("file.new").write_bytes(b"forgotten")
    durable.replace(path, b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"new"


def test_what_is_put_aside_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for number in (1, 2, 3):
        path.write_bytes(bytes([number]))
        assert durable.put_aside(path).name == f"file.aside-{number}"
    found = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert found == {f"file.aside-{number}": bytes([number]) for number in (1, 2, 3)}
