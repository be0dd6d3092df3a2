"""The nodes of the Bitcoin network that we know. They can be learned anew, so what cannot be read
of them is no reason to stop: we begin with none."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.chain.address_book import Memory
from lnwallet_tui.store import singles
from lnwallet_tui.store.db import Store, Transaction

_NAME: Final = "chain peers"


def save(tx: Transaction, memory: Memory) -> None:
    """Write or replace."""
    singles.save(tx, _NAME, memory)


def load(store: Store) -> Memory:
    """As they were kept; none at first, or where they were damaged."""
    return singles.load_or(store, _NAME, Memory(), newer_too=True)
