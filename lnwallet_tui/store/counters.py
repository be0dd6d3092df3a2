"""Counters: indexes that must never be handed out twice, durable before they are used."""

from __future__ import annotations

from lnwallet_tui.store.db import Store, Transaction


def take(tx: Transaction, name: str, *, beyond: str = "") -> int:
    """The next value of counter `name`, from 0; never returned again once `tx` is committed. None
    that is a `number` in the table `beyond`: a counter has no checksum."""
    tx.write("INSERT INTO counters VALUES (?, 0) ON CONFLICT (name) DO NOTHING", (name,))
    [(value,)] = tx.read("SELECT value FROM counters WHERE name = ?", (name,))
    assert isinstance(value, int)
    if beyond:
        [(used,)] = tx.read(f"SELECT coalesce(max(number), -1) FROM {beyond}")  # noqa: S608 - our own names
        assert isinstance(used, int)
        value = max(value, used + 1)
    tx.write("UPDATE counters SET value = ? WHERE name = ?", (value + 1, name))
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
