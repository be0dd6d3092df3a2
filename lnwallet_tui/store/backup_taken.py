"""Whether a channel backup was taken over in this folder: then nothing that it listed lacks."""

from __future__ import annotations

from typing import Final

import msgspec

from lnwallet_tui.store import singles
from lnwallet_tui.store.db import Store, Transaction

_NAME: Final = "channel backup taken over"


class BackupTaken(msgspec.Struct, frozen=True):
    """`time` is when that backup was written, in Unix seconds."""

    time: int


def is_backup_taken(store: Store) -> bool:
    """Not before `save_backup_taken`."""
    return singles.body_of(store, _NAME) is not None


def save_backup_taken(tx: Transaction, time: int) -> None:
    """Write or replace."""
    singles.save(tx, _NAME, BackupTaken(time))
