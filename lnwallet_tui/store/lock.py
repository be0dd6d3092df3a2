"""One process per wallet: an advisory lock on a file beside the database."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from lnwallet_tui.store.errors import WalletInUse, from_os

LOCK_NAME: Final = "wallet.lock"


class FolderLock:
    """Held from construction until `release` or the end of the process, however it ends.

    Two processes with one wallet would both sign: the worst that can happen to a channel.
    Raises `WalletInUse`, or another `StoreError` where the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._descriptor = os.open(
                folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise from_os(error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise WalletInUse("This wallet is open in another process.") from error

    def release(self) -> None:
        """Give the wallet free; harmless when done twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
