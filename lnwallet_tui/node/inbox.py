"""What was said about money and safety stays until it is read, through every restart.

An entry that belongs to what a block or a message changed is written in the same transaction. What
is said because the disk takes nothing is kept in memory until it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from lnwallet_tui.api.events import InboxChanged
from lnwallet_tui.api.inbox import MOST_GLIMPSED, InboxEntry, InboxGlance
from lnwallet_tui.node.feed import Feed
from lnwallet_tui.store import inbox as stored
from lnwallet_tui.store.damage import OnDamage
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.inbox import Entry

MOST_KEPT: Final = 500
"""Entries; of more, the oldest that were read go first."""


class Inbox:
    """All entries by number, the oldest first."""

    def __init__(self, store: Store, feed: Feed, damaged: OnDamage) -> None:
        self._store, self._feed = store, feed
        self._entries: dict[int, tuple[Entry, bool]] = stored.load(store, damaged)
        self._unsaved: set[int] = set()

    # -- questions
    def newest(self, limit: int) -> tuple[InboxEntry, ...]:
        """The newest first, by when it happened: news of an older cheat has the cheat's date."""
        views = map(self._view, self._entries)
        found = sorted(views, key=lambda one: (one.time, one.number), reverse=True)
        return tuple(found[: max(0, limit)])

    def glance(self) -> InboxGlance:
        """What Home shows of it."""
        unread = sorted(
            (n for n, (_, is_read) in self._entries.items() if not is_read), reverse=True
        )
        newest = tuple(map(self._view, unread[:MOST_GLIMPSED]))
        return InboxGlance(unread=len(unread), newest=newest)

    def about(self, subject: str) -> Entry | None:
        """What is said of it now."""
        entries = (entry for entry, _ in self._entries.values())
        return next((one for one in entries if one.subject == subject), None)

    def _view(self, number: int) -> InboxEntry:
        entry, is_read = self._entries[number]
        return InboxEntry(
            number=number,
            time=entry.time,
            kind=entry.kind,
            text=entry.text,
            remedy=entry.remedy,
            urgent=entry.urgent,
            is_read=is_read,
            channel_id=entry.channel_id.hex(),
            payment_hash=entry.payment_hash.hex(),
            final_at=entry.final_at,
            details=entry.details,
        )

    # -- writing
    def put(self, tx: Transaction, entry: Entry) -> None:
        """Keep an entry, durable with `tx`, in the place of what was said of the same subject."""
        before = dict(self._entries), set(self._unsaved)
        tx.undo(partial(self._restore, before))
        self._adopt(entry, partial(stored.drop, tx))
        stored.save(tx, self._newest_number, entry, is_read=False)
        tx.after(self._tell)

    def put_unsaved(self, entry: Entry) -> None:
        """Keep an entry in memory: the disk takes nothing now."""
        self._adopt(entry, lambda _: None)
        self._unsaved.add(self._newest_number)
        self._tell()

    def flush(self) -> bool:
        """Write what the disk did not take before; whether it took it."""
        try:
            with self._store.transaction() as tx:
                for number in sorted(self._unsaved):
                    entry, is_read = self._entries[number]
                    stored.save(tx, number, entry, is_read=is_read)
                self._drop_rows(tx)
        except StoreError:
            return False
        self._unsaved.clear()
        return True

    def _drop_rows(self, tx: Transaction) -> None:
        """Those of entries that were replaced in memory only."""
        for (number,) in tx.read("SELECT number FROM inbox"):
            if number not in self._entries:
                assert isinstance(number, int)
                stored.drop(tx, number)

    def mark_read(self, numbers: Iterable[int]) -> None:
        """They have been read. Raises `StoreError`."""
        known = [one for one in numbers if one in self._entries and not self._entries[one][1]]
        if not known:
            return
        with self._store.transaction() as tx:
            tx.undo(partial(self._restore, (dict(self._entries), set(self._unsaved))))
            for number in known:
                self._entries[number] = self._entries[number][0], True
                stored.mark_read(tx, number)
            tx.after(self._tell)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of all that there are."""
        return tuple(self._entries)

    @property
    def _newest_number(self) -> int:
        return max(self._entries, default=0)

    def _adopt(self, entry: Entry, drop: Callable[[int], None]) -> None:
        """In memory. The newest is never dropped, so numbers are used once."""
        number = self._newest_number + 1
        gone = [n for n, (one, _) in self._entries.items() if one.subject == entry.subject]
        self._entries[number] = entry, False
        by_use = sorted(self._entries, key=lambda n: (not self._entries[n][1], n))
        gone += by_use[: max(0, len(self._entries) - len(gone) - MOST_KEPT)]
        for old in dict.fromkeys(gone):
            del self._entries[old]
            self._unsaved.discard(old)
            drop(old)

    def _restore(self, before: tuple[dict[int, tuple[Entry, bool]], set[int]]) -> None:
        self._entries, self._unsaved = before

    def _tell(self) -> None:
        if self._feed.is_read:
            self._feed.publish(InboxChanged(self.glance()))
