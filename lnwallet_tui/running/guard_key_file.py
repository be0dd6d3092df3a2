"""The guard's file in a wallet's folder: written while the wallet is open, read by the guard."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Final

from lnwallet_tui.api.custody import Hidden
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.keys import guard_file
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.guard_file import GUARD_FILE, GuardFileUnusable
from lnwallet_tui.keys.guard_key import GuardKey
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.store import backup_file
from lnwallet_tui.store.errors import StoreError

LEAST_LETTERS: Final = 8
_TOO_SHORT: Final = Refused(
    RefusalCode.BAD_INPUT,
    f"The guard's passphrase has fewer than {LEAST_LETTERS} letters.",
    "Choose a longer one. It is not the wallet's: it may lie where the guard starts by itself.",
)
THE_WALLETS: Final = Refused(
    RefusalCode.BAD_INPUT,
    "This is the wallet's own passphrase.",
    "Choose another one for the guard: it may lie where the guard starts by itself, and whoever "
    "found it there could open the wallet.",
)
_NOT_PREPARED: Final = "The guard has no key of this wallet yet."


async def write(folder: Path, keys: KeySchedule, passphrase: Hidden) -> Refused | None:
    """Make it, or make it anew."""
    if len(passphrase.reveal()) < LEAST_LETTERS:
        return _TOO_SHORT
    node_id, secret = keys.node_key().public_key, Secret(passphrase.reveal().encode())
    wrap = partial(guard_file.wrap, keys.guard_key(), node_id, secret)
    text = await asyncio.to_thread(wrap)
    try:
        backup_file.write(folder / GUARD_FILE, text)
    except StoreError as error:
        return Refused(RefusalCode.DISK, "The guard's file cannot be written.", error.remedy)
    return None


def is_there(folder: Path) -> bool:
    """Whether the guard was prepared."""
    return (folder / GUARD_FILE).exists()


async def read(folder: Path, passphrase: Hidden) -> GuardKey:
    """The guard's key. Raises `GuardFileUnusable` or `StoreError`."""
    text = backup_file.read(folder / GUARD_FILE)
    if text is None:
        raise GuardFileUnusable(_NOT_PREPARED)
    unwrap = partial(guard_file.unwrap, text, Secret(passphrase.reveal().encode()))
    key, _ = await asyncio.to_thread(unwrap)
    return key
