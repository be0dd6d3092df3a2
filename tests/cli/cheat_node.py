"""A wallet's node that keeps every state that its channels ever had, as a cheat would: one a line,
in hex, in the file that `KEPT` names."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from lnwallet_tui.cli import main
from lnwallet_tui.store import channels
from lnwallet_tui.store.channels import ChannelRow
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Transaction

KEPT: Final = "LNWALLET_TESTS_KEPT"


def kept(file: Path) -> list[ChannelRow]:
    """All that it kept, oldest first."""
    return [decode(bytes.fromhex(line), ChannelRow) for line in file.read_text().splitlines()]


def _keep(file: Path) -> None:
    save = channels.save_channel

    def keep(tx: Transaction, row: ChannelRow) -> None:
        save(tx, row)
        with file.open("a") as states:
            states.write(encode(row).hex() + "\n")

    channels.save_channel = keep


if __name__ == "__main__":
    _keep(Path(os.environ[KEPT]))
    sys.exit(main())
