"""The last breach drill and the last dry run, as they were told."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.drill import DrillsView
from lnwallet_tui.store import singles
from lnwallet_tui.store.db import Store, Transaction

_NAME: Final = "drills"


def save(tx: Transaction, drills: DrillsView) -> None:
    """Write or replace."""
    singles.save(tx, _NAME, drills)


def load(store: Store) -> DrillsView:
    """As they were kept; nothing at first, or where that is damaged: both can be done again."""
    return singles.load_or(store, _NAME, DrillsView())
