"""Scripts for which the blocks that were read already are to be read once more."""

from __future__ import annotations

from typing import Final

import msgspec

from lnwallet_tui.store import singles
from lnwallet_tui.store.chain import FactRow
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage, not_asked
from lnwallet_tui.store.db import Store, Transaction

_NAME: Final = "look behind"
_PLACE: Final = "look behind, how far"


class LookBehind(msgspec.Struct, frozen=True):
    """In the order in which they came."""

    scripts: tuple[bytes, ...] = ()


class FoundRow(msgspec.Struct, frozen=True, array_like=True):
    """A fact of a block that was read once more."""

    height: int
    time: int
    fact: FactRow


class Place(msgspec.Struct, frozen=True):
    """How far that came for `scripts`: the last block that was read, and what was found by then."""

    scripts: tuple[bytes, ...]
    height: int
    block_hash: bytes
    found: tuple[FoundRow, ...] = ()


def save(tx: Transaction, scripts: tuple[bytes, ...]) -> None:
    """Write or replace."""
    singles.save(tx, _NAME, LookBehind(scripts))


def load(store: Store, damaged: OnDamage) -> tuple[bytes, ...]:
    """None at first, or where they are damaged."""
    kept = singles.load(store, _NAME, LookBehind, Damaged(Kind.LOOK_BEHIND), damaged)
    return () if kept is None else kept.scripts


def save_place(tx: Transaction, place: Place) -> None:
    """Write or replace."""
    singles.save(tx, _PLACE, place)


def forget_place(tx: Transaction) -> None:
    """Begin at the first block the next time."""
    singles.forget(tx, _PLACE)


def load_place(store: Store) -> Place | None:
    """None where it is to begin, also because it is damaged."""
    return singles.load(store, _PLACE, Place, Damaged(Kind.LOOK_BEHIND), not_asked)
