"""The channel backup on disk: written whole or not at all, for its owner's eyes only.

After a crash or a power cut it is the old one or the new one. What it holds is closed already
(keys/backup_key.py), so that it may lie anywhere.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.store.db import sync_folder
from lnwallet_tui.store.errors import StoreError, from_os

_MOST_BYTES: Final = 16 * 1024 * 1024  # ten thousand channels


class BackupNotWritten(StoreError):
    """The channel backup could not be written: no channel begins without one."""

    remedy = (
        "Nothing was paid, and no channel was opened. Make room on that disk, or the folder "
        "writable, and open it again."
    )


def name_of(network: Network, node_id: bytes) -> str:
    """By which a wallet finds it again; wallets of the same words on two networks have two."""
    return f"channels-{network.value}-{node_id.hex()[:8]}.backup"


def read(path: Path) -> bytes | None:
    """The file; None where there is none. Raises `StoreError`."""
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise from_os(error) from error


def put_aside(path: Path) -> Path:
    """Give it another name, under which nobody writes over it. Raises `StoreError`."""
    numbered = (path.with_name(f"{path.name}.aside-{number}") for number in itertools.count(1))
    aside = next(one for one in numbered if not one.exists())
    try:
        path.rename(aside)
        sync_folder(path.parent)
    except OSError as error:
        raise from_os(error) from error
    return aside


def write(path: Path, data: bytes) -> None:
    """Put the file in place of the one that is there. Raises `BackupNotWritten`; then the old one
    is still there."""
    unfinished = path.with_name(f"{path.name}.new")
    try:
        _write(unfinished, data)
        if unfinished.read_bytes() != data:
            raise BackupNotWritten("The disk does not give back the channel backup.")
        unfinished.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BackupNotWritten(f"The channel backup cannot be written ({why}).") from error


def _write(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)  # of an attempt that did not end
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
