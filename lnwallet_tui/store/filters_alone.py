"""What one node of the Bitcoin network alone said of blocks that were read. It only helps to find
out a liar, so what cannot be read of it is no reason to stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from lnwallet_tui.chain.settled_filters import Alone
from lnwallet_tui.store import singles
from lnwallet_tui.store.db import Store, Transaction

_NAME: Final = "filters alone"
_SIZE: Final = 64


class FiltersAlone(msgspec.Struct, frozen=True, array_like=True):
    """Of blocks in a row: of each its hash and that of its filter; `first` is a height."""

    first: int = 0
    hashes: bytes = b""


def save(tx: Transaction, alone: Sequence[Alone]) -> None:
    """Write or replace; they stand in a row."""
    hashes = b"".join(one.block_hash + one.filter_hash for one in alone)
    row = FiltersAlone(alone[0].height if alone else 0, hashes)
    singles.save(tx, _NAME, row)


def load(store: Store) -> tuple[Alone, ...]:
    """As they were kept; none at first, or where they were damaged."""
    row = singles.load_or(store, _NAME, FiltersAlone(), newer_too=True)
    whole = range(0, len(row.hashes) - _SIZE + 1, _SIZE)
    return tuple(
        Alone(height, row.hashes[at : at + 32], row.hashes[at + 32 : at + _SIZE])
        for height, at in enumerate(whole, row.first)
    )
