"""The folder that the user named for the copy of the channel backup."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from lnwallet_tui.store.codec import encode
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage, not_expected, read_whole
from lnwallet_tui.store.db import Store, Transaction

_NAME: Final = "second place of the channel backup"


class SecondPlace(msgspec.Struct, frozen=True):
    """Its path, from the root on; empty where there is none."""

    folder: str = ""


def second_place(store: Store, damaged: OnDamage = not_expected) -> Path | None:
    """None where the user named none, or what was named is damaged."""
    rows = store.read("SELECT body FROM singles WHERE name = ?", (_NAME,))
    if not rows:
        return None
    [(body,)] = rows
    place = read_whole(body, SecondPlace, Damaged(Kind.SECOND_PLACE), damaged)
    return Path(place.folder) if place is not None and place.folder else None


def save_second_place(tx: Transaction, folder: Path | None) -> None:
    """Write or replace."""
    place = SecondPlace("" if folder is None else f"{folder}")
    tx.write("INSERT OR REPLACE INTO singles VALUES (?, ?)", (_NAME, encode(place)))
