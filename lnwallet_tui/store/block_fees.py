"""What the newest blocks took, so that a start does not begin with a guess. Later blocks say it
anew, so what cannot be read of it is no reason to stop."""

from __future__ import annotations

from typing import Final

import msgspec

from lnwallet_tui.chain.feerates import BlockFees
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import SchemaTooNew, WalletCorrupt

_NAME: Final = "block fees"


class BlocksTook(msgspec.Struct, frozen=True):
    """Of the newest blocks whose transactions were all here, ascending."""

    blocks: tuple[BlockFees, ...] = ()


def save(tx: Transaction, blocks: tuple[BlockFees, ...]) -> None:
    """Write or replace."""
    tx.write("INSERT OR REPLACE INTO singles VALUES (?, ?)", (_NAME, encode(BlocksTook(blocks))))


def load(store: Store) -> tuple[BlockFees, ...]:
    """As they were kept; none at first, or where they were damaged."""
    rows = store.read("SELECT body FROM singles WHERE name = ?", (_NAME,))
    if not rows:
        return ()
    [(body,)] = rows
    assert isinstance(body, bytes)
    try:
        return decode(body, BlocksTook).blocks
    except (WalletCorrupt, SchemaTooNew):
        return ()
