"""After being away: the chain first, with all that it asks for, and only then Lightning peers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.inbox import InboxEntry, InboxKind
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.blocks import BlockConnected
from lnwallet_tui.net.link import Link
from lnwallet_tui.node.ports import BroadcastResult, ChainSource
from lnwallet_tui.playground.chain_source import SimChainSource
from lnwallet_tui.playground.simchain import ChainBlock
from lnwallet_tui.policy import POLICY
from tests.node.test_cheats import is_punished, old_state
from tests.node.test_htlcs_on_chain import hang
from tests.node.town import DELAY, MINUTE_MS, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


class Diary:
    """What a node does with the world outside after a start, in its order: the blocks that it
    reads, what it publishes, and whom it dials."""

    def __init__(self, town: Town, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines: list[str] = []
        source = town._source

        def watched(who: str) -> ChainSource:
            port = source(who)
            if who == name:
                self._watch(port)
            return port

        monkeypatch.setattr(town, "_source", watched)
        connect = town.wires.connect

        async def dialled(who: str, address: str) -> Link:
            if who == name:
                self.lines.append("dial")
            return await connect(who, address)

        monkeypatch.setattr(town.wires, "connect", dialled)

    def _watch(self, port: ChainSource) -> None:
        assert isinstance(port, SimChainSource)
        connected, broadcast = port._connected, port.broadcast

        def read(block: ChainBlock) -> BlockConnected:
            self.lines.append("block")
            return connected(block)

        async def publish(txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
            self.lines.append("publish")
            return await broadcast(txs)

        port._connected = read  # type: ignore[method-assign]  # overheard
        port.broadcast = publish  # type: ignore[method-assign]  # overheard


async def test_the_order_after_an_absence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cheat with one channel, a deadline in another: the cheat is met before anybody is dialled,
    and the deadline by the peer that was."""
    town = Town(tmp_path)
    await town.begin("ada", "ben", "cyd")
    cheated = await town.open("ada", "ben", 300_000)
    await town.open("cyd", "ada", 400_000)
    old = await old_state(town, cheated)
    await hang(town, "cyd", "ada")
    [htlc] = town.nodes["cyd"].channel_states()[0].ledger.htlcs
    await town.stop("ada")
    await town.mine(htlc.cltv_expiry - POLICY.fulfilment_deadline + 1 - town.regtest.chain.height)
    assert town.regtest.publish(old.tx) is None
    await town.mine(2)
    diary = Diary(town, "ada", monkeypatch)
    away = town.regtest.chain.height - town.nodes["ada"]._board.chain.height
    await town.start("ada")
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    first = diary.lines.index("dial")
    assert diary.lines[:first].count("block") == away
    assert "block" not in diary.lines[first:]
    assert diary.lines[:first].count("publish") >= 1, "a penalty"
    await town.mine(2)
    [_, asked] = town.nodes["ada"].channel_states()
    assert (asked.publication, asked.ledger.htlcs) == (None, ())
    assert is_punished(town, old.tx)
    await town.end()


async def told(town: Town) -> list[InboxEntry]:
    entries = await town.nodes["ada"].inbox()
    return [one for one in entries if "read no block from" in one.text]


async def test_who_was_away_for_too_long_is_told_what_came_of_it(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 300_000)
    await old_state(town, channel_id)
    left = town.regtest.chain.height
    await town.stop("ada")
    await town.mine(DELAY)
    await town.restart("ada")
    assert not await told(town), "the guard would still have been in time"
    await town.stop("ada")
    await town.mine(DELAY + 1)
    await town.restart("ada")
    [entry] = await told(town)
    back = town.regtest.chain.height
    assert (entry.kind, entry.urgent, entry.channel_id) == (InboxKind.NOTICE, False, channel_id)
    assert f"from {left + DELAY:,} to {back:,}" in entry.text
    assert f"after {DELAY} blocks; nothing was taken" in entry.text


async def test_a_cheat_who_was_faster_than_we_came_home(town: Town) -> None:
    """Ben's own node takes what it waited for: to it, a copy of its wallet has published that."""
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    await town.stop("ada")
    assert town.regtest.publish(old.tx) is None
    await town.mine(DELAY + 3)
    stolen = old.spec.to_local.value // 1000
    [loot] = [at for at, output in enumerate(old.tx.outputs) if output.value == Sat(stolen)]
    assert town.regtest.chain.coin(old.tx.outpoint(loot)) is None
    await town.restart("ada")
    [entry] = await told(town)
    assert (entry.kind, entry.urgent) == (InboxKind.BREACH, True)
    assert f"took {stolen:,} sat of it when its delay of {DELAY} blocks was over" in entry.text
    assert entry.text.endswith("they are lost.")
