"""Takes over what the guard did while the wallet was closed: its offers and its log.

What it offered goes beside what the wallet did, so that no fee falls back, and the same
transactions are offered on. It is taken over in one transaction with a note of how far, so that a
crash loses nothing and tells nothing twice; the journal itself is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from lnwallet_tui.store import closes as stored
from lnwallet_tui.store import duty
from lnwallet_tui.store.channels import load_channels
from lnwallet_tui.store.closes import Close
from lnwallet_tui.store.damage import not_asked
from lnwallet_tui.store.db import DATABASE_NAME, Store
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.reader import reading

_SEE: Final = "See Guard for what it did."


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many lines of the journal are new, and a sentence where it could not be read."""

    lines: int = 0
    trouble: str = ""

    def told(self) -> tuple[str, str] | None:
        """What the user is told, with a remedy; None for nothing."""
        if self.trouble:
            return (
                f"What the guard noted while the wallet was closed cannot be read: {self.trouble}",
                "Nothing is lost by that: the wallet works it out anew from the chain.",
            )
        if self.lines:
            return "While the wallet was closed, the guard acted for it.", _SEE
        return None


def replay(store: Store) -> Replayed:
    """Into the wallet's database. A journal that is damaged keeps nobody from opening a wallet;
    raises `StoreError` only for the wallet's own."""
    path = store.folder / duty.FOLDER / DATABASE_NAME
    if not path.exists():
        return Replayed()
    try:
        with reading(path) as journal:
            offered = duty.load_duties(journal)
            entries = duty.entries_after(journal, duty.read_until(store))
    except StoreError as error:
        return Replayed(trouble=str(error))
    if not offered and not entries:
        return Replayed()
    # What is damaged of these is told by those who go on without.
    known = stored.load_closes(store, not_asked)
    channels = {row.number: row for row in load_channels(store, lambda _: None)}
    with store.transaction() as tx:
        for number, close in offered.items():
            if number in channels and close.offered:
                # Where our money goes is read here and not there: whoever writes the journal must
                # not say it.
                before = known.get(number) or Close(script=channels[number].state.shutdown_script)
                stored.save_close(tx, number, merged(before, close))
        for at, entry in entries:
            stored.add_entry(tx, entry)
            duty.save_read_until(tx, at)
    return Replayed(len(entries))


def merged(known: Close | None, theirs: Close) -> Close:
    """What the wallet knows of a close, with what the guard says it offered, which is not the same:
    see `onchain.sweep`. What the guard said, the wallet says in its own words."""
    close = Close(script=theirs.script) if known is None else known
    return replace(close, told=theirs.offered)
