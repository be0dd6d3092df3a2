"""The feed: order, numbers, coalescing, bounds, readers that left."""

from __future__ import annotations

import asyncio
import gc

import msgspec

from lnwallet_tui.api.events import FeedItem, GuardActed, Notice, PeerChanged, StatusChanged
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import GuardEntry, PeerView, StatusView
from lnwallet_tui.node.feed import NOTES_KEPT, Feed, FeedReader

STATUS = StatusView(
    network="regtest",
    node_id="02",
    height=1,
    tip_time=0,
    now=0,
    verified_by=1,
    waiting_for="",
)


def peer(node_id: str, *, connected: bool) -> PeerChanged:
    """A change of one peer."""
    none = Untrusted("")
    return PeerChanged(
        PeerView(
            node_id=node_id,
            name=none,
            address="",
            connected=connected,
            features=(),
            last_error=none,
        )
    )


async def drain(feed: Feed, reader: FeedReader) -> list[FeedItem]:
    """Close the feed and read what is left."""
    feed.close()
    return [item async for item in reader]


async def test_events_come_numbered_in_order_from_the_moment_of_asking() -> None:
    feed = Feed()
    feed.publish(Notice("before"))
    reader = feed.reader()
    feed.publish(Notice("one"))
    feed.publish(Notice("two"))
    items = await drain(feed, reader)
    assert items == [FeedItem(2, Notice("one")), FeedItem(3, Notice("two"))]


async def test_a_slow_reader_sees_the_newest_view_of_each_thing_only() -> None:
    feed = Feed()
    reader = feed.reader()
    feed.publish(peer("02", connected=True))
    feed.publish(StatusChanged(STATUS))
    feed.publish(Notice("kept"))
    feed.publish(peer("03", connected=True))
    feed.publish(peer("02", connected=False))
    feed.publish(StatusChanged(msgspec.structs.replace(STATUS, height=2)))
    feed.publish(Notice("kept"))
    items = await drain(feed, reader)
    assert [item.number for item in items] == [3, 4, 5, 6, 7]
    assert items[2].event == peer("02", connected=False)


async def test_notes_are_kept_up_to_a_bound() -> None:
    feed = Feed()
    reader = feed.reader()
    for height in range(NOTES_KEPT + 5):
        feed.publish(GuardActed(GuardEntry(height=height, time=0, text="", txid="")))
    items = await drain(feed, reader)
    assert len(items) == NOTES_KEPT
    assert items[0].number == 6


async def test_a_reader_waits_for_news_and_ends_with_the_feed() -> None:
    feed = Feed()
    reader = feed.reader()
    waiting = asyncio.ensure_future(anext(reader))
    await asyncio.sleep(0)
    assert not waiting.done()
    feed.publish(Notice("news"))
    assert (await waiting).event == Notice("news")
    ending = asyncio.ensure_future(anext(reader, None))
    await asyncio.sleep(0)
    feed.close()
    assert await ending is None


async def test_a_reader_that_was_dropped_costs_nothing() -> None:
    feed = Feed()
    reader = feed.reader()
    del reader
    gc.collect()
    kept = feed.reader()
    feed.publish(Notice("x"))
    assert len(feed._readers) == 1
    assert len(await drain(feed, kept)) == 1
