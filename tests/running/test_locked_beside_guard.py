"""A node that waits until somebody opens its wallet, and the guard that watches meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.counter.client import visit
from lnwallet_tui.counter.place import GUARDS_SOCKET_NAME
from lnwallet_tui.running import hand_over
from lnwallet_tui.running.process import WalletProcess
from lnwallet_tui.running.wallet_folder import WalletFolder
from lnwallet_tui.running.wanted import Wanted
from lnwallet_tui.store.errors import WalletInUse
from lnwallet_tui.store.lock import GUARD_LOCK_NAME, LOCK_NAME, NODE_LOCK_NAME, FolderLock, is_held
from tests.running.test_guard_process import chain, cheap_seed, guarding, prepared, quick
from tests.running.test_process import PASSPHRASE, running
from tests.running.test_process_alive import Chain

__all__ = ["chain", "cheap_seed", "quick"]


async def test_it_watches_until_the_wallet_is_opened(chain: Chain, tmp_path: Path) -> None:
    await prepared(tmp_path, chain)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        async with running(tmp_path, Wanted(), chain.outdoors) as node:
            assert (await node.node.status()).waiting_for == (
                "The wallet is locked. Until it is open the guard watches its channels. "
                "Unlock it first: lnwallet-tui unlock"
            )
            visitor = await visit(tmp_path, GUARDS_SOCKET_NAME)
            said = (await visitor.node.status()).waiting_for
            assert said.startswith("The guard watches beside a node that waits")
            second = WalletProcess(WalletFolder.at(tmp_path, None), Wanted(), chain.outdoors)
            with pytest.raises(WalletInUse):
                await second.run()
            assert guard.told.empty()
            assert await node.process.unlock(PASSPHRASE) is None
            await visitor.gone()
            await visitor.leave()
            assert await guard.told.get() == "stands by"
            assert await node.node.channels() == ()
            await node.process.lock()  # it goes on with its keys, and nobody needs to guard
        assert await guard.told.get() == "watches 0"
        async with running(tmp_path, Wanted(), chain.outdoors):
            pass  # ends without having lived
        assert not await guard.lets_go()


async def test_it_begins_to_watch_beside_one_that_waits(chain: Chain, tmp_path: Path) -> None:
    await prepared(tmp_path, chain)
    async with running(tmp_path, Wanted(), chain.outdoors) as node:
        said = (await node.node.status()).waiting_for
        assert "nothing watches its channels: no guard of it runs." in said
        async with guarding(tmp_path, chain) as guard:
            assert await guard.told.get() == "watches 0"
            assert "the guard watches" in (await node.node.status()).waiting_for
            assert await node.process.unlock(PASSPHRASE) is None
            assert await guard.told.get() == "stands by"


async def test_one_that_has_just_taken_the_wallet_is_waited_for(tmp_path: Path) -> None:
    """Its counter is not open yet; here it ends before it is."""
    guards = FolderLock(tmp_path)
    taking = asyncio.create_task(hand_over.folder_taken(tmp_path))
    starting = asyncio.create_task(hand_over.node_place_taken(tmp_path))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not taking.done()
    assert not starting.done()
    guards.release()
    (await taking).release()
    (await starting).release()


async def answer_of(asking: Awaitable[object]) -> object:
    """Also where that is raised."""
    try:
        return await asking
    except WalletShut as shut:
        return shut.refused


def test_a_guard_that_hangs_is_called_by_its_name(tmp_path: Path) -> None:
    guard = FolderLock(tmp_path, GUARD_LOCK_NAME)
    held = hand_over.held_by_another(tmp_path)
    assert held.message.startswith(f"The guard holds the wallet in {tmp_path}, ")
    assert held.remedy.startswith("End its process, or let it go on")
    guard.release()
    assert hand_over.held_by_another(tmp_path).message.startswith("Another process")


async def test_a_node_begins_beside_a_guard_that_hangs(tmp_path: Path) -> None:
    """It has its locks, and its counter says nothing."""
    locks = [FolderLock(tmp_path, name) for name in (LOCK_NAME, GUARD_LOCK_NAME)]
    (await hand_over.node_place_taken(tmp_path)).release()
    for one in locks:
        one.release()


@pytest.mark.parametrize("name", [LOCK_NAME, NODE_LOCK_NAME])
async def test_where_somebody_else_has_the_folder_no_node_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(hand_over, "_UNANSWERED_MS", 200)
    lock = FolderLock(tmp_path, name)
    with pytest.raises(WalletInUse):
        await hand_over.node_place_taken(tmp_path)
    assert is_held(tmp_path, NODE_LOCK_NAME) is (name == NODE_LOCK_NAME)
    lock.release()
    (await hand_over.node_place_taken(tmp_path)).release()


async def test_a_wallet_that_nobody_gives_away_is_waited_for(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over, "_UNANSWERED_MS", 200)
    await prepared(tmp_path, chain)
    process = WalletProcess(WalletFolder.at(tmp_path, None), Wanted(), chain.outdoors)
    ready = asyncio.Event()
    life = asyncio.create_task(process.run(ready.set))
    await ready.wait()
    visitor, lock = await visit(tmp_path), FolderLock(tmp_path)
    told: list[str] = []
    process.complains = told.append
    refused = await visitor.process.unlock(PASSPHRASE)
    assert isinstance(refused, Refused)
    assert refused.message.endswith("and does not let go of it.")
    said = f"{refused.message} End that process; the node goes on by itself then."
    for verb in (visitor.node.channels, visitor.node.balance, visitor.process.lock):
        assert await answer_of(verb()) == refused
    assert (await visitor.node.status()).waiting_for == said
    assert await visitor.process.unlock() == refused
    assert told == [said]
    lock.release()
    await process._begun.wait()
    assert (await visitor.node.status()).waiting_for != said
    assert await visitor.process.unlock() is None
    await visitor.process.stop()
    await visitor.leave()
    await life
    assert not is_held(tmp_path, NODE_LOCK_NAME)


async def test_one_that_waits_for_a_wallet_can_be_ended(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over, "_UNANSWERED_MS", 200)
    await prepared(tmp_path, chain)
    lock = None
    async with running(tmp_path, Wanted(), chain.outdoors) as visitor:
        lock = FolderLock(tmp_path)
        assert isinstance(await visitor.process.unlock(PASSPHRASE), Refused)
    lock.release()
    assert not is_held(tmp_path, NODE_LOCK_NAME)
