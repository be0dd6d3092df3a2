"""What to do where no node runs: that depends on what lies in the folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from lnwallet_tui.running.wallet_folder import holds_playground, holds_wallet


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
