"""Blocks of long ago that say nothing to anybody come in bundles, so that they share a commit.

A commit waits for the disk, and a year has 52,560 blocks. In a bundle each block is read as if it
came alone, with all that follows from it, and all of it is durable together (C23): a crash takes
back whole blocks, which are told again. What came with transactions, left the chain or is new comes
alone, and nothing is held back for the sake of a bundle: what is ready is handed on as soon as the
next block has to be waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Final

from lnwallet_tui.chain.blocks import BlockConnected, ChainEvent

MOST_TOGETHER: Final = 100
_TURNS: Final = 4
"""Of the event loop, within which a source that has the next block at hand tells it."""

Bundle = tuple[ChainEvent, ...]


async def in_bundles(
    events: AsyncIterator[ChainEvent], is_old: Callable[[BlockConnected], bool]
) -> AsyncGenerator[Bundle, None]:
    """What comes, in its order. The next is asked for once the one before was read, where that may
    teach what to look for."""
    waiting: list[ChainEvent] = []
    coming: asyncio.Future[ChainEvent] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(_next(events))
            if waiting and not await _is_at_hand(coming):
                yield tuple(waiting)
                waiting.clear()
            try:
                event = await coming
            except StopAsyncIteration:
                break
            if isinstance(event, BlockConnected) and not event.txs and is_old(event):
                waiting.append(event)
                if len(waiting) == MOST_TOGETHER:
                    yield tuple(waiting)
                    waiting.clear()
                continue
            if waiting:
                yield tuple(waiting)
                waiting.clear()
            yield (event,)
        if waiting:
            yield tuple(waiting)
    finally:
        if coming is not None:
            coming.cancel()


async def _next(events: AsyncIterator[ChainEvent]) -> ChainEvent:
    return await anext(events)


async def _is_at_hand(coming: asyncio.Future[ChainEvent]) -> bool:
    for _ in range(_TURNS):
        if coming.done():
            break
        await asyncio.sleep(0)
    return coming.done()
