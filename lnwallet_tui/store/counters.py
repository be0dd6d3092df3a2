"""Counters: indexes that must never be handed out twice, durable before they are used."""

from __future__ import annotations

from lnwallet_tui.store.db import Store, Transaction


def take(tx: Transaction, name: str) -> int:
    """The next value of counter `name`, from 0; never returned again once `tx` is committed."""
    tx.write("INSERT INTO counters VALUES (?, 0) ON CONFLICT (name) DO NOTHING", (name,))
    [(value,)] = tx.read("SELECT value FROM counters WHERE name = ?", (name,))
    tx.write("UPDATE counters SET value = value + 1 WHERE name = ?", (name,))
    assert isinstance(value, int)
    return value


def raise_to(tx: Transaction, name: str, value: int) -> None:
    """Let `take` return `value` or more from now on: what is below was used before."""
    tx.write(
        "INSERT INTO counters VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
        (name, value),
    )


def value_of(store: Store, name: str) -> int:
    """What `take` would return next."""
    rows = store.read("SELECT value FROM counters WHERE name = ?", (name,))
    value = rows[0][0] if rows else 0
    assert isinstance(value, int)
    return value
