"""How our transactions reach the network, and what is known of that."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lnwallet_tui.api.chain import ChainStage
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.chain.broadcasts import Stage
from lnwallet_tui.chain.sync import PEERS_WANTED
from lnwallet_tui.light.broadcasting import LISTENER_MS
from lnwallet_tui.net.link import Link
from lnwallet_tui.p2p.control import Version
from lnwallet_tui.p2p.inventory import GetData, Inv, Item, ItemKind, NotFound, RawTx
from tests.light.town import LightTown, Reader
from tests.node.town import MINUTE_MS
from tests.playground.bench import HOME, paid


def a_payment(town: LightTown) -> Tx:
    """The faucet's, which nobody has seen yet."""
    return town.regtest._faucet.pay([TxOut(Sat(50_000), HOME)])


def told(town: LightTown) -> list[str]:
    """Who was told of a transaction, once for each connection."""
    visits = [visit for node in town.bitcoin.nodes for visit in node.visits]
    return [one.node.name for one in visits if any(isinstance(m, Inv) for m in one.heard)]


def stage_of(reader: Reader, tx: Tx) -> Stage | None:
    """How far it came."""
    so_far = reader.light.how_far(tx.txid)
    return None if so_far is None else so_far.stage


def listening(town: LightTown) -> int:
    """How many connections for transactions there are."""
    return sum(visit.relays for node in town.bitcoin.nodes for visit in node.open_visits)


async def later(town: LightTown, minutes: int = 1) -> None:
    await town.clock.wait_for(lambda: False, minutes * MINUTE_MS)


async def test_another_peer_announces_what_some_were_told(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    reader = await Reader.begun(town)
    tx = a_payment(town)
    (result,) = await reader.light.broadcast((tx,))
    assert result.accepted
    assert stage_of(reader, tx) is Stage.WAITING
    assert await town.clock.wait_for(lambda: stage_of(reader, tx) is Stage.SEEN, MINUTE_MS)
    assert tx.txid in town.regtest.mempool
    assert 0 < len(told(town)) < 3  # one was left to listen
    await later(town)
    assert listening(town) == 0  # there is nothing more to hear
    await reader.end()


async def test_with_one_peer_it_is_fetched_and_that_is_all(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=1)
    reader = await Reader.begun(town)
    tx = a_payment(town)
    await reader.light.broadcast((tx,))
    await town.clock.rest()
    assert stage_of(reader, tx) is Stage.WAITING  # there may be another one, who would listen
    await town.clock.pass_by(LISTENER_MS + 500)
    assert stage_of(reader, tx) is Stage.FETCHED
    assert tx.txid in town.regtest.mempool
    assert listening(town) == 1
    await later(town, 2)
    assert stage_of(reader, tx) is Stage.FETCHED
    assert listening(town) == 0
    await reader.end()


async def test_one_that_the_user_named_is_told_at_once(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=1)
    town.is_one_named = True
    reader = await Reader.begun(town)
    tx = a_payment(town)
    await reader.light.broadcast((tx,))
    await town.clock.rest()
    assert stage_of(reader, tx) is Stage.FETCHED
    await reader.end()


async def test_who_is_there_first_waits_for_somebody_who_listens(tmp_path: Path) -> None:
    """Else the second is met when the first has told it already, and tells us nothing."""
    town = LightTown(tmp_path, nodes=2)
    reader = await Reader.begun(town)
    dial, second = town.wires.connect, town.bitcoin.nodes[1].address

    async def dial_slowly(name: str, address: str) -> Link:
        if address == second:
            await town.clock.sleep_until(town.clock.now_ms() + LISTENER_MS - 500)
        return await dial(name, address)

    town.wires.connect = dial_slowly  # type: ignore[method-assign]  # one of two is slow
    tx = a_payment(town)
    await reader.light.broadcast((tx,))
    assert await town.clock.wait_for(lambda: stage_of(reader, tx) is Stage.SEEN, MINUTE_MS)
    await reader.end()


async def test_nodes_that_serve_no_filters_are_told_where_there_are_any(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=PEERS_WANTED + 3)
    reader = await Reader.begun(town)
    tx = a_payment(town)
    await reader.light.broadcast((tx,))
    await later(town)
    assert tx.txid in town.regtest.mempool
    serving = set(town.bitcoin.addresses[:PEERS_WANTED])
    assert reader.light._lines.taken == serving
    assert len(told(town)) == 2
    assert not serving & {f"{name}.btc:18444" for name in told(town)}
    await reader.end()


async def test_those_who_serve_filters_are_told_where_there_is_nobody_else(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=PEERS_WANTED + 1)
    reader = await Reader.begun(town)
    tx = a_payment(town)
    await reader.light.broadcast((tx,))
    await town.clock.rest()
    assert tx.txid in town.regtest.mempool
    assert listening(town) == 3  # of whom one does not serve filters
    await reader.end()


async def test_a_block_without_it_has_everybody_told_again_and_one_with_it_nobody(
    tmp_path: Path,
) -> None:
    town = LightTown(tmp_path)
    reader = await Reader.begun(town)
    town.regtest.mempool.floor = 1_000_000  # nobody takes it
    tx = a_payment(town)
    await reader.light.broadcast((tx,))
    await later(town, 2)
    assert stage_of(reader, tx) is Stage.FETCHED
    assert tx.txid not in town.regtest.mempool
    town.regtest.mempool.floor = 0
    await town.mine()
    await later(town)
    assert stage_of(reader, tx) is Stage.FETCHED  # all were told by us
    assert tx.txid in town.regtest.mempool
    before = len(told(town))
    reader.light.watch(frozenset({HOME}))
    await town.mine()
    await later(town, 2)
    assert town.regtest.chain.height_of(tx.txid) == town.regtest.chain.height
    assert len(told(town)) == before
    await reader.end()


async def test_blocks_that_are_read_once_more_have_nobody_told_anew(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=1)
    reader = await Reader.begun(town, blocks=5)
    await reader.light.broadcast((a_payment(town),))
    await later(town, 2)
    before, at = len(told(town)), town.regtest.chain.at(town.regtest.chain.height - 3)
    await reader.read(((at.height, at.hash),))
    await later(town)
    assert len(told(town)) == before == 1
    await reader.end()


async def test_a_parent_that_pays_too_little_goes_with_its_child(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    reader = await Reader.begun(town)
    parent = a_payment(town)
    town.regtest.mempool.floor = 20_000
    child = paid((parent.outpoint(0), parent.outputs[0]), fee=30_000)
    await reader.light.broadcast((parent, child))
    await later(town)
    assert {parent.txid, child.txid} <= {e.tx.txid for e in town.regtest.mempool.entries()}
    await reader.end()


async def test_what_a_block_made_impossible_is_refused(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    reader = await Reader.begun(town)
    reader.light.watch(frozenset({HOME}))
    coin_tx = a_payment(town)
    town.regtest.mempool.submit(coin_tx)
    await town.mine()
    coin = (coin_tx.outpoint(0), coin_tx.outputs[0])
    ours, other = paid(coin, fee=1_000), paid(coin, fee=2_000)
    await reader.light.broadcast((ours,))
    town.regtest.chain.extend((other,))
    await later(town)
    (result,) = await reader.light.broadcast((ours,))
    assert not result.accepted
    assert "another transaction" in result.reason
    await reader.end()


async def test_who_repeats_what_we_told_it_ends_nothing(tmp_path: Path) -> None:
    """Else one peer could keep a transaction from all that come a little later."""
    town = LightTown(tmp_path, nodes=1)
    town.is_one_named = True
    reader = await Reader.begun(town)
    tx = a_payment(town)
    town.bitcoin._orphans[tx.txid] = tx  # it does not fetch it
    await reader.light.broadcast((tx,))
    await town.clock.rest()
    (visit,) = (one for one in town.bitcoin.nodes[0].open_visits if one.relays)
    visit.say(Inv((Item(ItemKind.WTX, tx.wtxid),)))
    await later(town)
    assert stage_of(reader, tx) is Stage.SENT
    assert listening(town) == 1
    await reader.end()


async def test_who_asks_for_one_transaction_often_gets_it_once(tmp_path: Path) -> None:
    """Else a message of two megabytes would have us make gigabytes."""
    town = LightTown(tmp_path, nodes=1)
    town.is_one_named = True
    reader = await Reader.begun(town)
    tx = a_payment(town)
    await reader.light.broadcast((tx,))
    await town.clock.rest()
    (visit,) = (one for one in town.bitcoin.nodes[0].open_visits if one.relays)
    before = sum(isinstance(one, RawTx) for one in visit.heard)
    visit.say(GetData((Item(ItemKind.WTX, tx.wtxid),) * 1_000))
    await town.clock.rest()
    assert sum(isinstance(one, RawTx) for one in visit.heard) == before + 1
    await reader.end()


async def test_who_names_many_does_not_have_ours_hashed_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message names 50,000, and everything else would wait meanwhile."""
    town = LightTown(tmp_path, nodes=1)
    town.is_one_named = True
    reader = await Reader.begun(town)
    await reader.light.broadcast((a_payment(town),))
    await town.clock.rest()
    (visit,) = (one for one in town.bitcoin.nodes[0].open_visits if one.relays)
    hashed: list[Tx] = []
    serialize = Tx.serialize

    def counted(tx: Tx) -> bytes:
        hashed.append(tx)
        return serialize(tx)

    monkeypatch.setattr(Tx, "serialize", counted)
    items = tuple(Item(ItemKind.WTX, number.to_bytes(32, "big")) for number in range(500))
    for message in (Inv(items), GetData(items)):
        visit.say(message)
        await town.clock.rest()
    assert isinstance(visit.heard[-1], NotFound)
    assert len(hashed) < 10
    await reader.end()


async def test_who_was_not_told_of_a_transaction_learns_nothing_by_asking(tmp_path: Path) -> None:
    """Of what others announced it could ask for each, and see which is ours."""
    town = LightTown(tmp_path)
    reader = await Reader.begun(town)
    tx = a_payment(town)
    await reader.light.broadcast((tx,))
    assert await town.clock.wait_for(lambda: stage_of(reader, tx) is Stage.SEEN, MINUTE_MS)
    visits = [one for node in town.bitcoin.nodes for one in node.open_visits if one.relays]
    (listener,) = (one for one in visits if not any(isinstance(m, Inv) for m in one.heard))
    asked = Item(ItemKind.WTX, tx.wtxid), Item(ItemKind.WITNESS_TX, tx.txid)
    listener.say(GetData(asked))
    await town.clock.rest()
    assert listener.heard[-1] == NotFound(asked)
    assert not any(isinstance(message, RawTx) for message in listener.heard)
    await reader.end()


async def test_whom_we_tell_hears_at_which_height_we_are(tmp_path: Path) -> None:
    """Also before the first block after a start: by it we see who is of no use, as others do."""
    town = LightTown(tmp_path, nodes=1)
    town.is_one_named = True
    await town.regtest.begin()
    reader = Reader(town, town.regtest.chain.height + 1)
    reader._task = asyncio.create_task(reader._follow(()))

    def is_there() -> bool:
        return reader.light.view().stage is ChainStage.CAUGHT_UP

    assert await town.clock.wait_for(is_there, MINUTE_MS)
    await reader.light.broadcast((a_payment(town),))
    await town.clock.rest()
    (visit,) = (one for one in town.bitcoin.nodes[0].open_visits if one.relays)
    (said,) = (one for one in visit.heard if isinstance(one, Version))
    assert said.start_height == town.regtest.chain.height
    await reader.end()


async def test_who_serves_the_chain_is_not_told_where_there_are_others(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=7)
    reader = await Reader.begun(town)
    serving = {one.node.name for node in town.bitcoin.nodes for one in node.open_visits}
    assert len(serving) == 4
    tx = a_payment(town)
    await reader.light.broadcast((tx,))
    await later(town)
    assert told(town)
    assert not serving & set(told(town))
    await reader.end()
