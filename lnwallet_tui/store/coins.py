"""The on-chain wallet on disk, the indexes of the keys it has given out (C25), and the user's words
for its transactions and coins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.coins.coin import KeyPath
from lnwallet_tui.coins.ledger import Ledger
from lnwallet_tui.store import counters, notes, singles, spares
from lnwallet_tui.store.codec import encode
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.notes import Note

_NAME: Final = "coins"
_COUNTERS: Final = {False: "receiving keys", True: "change keys"}
_TAPROOT: Final = "taproot "


def take_path(tx: Transaction, *, change: bool, taproot: bool = False) -> KeyPath:
    """The next key; never given out again once `tx` is committed."""
    return KeyPath(change, counters.take(tx, _counter(change, taproot)), taproot)


def give_below(tx: Transaction, index: int, *, change: bool, taproot: bool) -> None:
    """The keys below that one were given out in an earlier life of the wallet; none is lent."""
    counters.raise_to(tx, _counter(change, taproot), index)
    spares.use_scripts(tx, (KeyPath(change, below, taproot) for below in range(index)))


def paths_given(store: Store, *, change: bool, taproot: bool = False) -> int:
    """How many keys were given out."""
    return counters.value_of(store, _counter(change, taproot))


def _counter(change: bool, taproot: bool) -> str:
    return f"{_TAPROOT if taproot else ''}{_COUNTERS[change]}"


def save_ledger(tx: Transaction, ledger: Ledger) -> None:
    """Write or replace."""
    singles.save(tx, _NAME, ledger)


def load_ledger(store: Store, damaged: OnDamage) -> Ledger:
    """The wallet as the last transaction left it; empty at first, or where that is damaged."""
    return singles.load(store, _NAME, Ledger, Damaged(Kind.COINS), damaged) or Ledger()


def save_note(tx: Transaction, name: bytes, text: Untrusted) -> None:
    """Write or replace the note of a txid or a serialised outpoint; nothing where it is empty."""
    if text:
        tx.write("INSERT OR REPLACE INTO coin_notes VALUES (?, ?)", (name, encode(Note(text))))
    else:
        tx.write("DELETE FROM coin_notes WHERE name = ?", (name,))


def notes_of(store: Store, names: Iterable[bytes]) -> dict[bytes, Untrusted]:
    """The notes of those of these that have one."""
    found: dict[bytes, Untrusted] = {}
    for name in names:
        for (body,) in store.read("SELECT body FROM coin_notes WHERE name = ?", (name,)):
            found[name] = notes.read(body)
    return found
