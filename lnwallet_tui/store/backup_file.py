"""The channel backup on disk: written whole or not at all, for its owner's eyes only.

After a crash or a power cut it is the old one or the new one. What it holds is closed already
(keys/backup_key.py), so that it may lie anywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lnwallet_tui import durable
from lnwallet_tui.bitcoin.network import Network
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
    try:
        return durable.put_aside(path)
    except OSError as error:
        raise from_os(error) from error


def write(path: Path, data: bytes) -> None:
    """Put the file in place of the one that is there. Raises `BackupNotWritten`; then the old one
    is still there."""
    try:
        durable.replace(path, data)
    except durable.NotGivenBack as error:
        raise BackupNotWritten("The disk does not give back the channel backup.") from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BackupNotWritten(f"The channel backup cannot be written ({why}).") from error
