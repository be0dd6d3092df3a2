"""Scripts for which the blocks that were read already are to be read once more."""

from __future__ import annotations

from typing import Final

import msgspec

from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Store, Transaction

_NAME: Final = "look behind"


class LookBehind(msgspec.Struct, frozen=True):
    """In the order in which they came."""

    scripts: tuple[bytes, ...] = ()


def save(tx: Transaction, scripts: tuple[bytes, ...]) -> None:
    """Write or replace."""
    tx.write("INSERT OR REPLACE INTO singles VALUES (?, ?)", (_NAME, encode(LookBehind(scripts))))


def load(store: Store) -> tuple[bytes, ...]:
    """None at first."""
    rows = store.read("SELECT body FROM singles WHERE name = ?", (_NAME,))
    if not rows:
        return ()
    [(body,)] = rows
    assert isinstance(body, bytes)
    return decode(body, LookBehind).scripts
