"""The life of a wallet's folder: one that is restored from its words begins another."""

from __future__ import annotations

from typing import Final

import msgspec

from lnwallet_tui.store import singles
from lnwallet_tui.store.db import Store, Transaction

_NAME: Final = "life"


class Life(msgspec.Struct, frozen=True):
    """`name` is random, made when the folder's database was first used."""

    name: bytes


def life_of(store: Store) -> Life | None:
    """None before it was named, or where its name is damaged."""
    life = singles.load_or(store, _NAME, Life(b""))
    return life if life.name else None


def save_life(tx: Transaction, life: Life) -> None:
    """Write it, once; or again where it was damaged."""
    singles.save(tx, _NAME, life)
