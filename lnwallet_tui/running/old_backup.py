"""The channel backup that is named beside the words when a wallet is restored: it is looked at, and
put where the node finds it when it begins."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.backup import Backup
from lnwallet_tui.keys.backup_key import BackupUnreadable
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.store import backup_file
from lnwallet_tui.store.codec import decode
from lnwallet_tui.store.errors import StoreError

_ANOTHER_FILE: Final = "Name another file."


class NoUse(Exception):
    """It cannot be taken over. The message is a plain sentence; `code` is stable."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.remedy = code, remedy


def read(path: Path) -> bytes:
    """The file. Raises `NoUse`."""
    if path.exists() and not path.is_file():  # one that never ends would never be read
        raise NoUse("no_backup", f"{path} is no file.", _ANOTHER_FILE)
    try:
        file = backup_file.read(path)
    except StoreError as error:
        raise NoUse("no_backup", str(error), "Name another copy of it.") from error
    if file is None:
        raise NoUse("no_backup", f"{path} is not there.", _ANOTHER_FILE)
    return file


def look(file: bytes, keys: KeySchedule, network: Network) -> Backup:
    """What is in it. Raises `NoUse` for one that is not of these keys and this network."""
    try:
        backup = decode(keys.backup_key().open(file), Backup)
    except (BackupUnreadable, StoreError) as error:
        raise NoUse("bad_backup", str(error), error.remedy) from error
    if backup.network is not network:
        raise NoUse(
            "bad_backup",
            f"This channel backup is of {backup.network.value}.",
            "Name the backup of this network, and restore in an empty folder.",
        )
    return backup


def put(file: bytes, keys: KeySchedule, folder: Path, network: Network) -> int:
    """Into the wallet's folder; how many channels are in it. Raises as `look`, or `StoreError`."""
    backup = look(file, keys, network)
    name = backup_file.name_of(network, keys.node_key().public_key)
    backup_file.write(folder / name, file)
    return len(backup.channels)
