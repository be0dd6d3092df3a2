"""The feed: numbered events for every reader, none of whom can slow the node down.

A reader that is slow finds superseded events gone: of a channel, a payment or a peer it sees the
newest view only, so what waits for it is bounded by what there is to show. Notices and the guard's
lines supersede nothing; of those the newest `NOTES_KEPT` are kept.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator
from typing import Final

from lnwallet_tui.api.events import (
    BalanceChanged,
    ChannelChanged,
    FeedEvent,
    FeedItem,
    GuardActed,
    InboxChanged,
    Notice,
    PaymentChanged,
    PeerChanged,
    StatusChanged,
    WaitingChanged,
)

NOTES_KEPT: Final = 1_000

_Subject = tuple[str, str, int]


class Feed:
    """Publishes to all readers; numbers go up by one with every event, from 1."""

    def __init__(self) -> None:
        self._number = 0
        self._readers: list[weakref.ref[FeedReader]] = []  # in order: wake-ups are deterministic

    @property
    def is_read(self) -> bool:
        """Whether anybody reads: views are not made for nobody."""
        return any(ref() is not None for ref in self._readers)

    def publish(self, event: FeedEvent) -> None:
        """Tell everybody who reads."""
        self._number += 1
        item = FeedItem(self._number, event)
        alive = [ref for ref in self._readers if ref() is not None]
        self._readers = alive
        for ref in alive:
            if (reader := ref()) is not None:
                reader.offer(item)

    def reader(self) -> FeedReader:
        """A reader of everything from now on."""
        reader = FeedReader()
        self._readers.append(weakref.ref(reader))
        return reader

    def close(self) -> None:
        """End the iteration of every reader once it has read what waits for it."""
        for ref in self._readers:
            if (reader := ref()) is not None:
                reader.end()


class FeedReader(AsyncIterator[FeedItem]):
    """One reader's end; whoever drops it unsubscribes."""

    def __init__(self) -> None:
        self._waiting: dict[_Subject, FeedItem] = {}
        self._notes = 0
        self._ended = False
        self._news = asyncio.Event()

    def offer(self, item: FeedItem) -> None:
        """Put an event in line, in the place of an older one about the same thing."""
        subject = _subject(item)
        self._waiting.pop(subject, None)
        self._waiting[subject] = item
        if subject[0] == _NOTE:
            self._drop_old_notes()
        self._news.set()

    def end(self) -> None:
        """No more events will come."""
        self._ended = True
        self._news.set()

    async def __anext__(self) -> FeedItem:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        subject = next(iter(self._waiting))
        if subject[0] == _NOTE:
            self._notes -= 1
        return self._waiting.pop(subject)

    def _drop_old_notes(self) -> None:
        self._notes += 1
        if self._notes > NOTES_KEPT:
            del self._waiting[next(s for s in self._waiting if s[0] == _NOTE)]
            self._notes -= 1


_NOTE: Final = "note"


def _subject(item: FeedItem) -> _Subject:
    """What an event is about; a newer event about the same supersedes it."""
    match item.event:
        case StatusChanged():
            return ("status", "", 0)
        case BalanceChanged():
            return ("balance", "", 0)
        case ChannelChanged(channel):
            return ("channel", channel.channel_id, 0)
        case PaymentChanged(payment):
            return ("payment", payment.payment_hash, int(payment.outgoing))
        case PeerChanged(peer):
            return ("peer", peer.node_id, 0)
        case InboxChanged():
            return ("inbox", "", 0)
        case WaitingChanged():
            return ("waiting", "", 0)
        case GuardActed() | Notice():
            return (_NOTE, "", item.number)
