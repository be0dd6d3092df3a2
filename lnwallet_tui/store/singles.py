"""What there is one of: each is a row of its own, known by its name."""

from __future__ import annotations

from typing import TypeVar

from lnwallet_tui.store.codec import decode_or, encode
from lnwallet_tui.store.damage import Damaged, OnDamage, read_whole
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.rows import Rows

T = TypeVar("T")


def save(tx: Transaction, name: str, value: object) -> None:
    """Write or replace."""
    tx.write("INSERT OR REPLACE INTO singles VALUES (?, ?)", (name, encode(value)))


def forget(tx: Transaction, name: str) -> None:
    """From now on there is none."""
    tx.write("DELETE FROM singles WHERE name = ?", (name,))


def body_of(store: Rows, name: str) -> bytes | None:
    """As it stands there; None where there is none."""
    rows = store.read("SELECT body FROM singles WHERE name = ?", (name,))
    if not rows:
        return None
    [(body,)] = rows
    assert isinstance(body, bytes)
    return body


def load(store: Rows, name: str, kind: type[T], row: Damaged, damaged: OnDamage) -> T | None:
    """None where there is none, or it is damaged, which is told."""
    body = body_of(store, name)
    return None if body is None else read_whole(body, kind, row, damaged)


def load_or(store: Rows, name: str, default: T, *, newer_too: bool = False) -> T:
    """`default` where there is none; else as `decode_or`."""
    body = body_of(store, name)
    return default if body is None else decode_or(body, default, newer_too=newer_too)
