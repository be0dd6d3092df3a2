"""What a block, and a look at the guard, cost does not grow with what a channel held long ago."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.commitment import HtlcSpec
from lnwallet_tui.channel.held_htlcs import HtlcEntered, HtlcLeft
from lnwallet_tui.store import channels as stored
from lnwallet_tui.store.db import Row, Store, Transaction, Value
from tests.node.test_htlcs_on_chain import hang
from tests.node.town import Town

PAST = 300


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 500_000)
    yield town
    await town.end()


class Counted:
    """How many rows of what channels held are read from anybody's file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        for kind in (Store, Transaction):
            monkeypatch.setattr(kind, "read", self._counting(kind))

    def _counting(self, kind: type[Store] | type[Transaction]) -> object:
        read = kind.read

        def counting(self_: Store, sql: str, values: Sequence[Value] = ()) -> list[Row]:
            rows = read(self_, sql, values)  # type: ignore[arg-type]  # it is of that kind
            self.rows += len(rows) if "held_htlcs" in sql else 0
            return rows

        return counting


def live_on(town: Town) -> None:
    """Ada's channel has held many payments that are over."""
    ada = town.nodes["ada"]
    [held] = ada._board.channels
    with ada._store.transaction() as tx:
        for at in range(PAST):
            htlc = HtlcSpec(True, Msat(1_000), bytes(32), 700_000, 1_000 + at)
            gone = HtlcLeft(True, htlc.htlc_id, 1)
            stored.save_records(tx, held.number, [HtlcEntered(htlc, 1), gone])


async def look_at_everything(town: Town) -> None:
    """As a screen does."""
    ada = town.nodes["ada"]
    await ada.guard()
    await ada.status()
    await ada.balance()
    await ada.holdings()
    for one in await ada.channels():
        await ada.quote_close(one.channel_id)


@pytest.mark.parametrize("pending", [False, True])
async def test_an_open_channel_s_past_is_not_read(
    town: Town, monkeypatch: pytest.MonkeyPatch, pending: bool
) -> None:
    if pending:
        await hang(town, "ada", "ben")
    live_on(town)
    counted = Counted(monkeypatch)
    await town.mine()
    await look_at_everything(town)
    assert counted.rows == 0


async def test_nor_is_it_while_our_commitment_waits_for_a_block(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_on(town)
    ada = town.nodes["ada"]
    [channel] = await ada.channels()
    counted = Counted(monkeypatch)
    await town.do(ada.force_close(channel.channel_id))
    await look_at_everything(town)
    assert counted.rows == 0
