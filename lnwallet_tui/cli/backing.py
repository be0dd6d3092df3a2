"""The channel backup that is named beside the words when a wallet is restored."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from lnwallet_tui.api.custody import Hidden
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli.passphrases import NotGiven
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.seed import parse_words
from lnwallet_tui.running import old_backup
from lnwallet_tui.running.old_backup import NoUse
from lnwallet_tui.running.wallet_folder import WalletFolder

_NOTHING_KEPT: Final = "Nothing was restored."


def given(options: argparse.Namespace, *, has_wallet: bool) -> bytes | None:
    """The file that was named; None where none was. Raises `NotGiven`."""
    if options.backup is None:
        return None
    if has_wallet:
        raise NotGiven(
            "file_exists",
            "There is a wallet in that folder already, and its node takes over no channel backup.",
            "Restore the words in an empty folder: "
            f"lnwallet-tui restore --backup {options.backup} --datadir NEW_FOLDER",
        )
    try:
        return old_backup.read(options.backup)
    except NoUse as error:
        raise NotGiven(error.code, str(error), error.remedy) from error


def named(path: Path | None) -> str:
    """For the node, which stands in another folder; empty where none was named."""
    return "" if path is None else f"{path.absolute()}"


def look(file: bytes, typed: tuple[Hidden, ...], network: Network) -> int:
    """Before anything is kept: how many channels are in it. Raises `NotGiven` for one that is not
    of these words."""
    words = parse_words(" ".join(word.reveal() for word in typed))
    try:
        backup = old_backup.look(file, KeySchedule(words.seed(), network), network)
    except NoUse as error:
        raise NotGiven(error.code, f"{error} {_NOTHING_KEPT}", error.remedy) from error
    return len(backup.channels)


def take(path: Path, keys: KeySchedule | None, wallet: WalletFolder) -> None:
    """Put one that was looked at where the node looks when it starts first. Raises `NotGiven` where
    it is another one by now, and `StoreError`."""
    assert keys is not None, "its words are kept by now"
    try:
        old_backup.put(old_backup.read(path), keys, wallet.path, wallet.network)
    except NoUse as error:
        raise NotGiven(error.code, str(error), error.remedy) from error
