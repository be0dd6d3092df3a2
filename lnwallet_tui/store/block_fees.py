"""What the newest blocks took, so that a start does not begin with a guess. Later blocks say it
anew, so what cannot be read of it is no reason to stop."""

from __future__ import annotations

from typing import Final

import msgspec

from lnwallet_tui.chain.feerates import BlockFees
from lnwallet_tui.store import singles
from lnwallet_tui.store.db import Store, Transaction

_NAME: Final = "block fees"


class BlocksTook(msgspec.Struct, frozen=True):
    """Of the newest blocks whose transactions were all here, ascending."""

    blocks: tuple[BlockFees, ...] = ()


def save(tx: Transaction, blocks: tuple[BlockFees, ...]) -> None:
    """Write or replace."""
    singles.save(tx, _NAME, BlocksTook(blocks))


def load(store: Store) -> tuple[BlockFees, ...]:
    """As they were kept; none at first, or where they were damaged."""
    return singles.load_or(store, _NAME, BlocksTook(), newer_too=True).blocks
