"""What a peer complained of is kept as far as somebody reads it, and not with a commit each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from lnwallet_tui.node.node import Node
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.wire.bolt1 import Warning_
from tests.node.town import Town

NO_CHANNEL = b"\x01" * 32


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 500_000)
    yield town
    await town.end()


def hear(town: Town, data: bytes, channel_id: bytes = NO_CHANNEL) -> None:
    town.nodes["ada"]._board.peer_said(town.nodes["ben"].node_id, Warning_(channel_id, data))


async def last_said(node: Node) -> bytes:
    [ben] = await node.peers()
    return ben.last_error.raw().encode()


async def test_no_more_is_kept_of_it_than_of_what_it_said_of_a_channel(town: Town) -> None:
    hear(town, b"!" * 65_000)
    assert await last_said(town.nodes["ada"]) == b"!" * 400


async def test_a_flood_of_it_is_no_flood_of_commits(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = list[object]()
    begin = Store.transaction

    def counted(store: Store) -> AbstractContextManager[Transaction]:
        commits.append(store)
        return begin(store)

    monkeypatch.setattr(Store, "transaction", counted)
    for at in range(50):
        hear(town, b"%d" % at)
    assert commits == []
    assert await last_said(town.nodes["ada"]) == b"49"
    await town.stop("ben")
    await town.clock.rest()
    monkeypatch.undo()
    ada = await town.restart("ada")
    assert await last_said(ada) == b"49", "it was kept when the connection ended"


async def test_what_it_said_of_a_channel_is_kept_at_once(town: Town) -> None:
    ada = town.nodes["ada"]
    [channel] = ada.channel_states()
    hear(town, b"of that", channel.channel_id)
    ada._store._connection.execute("PRAGMA query_only = 1")  # as if it was killed now
    await town.stop("ben")
    town.crashes.clear()
    ada = await town.restart("ada")
    assert (await town.channel("ada", channel.channel_id.hex())).complaint.raw() == "of that"
    assert await last_said(ada) == b"of that"
