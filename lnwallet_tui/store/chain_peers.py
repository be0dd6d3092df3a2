"""The nodes of the Bitcoin network that we know. They can be learned anew, so what cannot be read
of them is no reason to stop: we begin with none."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.chain.address_book import Memory
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import SchemaTooNew, WalletCorrupt

_NAME: Final = "chain peers"


def save(tx: Transaction, memory: Memory) -> None:
    """Write or replace."""
    tx.write("INSERT OR REPLACE INTO singles VALUES (?, ?)", (_NAME, encode(memory)))


def load(store: Store) -> Memory:
    """As they were kept; none at first, or where they were damaged."""
    rows = store.read("SELECT body FROM singles WHERE name = ?", (_NAME,))
    if not rows:
        return Memory()
    [(body,)] = rows
    assert isinstance(body, bytes)
    try:
        return decode(body, Memory)
    except (WalletCorrupt, SchemaTooNew):
        return Memory()
