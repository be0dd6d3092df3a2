"""What was said about money and safety stays until it is read, through every restart; of payments
that came in only the newest, for others decide how many there are.

An entry that belongs to what a block or a message changed is written in the same transaction. What
is said because the disk takes nothing is kept in memory until it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from lnwallet_tui.api.events import InboxChanged
from lnwallet_tui.api.inbox import MOST_GLIMPSED, InboxEntry, InboxGlance, InboxKind
from lnwallet_tui.node.feed import Feed
from lnwallet_tui.store import inbox as stored
from lnwallet_tui.store.damage import OnDamage
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.inbox import Entry

MOST_KEPT: Final = 400
"""Entries; of more, those that were read go first, then calm ones, the oldest of each."""
MOST_RECEIVED: Final = 100
"""Beside them, payments that came in: anybody can send so many of next to nothing, and activity has
every one of them. They take no other entry's place."""


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
        unread = [n for n, (_, is_read) in self._entries.items() if not is_read]
        shown = sorted(unread, key=self._for_a_glance)[:MOST_GLIMPSED]
        newest = tuple(map(self._view, sorted(shown, reverse=True)))
        return InboxGlance(unread=len(unread), newest=newest)

    def _for_a_glance(self, number: int) -> tuple[bool, bool, int]:
        entry, _ = self._entries[number]
        return not entry.urgent, _is_payment_to_us(entry), -number

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
        gone += self._too_many(number, gone)
        for old in gone:
            del self._entries[old]
            self._unsaved.discard(old)
            drop(old)

    def _too_many(self, newest: int, gone: list[int]) -> list[int]:
        """Which go for the sake of the newest: of those that share their bound with it."""
        is_payment = _is_payment_to_us(self._entries[newest][0])
        others = [
            n
            for n, (entry, _) in self._entries.items()
            if n != newest and n not in gone and _is_payment_to_us(entry) is is_payment
        ]
        others.sort(key=self._by_use)
        most = MOST_RECEIVED if is_payment else MOST_KEPT
        return others[: max(0, len(others) + 1 - most)]

    def _by_use(self, number: int) -> tuple[bool, bool, int]:
        """What is of least use comes first."""
        entry, is_read = self._entries[number]
        return not is_read, entry.urgent, number

    def _restore(self, before: tuple[dict[int, tuple[Entry, bool]], set[int]]) -> None:
        self._entries, self._unsaved = before

    def _tell(self) -> None:
        if self._feed.is_read:
            self._feed.publish(InboxChanged(self.glance()))


def _is_payment_to_us(entry: Entry) -> bool:
    return entry.kind is InboxKind.RECEIVED
