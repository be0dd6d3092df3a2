"""The on-chain wallet on disk, and the indexes of the keys it has given out (C25)."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.coins.coin import KeyPath
from lnwallet_tui.coins.ledger import Ledger
from lnwallet_tui.store import counters
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Store, Transaction

_NAME: Final = "coins"
_COUNTERS: Final = {False: "receiving keys", True: "change keys"}


def take_path(tx: Transaction, *, change: bool) -> KeyPath:
    """The next key; never given out again once `tx` is committed."""
    return KeyPath(change, counters.take(tx, _COUNTERS[change]))


def paths_given(store: Store, *, change: bool) -> int:
    """How many keys were given out."""
    return counters.value_of(store, _COUNTERS[change])


def save_ledger(tx: Transaction, ledger: Ledger) -> None:
    """Write or replace."""
    tx.write("INSERT OR REPLACE INTO singles VALUES (?, ?)", (_NAME, encode(ledger)))


def load_ledger(store: Store) -> Ledger:
    """The wallet as the last transaction left it; empty at first."""
    rows = store.read("SELECT body FROM singles WHERE name = ?", (_NAME,))
    if not rows:
        return Ledger()
    [(body,)] = rows
    assert isinstance(body, bytes)
    return decode(body, Ledger)
