"""The life of a wallet's folder: one that is restored from its words begins another."""

from __future__ import annotations

from typing import Final

import msgspec

from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import RowDamaged

_NAME: Final = "life"


class Life(msgspec.Struct, frozen=True):
    """`name` is random, made when the folder's database was first used."""

    name: bytes


def life_of(store: Store) -> Life | None:
    """None before it was named, or where its name is damaged."""
    rows = store.read("SELECT body FROM singles WHERE name = ?", (_NAME,))
    if not rows:
        return None
    [(body,)] = rows
    assert isinstance(body, bytes)
    try:
        return decode(body, Life)
    except RowDamaged:
        return None


def save_life(tx: Transaction, life: Life) -> None:
    """Write it, once; or again where it was damaged."""
    tx.write("INSERT OR REPLACE INTO singles VALUES (?, ?)", (_NAME, encode(life)))
