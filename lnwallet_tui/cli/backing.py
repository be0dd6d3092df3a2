"""The channel backup that is named beside the words when a wallet is restored."""

from __future__ import annotations

import argparse
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli.passphrases import NotGiven
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.running import old_backup
from lnwallet_tui.running.old_backup import NoUse
from lnwallet_tui.running.wallet_folder import WalletFolder

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
        return old_backup.read(options.backup)
    except NoUse as error:
        raise NotGiven(error.code, str(error), error.remedy) from error


def look(file: bytes, keys: KeySchedule, network: Network) -> None:
    """Before anything is kept. Raises `NotGiven` for one that is not of these words."""
    try:
        old_backup.look(file, keys, network)
    except NoUse as error:
        raise NotGiven(error.code, f"{error} {_NOTHING_KEPT}", error.remedy) from error


def take(file: bytes, keys: KeySchedule, wallet: WalletFolder) -> int:
    """Put one that was looked at where the node looks when it starts first; how many channels are
    in it. Raises `StoreError`."""
    return old_backup.put(file, keys, wallet.path, wallet.network)
