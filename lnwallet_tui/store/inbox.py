"""The inbox on disk: entries by number, each read or not."""

from __future__ import annotations

import msgspec

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.store.codec import encode
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage, read_whole
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import WalletCorrupt


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What was said, when (Unix seconds), and about what.

    A newer entry of the same `subject` takes the place of an older one. Ids are in wire order.
    `final_at` is the height from which on it is final, 0 where that is not known. `details` go on
    where `text` ends.
    """

    time: int
    kind: InboxKind
    text: str
    remedy: str
    urgent: bool
    subject: str
    channel_id: bytes = b""
    payment_hash: bytes = b""
    final_at: int = 0
    details: str = ""


def save(tx: Transaction, number: int, entry: Entry, *, is_read: bool) -> None:
    """Write or replace it."""
    tx.write("INSERT OR REPLACE INTO inbox VALUES (?, ?, ?)", (number, is_read, encode(entry)))


def mark_read(tx: Transaction, number: int) -> None:
    """It has been read."""
    tx.write("UPDATE inbox SET is_read = 1 WHERE number = ?", (number,))


def drop(tx: Transaction, number: int) -> None:
    """It is of no more use."""
    tx.write("DELETE FROM inbox WHERE number = ?", (number,))


def load(store: Store, damaged: OnDamage) -> dict[int, tuple[Entry, bool]]:
    """All by number, the oldest first, with whether it was read; without those that are damaged."""
    found: dict[int, tuple[Entry, bool]] = {}
    for number, is_read, body in store.read("SELECT number, is_read, body FROM inbox ORDER BY 1"):
        if not isinstance(number, int) or not isinstance(body, bytes):
            raise WalletCorrupt("A row of the inbox in the wallet's file is none.")
        entry = read_whole(body, Entry, Damaged(Kind.INBOX, f"{number}"), damaged)
        if entry is not None:
            found[number] = entry, bool(is_read)
    return found
