"""The guard's journal: what it offered and said while the wallet was closed.

It is a database of its own, in a folder inside the wallet's, so that the guard writes nothing into
the wallet's; a node that starts reads it, and notes how far it has read.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.store import singles
from lnwallet_tui.store.closes import Close
from lnwallet_tui.store.codec import decode
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import WalletCorrupt
from lnwallet_tui.store.rows import Rows

FOLDER: Final = "guard"
_DUTY: Final = "duty "
_READ: Final = "read of the guard's journal"


def save_duty(tx: Transaction, channel: int, close: Close) -> None:
    """What the guard does about channel number `channel`."""
    singles.save(tx, f"{_DUTY}{channel}", close)


def load_duties(store: Rows) -> dict[int, Close]:
    """By channel number."""
    duties: dict[int, Close] = {}
    rows = store.read("SELECT name, body FROM singles WHERE name GLOB ?", (f"{_DUTY}*",))
    for name, body in rows:
        assert isinstance(name, str)
        assert isinstance(body, bytes)
        number = name.removeprefix(_DUTY)
        if not number.isdecimal():
            raise WalletCorrupt(f"The guard's journal names a channel {number!r}.")
        duties[int(number)] = decode(body, Close)
    return duties


def entries_after(store: Rows, number: int) -> tuple[tuple[int, GuardEntry], ...]:
    """The lines of the journal after that one, each with its number; all of one that has no such
    line, which was begun anew."""
    [(newest,)] = store.read("SELECT coalesce(max(number), 0) FROM guard_log")
    assert isinstance(newest, int)
    number = number if number <= newest else 0
    entries: list[tuple[int, GuardEntry]] = []
    for at, body in store.read(
        "SELECT number, body FROM guard_log WHERE number > ? ORDER BY number", (number,)
    ):
        assert isinstance(at, int)
        assert isinstance(body, bytes)
        entries.append((at, decode(body, GuardEntry)))
    return tuple(entries)


def read_until(store: Rows) -> int:
    """The number of the last line that the wallet took over; 0: none, or nobody knows: then they
    are taken over once more."""
    return singles.load_or(store, _READ, 0)


def save_read_until(tx: Transaction, number: int) -> None:
    """Note it in the wallet's own database."""
    singles.save(tx, _READ, number)
