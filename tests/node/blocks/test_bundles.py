"""Old blocks that say nothing share a commit; what it costs is counted, never timed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected, ChainEvent
from lnwallet_tui.chain.watch import Delta
from lnwallet_tui.node.blocks.bundles import MOST_TOGETHER, in_bundles
from lnwallet_tui.store import db
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import DiskFull
from tests.node.town import MINUTE_MS, Town

BLOCKS = 2 * MOST_TOGETHER + 50
NEWEST = 40  # at least: those of the last two hours, some minutes each
_TX = Tx(2, (TxIn(OutPoint(bytes(32), 0)),), (TxOut(Sat(1), b"\x51"),))


def block(height: int, *txs: Tx, time: int = 0) -> BlockConnected:
    return BlockConnected(height, bytes(32), bytes(32), time, tuple(enumerate(txs)))


async def told(events: Iterable[ChainEvent | None]) -> AsyncIterator[ChainEvent]:
    """One after the other; None: there is none for a while."""
    for event in events:
        if event is None:
            for _ in range(20):
                await asyncio.sleep(0)
        else:
            yield event


async def bundles(*events: ChainEvent | None) -> list[tuple[int, ...]]:
    """The heights that come together."""
    found = in_bundles(told(events), lambda one: one.time == 0)
    return [tuple(event.height for event in bundle) async for bundle in found]


async def test_only_old_blocks_without_transactions_come_together() -> None:
    assert await bundles() == []
    assert await bundles(block(1), block(2), block(3, _TX), block(4)) == [(1, 2), (3,), (4,)]
    assert await bundles(block(1), block(2, time=1), block(3, time=1)) == [(1,), (2,), (3,)]
    left = BlockDisconnected(2, bytes(32))
    assert await bundles(block(1), block(2), left, block(2)) == [(1, 2), (2,), (2,)]


async def test_a_bundle_is_not_held_back_where_the_next_block_is_waited_for() -> None:
    assert await bundles(block(1), block(2), None, block(3)) == [(1, 2), (3,)]
    many = [block(height) for height in range(MOST_TOGETHER + 1)]
    assert [len(one) for one in await bundles(*many)] == [MOST_TOGETHER, 1]


async def test_what_may_teach_is_read_before_the_next_is_asked_for() -> None:
    asked = []

    async def telling() -> AsyncIterator[ChainEvent]:
        for event in (block(1), block(2, _TX), block(3)):
            asked.append(event.height)
            yield event

    async for bundle in in_bundles(telling(), lambda _: True):
        if bundle[0].height == 2:
            assert asked == [1, 2]


async def behind(folder: Path) -> Town:
    """Ada's node is off while blocks come."""
    town = Town(folder)
    await town.begin("ada")
    await town.stop("ada")
    await town.mine(BLOCKS)
    return town


async def test_many_blocks_share_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town, commits = await behind(tmp_path), list[str]()
    connect = db._connect

    def counted(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
        return connection

    monkeypatch.setattr(db, "_connect", counted)
    node = await town.start("ada")
    height = town.regtest.chain.height
    assert await town.clock.wait_for(lambda: node._board.chain.height == height, MINUTE_MS)
    assert len(commits) < BLOCKS // MOST_TOGETHER + 1 + NEWEST
    stored = node._store.read("SELECT count(*), max(height) FROM blocks")
    assert stored[0][1] == height
    await town.end()


async def test_a_disk_that_is_full_takes_back_whole_blocks(tmp_path: Path) -> None:
    town = await behind(tmp_path)
    node = await town.start("ada")
    board, begun = node._board, node._board.chain.height
    reader = board.chain._reader
    came, full = reader.block_came, [begun + 30]

    def block_came(tx: Transaction, delta: Delta) -> None:
        if delta.tip in full:
            full.clear()
            raise DiskFull("The disk is full.")
        came(tx, delta)

    reader.block_came = block_came  # type: ignore[method-assign]  # a disk that is full once
    assert await town.clock.wait_for(lambda: board.chain.is_held_up, MINUTE_MS)
    [(stored,)] = node._store.read("SELECT max(height) FROM blocks")
    assert stored == board.chain.height == begun
    height = town.regtest.chain.height
    assert await town.clock.wait_for(lambda: board.chain.height == height, 5 * MINUTE_MS)
    await town.end()
