"""The user's own words for a payment."""

from __future__ import annotations

import msgspec

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.store.codec import decode_or, encode
from lnwallet_tui.store.db import Store, Transaction

NOTHING = Untrusted("")
_DAMAGED = Untrusted("(this note is damaged in the wallet's file)")


class Note(msgspec.Struct, frozen=True):
    """It may have been pasted, so it is shown like everything that others wrote."""

    text: Untrusted


def save(tx: Transaction, payment_hash: bytes, text: Untrusted) -> None:
    """Write or replace it; nothing where it is empty."""
    if text:
        tx.write("INSERT OR REPLACE INTO notes VALUES (?, ?)", (payment_hash, encode(Note(text))))
    else:
        tx.write("DELETE FROM notes WHERE payment_hash = ?", (payment_hash,))


def note_of(reader: Store | Transaction, payment_hash: bytes) -> Untrusted:
    """The note of that payment; empty where there is none."""
    rows = reader.read("SELECT body FROM notes WHERE payment_hash = ?", (payment_hash,))
    return read(rows[0][0]) if rows else NOTHING


def read(body: object) -> Untrusted:
    """A note as it stands in its row; of one that is damaged, that it is."""
    return decode_or(body, Note(_DAMAGED)).text
