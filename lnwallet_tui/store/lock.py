"""Who may do what in a wallet's folder: advisory locks on files beside the database.

`wallet.lock` is held by the one process that watches and signs: a node that lives, or the guard.
`node.lock` is held by the one that is asked as the node, from its start, also while it waits for a
passphrase and the guard watches; and by whoever makes the wallet that it would open.
`guard.lock` is held by a guard for as long as it runs, also while it stands by: it only shows that.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from lnwallet_tui.store.errors import WalletInUse, from_os

LOCK_NAME: Final = "wallet.lock"
NODE_LOCK_NAME: Final = "node.lock"
GUARD_LOCK_NAME: Final = "guard.lock"


class FolderLock:
    """Held from construction until `release` or the end of the process, however it ends.

    Two processes with one wallet would both sign: the worst that can happen to a channel.
    Raises `WalletInUse`, or another `StoreError` where the folder cannot be written. `reads`: who
    takes it can do with a folder that can only be read.
    """

    def __init__(self, folder: Path, name: str = LOCK_NAME, *, reads: bool = False) -> None:
        try:
            self._descriptor = _opened(folder / name, reads=reads)
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


def _opened(path: Path, *, reads: bool) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        if not reads:
            raise
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def is_held(folder: Path, name: str = LOCK_NAME) -> bool:
    """Whether a process holds it; who looks at the same time does not. Writes nothing. Raises
    `StoreError` where the folder cannot be read."""
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise from_os(error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
