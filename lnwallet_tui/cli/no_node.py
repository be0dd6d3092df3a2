"""What to do where no node runs: that depends on what lies in the folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli import answers, guard_beside
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.running.wallet_folder import (
    FolderError,
    WalletFolder,
    holds_playground,
    holds_wallet,
)


def answer(options: argparse.Namespace, folder: Path, network: Network | None, said: str) -> Answer:
    """`said`: that no node runs for the wallet in `folder`, the one that the options mean."""
    try:
        expect_network(folder, network)
    except FolderError as error:
        return answers.failure(error.code, str(error), error.remedy)
    said = f"{said} {guard_beside.silent(folder)}".rstrip()
    return answers.failure("no_node", said, remedy(options, folder))


def expect_network(folder: Path, network: Network | None) -> None:
    """Raises `FolderError` where a wallet is there for another one: to start its node for the one
    that was named would be refused."""
    if network is not None and holds_wallet(folder) and not holds_playground(folder):
        WalletFolder.at(folder, network)


def remedy(options: argparse.Namespace, folder: Path) -> str:
    """`folder` is the one that the options mean."""
    if holds_playground(folder):
        return f"Open the playground that lives there: lnwallet-tui play --folder {folder}"
    if holds_wallet(folder):
        return "Start one: lnwallet-tui node"
    if options.datadir is not None:
        return (
            "Nor is there a wallet. Name the folder of one with --datadir, or make one: "
            "lnwallet-tui create"
        )
    return (
        "Nor is there a wallet. Make one with lnwallet-tui create; one that is elsewhere, such as "
        "a playground's, is asked with --datadir and the folder in which it lives."
    )
