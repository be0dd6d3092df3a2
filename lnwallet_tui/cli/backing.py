"""The channel backup that is named beside the words when a wallet is restored."""

from __future__ import annotations

import argparse
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.backup import Backup
from lnwallet_tui.cli.passphrases import NotGiven
from lnwallet_tui.keys.backup_key import BackupUnreadable
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.running.wallet_folder import WalletFolder
from lnwallet_tui.store import backup_file
from lnwallet_tui.store.codec import decode
from lnwallet_tui.store.errors import StoreError

_NOTHING_KEPT: Final = "Nothing was restored."


def given(options: argparse.Namespace, *, is_alone: bool) -> bytes | None:
    """The file that was named; None where none was. Raises `NotGiven`."""
    if options.backup is None:
        return None
    if not is_alone:
        raise NotGiven(
            "in_use",
            "A node runs in that folder already, and takes over no channel backup any more.",
            "End it with lnwallet-tui stop, and restore the words in an empty folder.",
        )
    try:
        file = backup_file.read(options.backup)
    except StoreError as error:
        raise NotGiven("no_backup", str(error), "Name another copy of it.") from error
    if file is None:
        raise NotGiven("no_backup", f"{options.backup} is not there.", "Name another file.")
    return file


def look(file: bytes, keys: KeySchedule, network: Network) -> Backup:
    """What is in it, before anything is kept. Raises `NotGiven` for one that is not of these
    words."""
    try:
        backup = decode(keys.backup_key().open(file), Backup)
    except (BackupUnreadable, StoreError) as error:
        raise NotGiven("bad_backup", f"{error} {_NOTHING_KEPT}", error.remedy) from error
    if backup.network is not network:
        raise NotGiven(
            "bad_backup",
            f"This channel backup is of {backup.network.value}. {_NOTHING_KEPT}",
            "Name the backup of this network.",
        )
    return backup


def take(file: bytes, keys: KeySchedule, wallet: WalletFolder) -> int:
    """Put it where the node looks when it starts first; how many channels are in it. Raises as
    `look`, or `StoreError`."""
    backup = look(file, keys, wallet.network)
    name = backup_file.name_of(wallet.network, keys.node_key().public_key)
    backup_file.write(wallet.path / name, file)
    return len(backup.channels)
