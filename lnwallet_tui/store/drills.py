"""The last breach drill and the last dry run, as they were told."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.drill import DrillsView
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import RowDamaged

_NAME: Final = "drills"


def save(tx: Transaction, drills: DrillsView) -> None:
    """Write or replace."""
    tx.write("INSERT OR REPLACE INTO singles VALUES (?, ?)", (_NAME, encode(drills)))


def load(store: Store) -> DrillsView:
    """As they were kept; nothing at first, or where that is damaged: both can be done again."""
    rows = store.read("SELECT body FROM singles WHERE name = ?", (_NAME,))
    if not rows:
        return DrillsView()
    [(body,)] = rows
    assert isinstance(body, bytes)
    try:
        return decode(body, DrillsView)
    except RowDamaged:
        return DrillsView()
