"""What goes wrong around the light node: nobody is there, blocks leave, a bug, a disk, a nap."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected
from lnwallet_tui.chain.sync import Sync, Wait
from lnwallet_tui.light.source import LightChain
from lnwallet_tui.p2p.inventory import GetData, GetHeaders
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import DiskFull
from tests.light.town import LightTown, Reader
from tests.node.town import MINUTE_MS


def waits_for(light: LightChain) -> Wait:
    progress = light.progress()
    assert progress is not None
    return progress.waits_for


async def test_nobody_is_there_and_then_somebody_is(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    for node in town.bitcoin.nodes:
        town.wires.vanish(node.name, gone=True)
    await town.regtest.begin()
    ada = await town.start("ada")
    assert not await town.clock.wait_for(lambda: ada._board.chain.height > 0, 30 * MINUTE_MS)
    status = await ada.status()
    assert status.verified_by == 0
    assert status.waiting_for.startswith("No node of the Bitcoin network is reached.")
    tried = len(town.whom["ada"].in_vain)
    assert 30 * 3 <= tried <= 40 * 3  # once a minute each
    town.wires.vanish("bitcoin0", gone=False)
    town.wires.vanish("bitcoin1", gone=False)
    height = town.regtest.chain.height
    assert await town.clock.wait_for(lambda: ada._board.chain.height == height, 3 * MINUTE_MS)
    assert (await ada.status()).verified_by == 2
    await town.end()


async def test_one_node_alone_is_believed_after_half_a_minute(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=1)
    await town.regtest.begin()
    ada = await town.start("ada")
    await town.clock.rest()
    assert waits_for(town.lights["ada"]) is Wait.SECOND_OPINION
    assert "One node alone" in (await ada.status()).waiting_for
    height = town.regtest.chain.height
    assert await town.clock.wait_for(lambda: ada._board.chain.height == height, MINUTE_MS)
    assert (await ada.status()).verified_by == 1
    assert (await ada.status()).waiting_for == ""
    await town.end()


async def test_one_that_the_user_named_is_believed_at_once(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=1)
    town.is_one_named = True
    await town.regtest.begin()
    ada = await town.start("ada")
    await town.clock.rest()
    assert ada._board.chain.height == town.regtest.chain.height
    assert (await ada.status()).verified_by == 1
    await town.end()


async def test_after_a_start_only_what_is_new_is_asked_for(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada")
    await town.stop("ada")
    for node in town.bitcoin.nodes:
        node.visits.clear()
    await town.mine(2)
    await town.start("ada")
    await town.clock.rest()
    assert town.nodes["ada"]._board.chain.height == town.regtest.chain.height
    heard = [one for node in town.bitcoin.nodes for visit in node.visits for one in visit.heard]
    newest = town.regtest.chain.at(town.regtest.chain.height - 2).hash
    before = town.regtest.chain.at(town.regtest.chain.height - 3).hash
    assert all(
        {newest, before} & set(one.locator[:2]) for one in heard if isinstance(one, GetHeaders)
    )
    assert not any(isinstance(one, GetData) for one in heard)  # no block of these is ours
    assert town.lights["ada"].verified_by() == 3
    await town.end()


async def test_after_a_start_nodes_vouch_for_what_was_read_before(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada")
    await town.stop("ada")
    await town.start("ada")
    await town.clock.rest()
    assert town.lights["ada"].verified_by() == 3
    await town.end()


async def test_what_one_node_alone_said_is_remembered_until_another_comes(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    for name in ("bitcoin0", "bitcoin1"):
        town.wires.vanish(name, gone=True)
    await town.begin("ada")
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    await town.stop("ada")
    again = town.light("ada", 0)
    alone = again._keeper._alone
    await again.close()
    chain = town.regtest.chain
    assert [one.block_hash for one in alone] == [chain.at(one.height).hash for one in alone]
    assert alone[-1].height == chain.height
    for name in ("bitcoin0", "bitcoin1"):
        town.wires.vanish(name, gone=False)
    await town.start("ada")
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert town.lights["ada"].verified_by() == 3
    assert not town.lights["ada"]._keeper._alone
    assert not town.complaints
    await town.end()


async def test_blocks_that_leave_take_coins_along_and_bring_them_again(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 400_000)
    await town.regtest.reorganise(6)
    await town.mine(4)  # the coins, the channel, and two on top
    assert town.nodes["ada"]._board.chain.height == town.regtest.chain.height
    assert await town.total_sat("ben") == 3_000_000
    await town.pay("ada", "ben", 50_000_000)
    assert (await town.channel("ada", channel_id)).local_msat < 400_000_000
    assert not town.complaints
    await town.end()


async def test_what_was_told_is_told_again_to_who_lost_it_and_looks_for_more(
    tmp_path: Path,
) -> None:
    """A disk that took nothing: the node follows again from what it holds. By then it may know of
    more to look for."""
    town = LightTown(tmp_path)
    reader = await Reader.begun(town, blocks=21)
    chain = town.regtest.chain
    assert [one.height for one in reader.told] == list(range(chain.height - 20, chain.height + 1))
    assert not any(isinstance(one, BlockConnected) and one.txs for one in reader.told)
    reader.light.watch(frozenset({town.regtest.key.script}))  # which each of them pays
    at = chain.at(chain.height - 10)
    again = await reader.read(((at.height, at.hash),))
    assert [one.height for one in again] == list(range(at.height + 1, chain.height + 1))
    assert all(isinstance(one, BlockConnected) and one.txs for one in again)
    assert len(town.bitcoin.nodes[0].visits) == 1  # over the same connection
    await reader.end()


async def test_who_lost_a_block_that_has_left_since_is_told_so(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    reader = await Reader.begun(town, blocks=5)
    old = town.regtest.chain.tip
    await town.regtest.reorganise(1)
    told = await reader.read(((old.height, old.hash), (old.height - 1, old.previous)))
    assert told[0] == BlockDisconnected(old.height, old.hash)
    assert [one.height for one in told[1:]] == [old.height, old.height + 1]
    await reader.end()


async def test_a_bug_of_ours_costs_the_connections_and_no_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 400_000)
    received = Sync.received
    failures: list[int] = []

    def fails_once(self: Sync, number: int, data: bytes, now_ms: int) -> None:
        if not failures:
            failures.append(number)
            raise AssertionError("a bug")
        received(self, number, data, now_ms)

    monkeypatch.setattr(Sync, "received", fails_once)
    await town.regtest.mine()
    assert town.complaints == ["following the chain: AssertionError('a bug')"]
    height = town.regtest.chain.height
    boards = [town.nodes[name]._board for name in ("ada", "ben")]
    assert await town.clock.wait_for(
        lambda: all(board.chain.height == height for board in boards), 2 * MINUTE_MS
    )
    await town.pay("ada", "ben", 50_000_000)
    await town.end()


async def test_a_full_disk_keeps_no_block_from_the_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada")
    transaction, full = Store.transaction, True

    def refuses(self: Store):  # type: ignore[no-untyped-def]  # a context manager, as the original
        if full and self.folder.name == "chain":
            raise DiskFull("The disk is full.")
        return transaction(self)

    monkeypatch.setattr(Store, "transaction", refuses)
    await town.mine(3)
    height = town.regtest.chain.height
    assert town.nodes["ada"]._board.chain.height == height
    assert len(town.complaints) == 3
    full = False
    await town.mine(1)
    assert len(town.complaints) == 3
    await town.stop("ada")
    keeper = town.light("ada", 0)
    assert keeper._keeper._tree.height == height + 1
    await keeper.close()
    town.close_stores()
    town.regtest.close()
