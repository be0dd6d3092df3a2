"""The folder that the user named for the copy of the channel backup."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from lnwallet_tui.store import singles
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage
from lnwallet_tui.store.db import Store, Transaction

_NAME: Final = "second place of the channel backup"


class SecondPlace(msgspec.Struct, frozen=True):
    """Its path, from the root on; empty where there is none."""

    folder: str = ""


def second_place(store: Store, damaged: OnDamage) -> Path | None:
    """None where the user named none, or what was named is damaged."""
    place = singles.load(store, _NAME, SecondPlace, Damaged(Kind.SECOND_PLACE), damaged)
    return Path(place.folder) if place is not None and place.folder else None


def save_second_place(tx: Transaction, folder: Path | None) -> None:
    """Write or replace."""
    singles.save(tx, _NAME, SecondPlace("" if folder is None else f"{folder}"))
