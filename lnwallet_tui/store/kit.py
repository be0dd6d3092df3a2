"""The guard's key kit on disk: a closed row for each channel, beside the channel itself.

It is written in the transaction that stores the channel, so it never lags behind."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.store import singles
from lnwallet_tui.store.codec import decode_or
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.rows import Rows

_NAME: Final = "key kit "


def save_kit(tx: Transaction, number: int, row: bytes) -> None:
    """Write or replace that of channel `number`."""
    singles.save(tx, f"{_NAME}{number}", row)


def forget_kit(tx: Transaction, number: int) -> None:
    """Of a channel that nothing came of."""
    singles.forget(tx, f"{_NAME}{number}")


def load_kits(store: Rows) -> dict[int, bytes]:
    """All of them, by channel; one that is damaged is none, and the node writes it anew."""
    kits: dict[int, bytes] = {}
    rows = store.read("SELECT name, body FROM singles WHERE name GLOB ?", (f"{_NAME}*",))
    for name, body in rows:
        assert isinstance(name, str)
        if row := decode_or(body, b""):
            kits[int(name.removeprefix(_NAME))] = row
    return kits
