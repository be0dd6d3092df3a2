"""The guard's key kit on disk: a closed row for each channel, beside the channel itself.

It is written in the transaction that stores the channel, so it never lags behind."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import RowDamaged
from lnwallet_tui.store.rows import Rows

_NAME: Final = "key kit "


def save_kit(tx: Transaction, number: int, row: bytes) -> None:
    """Write or replace that of channel `number`."""
    tx.write("INSERT OR REPLACE INTO singles VALUES (?, ?)", (f"{_NAME}{number}", encode(row)))


def forget_kit(tx: Transaction, number: int) -> None:
    """Of a channel that nothing came of."""
    tx.write("DELETE FROM singles WHERE name = ?", (f"{_NAME}{number}",))


def load_kits(store: Rows) -> dict[int, bytes]:
    """All of them, by channel; one that is damaged is none, and the node writes it anew."""
    kits: dict[int, bytes] = {}
    rows = store.read("SELECT name, body FROM singles WHERE name GLOB ?", (f"{_NAME}*",))
    for name, body in rows:
        assert isinstance(name, str)
        assert isinstance(body, bytes)
        with suppress(RowDamaged):
            kits[int(name.removeprefix(_NAME))] = decode(body, bytes)
    return kits
