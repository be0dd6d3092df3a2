"""One process holds the wallet: the guard and the node hand it over, whichever of them dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lnwallet_tui.api.custody import Hidden
from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.attach import begun_by_others
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.counter import client
from lnwallet_tui.counter.client import OtherVersion, visit
from lnwallet_tui.counter.place import GUARDS_SOCKET_NAME
from lnwallet_tui.keys import guard_file
from lnwallet_tui.keys.envelope import Stretch
from lnwallet_tui.running import guard_process, hand_over
from lnwallet_tui.running.guard_process import GuardProcess, GuardWanted, Told
from lnwallet_tui.running.outdoors import Outdoors
from lnwallet_tui.running.process import CannotRun
from lnwallet_tui.running.wallet_folder import WalletFolder
from lnwallet_tui.running.wanted import Wanted
from lnwallet_tui.store.lock import FolderLock
from tests.running.test_process import PASSPHRASE, make, running
from tests.running.test_process import cheap as cheap_seed
from tests.running.test_process_alive import Chain, chain

__all__ = ["chain", "cheap_seed"]

GUARDS = Hidden("owls fly at night")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_file, "_new_stretch", lambda salt: Stretch(salt, 64, 1, 1))
    monkeypatch.setattr(guard_process, "_LOOK_AGAIN_MS", 100)
    monkeypatch.setattr(guard_process, "_AFTER_YOU_MS", 500)  # nodes here live shorter than a look


class Guarding:
    """A guard that runs in this process."""

    def __init__(self, folder: Path, chain: Chain | Outdoors) -> None:
        self.told: asyncio.Queue[str] = asyncio.Queue()
        self._folder = folder
        told = Told(
            watches=lambda channels, _: self.told.put_nowait(f"watches {channels}"),
            stands_by=lambda second: self.told.put_nowait("stands by" + " too" * second),
            did=lambda entry: self.told.put_nowait(entry.text),
        )
        wallet = WalletFolder.at(folder, Network.REGTEST)
        outdoors = chain if isinstance(chain, Outdoors) else chain.outdoors
        self.process = GuardProcess(wallet, GuardWanted(GUARDS), outdoors, told)

    async def lets_go(self) -> bool:
        """Whether it is about to: what it was asked before is done by then."""
        visitor = await visit(self._folder, GUARDS_SOCKET_NAME)
        await visitor.process.look()
        await visitor.leave()
        return not self.told.empty()


@asynccontextmanager
async def guarding(folder: Path, chain: Chain | Outdoors) -> AsyncIterator[Guarding]:
    guard = Guarding(folder, chain)
    life = asyncio.create_task(guard.process.run())
    life.add_done_callback(lambda _: guard.told.put_nowait("it has ended"))
    try:
        yield guard
    finally:
        if not life.done():
            await guard.process.stop()
        await life


async def prepared(folder: Path, chain: Chain) -> None:
    """A wallet that knows a guard, and whose node is off."""
    async with running(folder, Wanted(), chain.outdoors) as visitor:
        await make(visitor)
        assert await visitor.process.prepare_guard(GUARDS) is None


async def test_its_file_is_made_while_the_wallet_is_open_only(chain: Chain, tmp_path: Path) -> None:
    async with running(tmp_path, Wanted(), chain.outdoors) as visitor:
        refused = await visitor.process.prepare_guard(GUARDS)
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.NO_WALLET
        await make(visitor)
        short = await visitor.process.prepare_guard(Hidden("owls"))
        assert isinstance(short, Refused)
        assert short.code is RefusalCode.BAD_INPUT
        same = await visitor.process.prepare_guard(PASSPHRASE)
        assert isinstance(same, Refused)
        assert same.message == "This is the wallet's own passphrase."
        await visitor.process.lock()
        locked = await visitor.process.prepare_guard(GUARDS)
        assert isinstance(locked, Refused)
        assert locked.code is RefusalCode.LOCKED
        assert not (tmp_path / "guard.key").exists()
        await visitor.process.unlock(PASSPHRASE)
        assert await visitor.process.prepare_guard(GUARDS) is None
        assert (tmp_path / "guard.key").stat().st_mode & 0o777 == 0o600


async def test_it_goes_through_the_proxy_that_the_node_was_told_of(
    chain: Chain, tmp_path: Path
) -> None:
    proxy = "127.0.0.1:9050"
    await prepared(tmp_path, chain)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        async with running(tmp_path, Wanted(PASSPHRASE, proxy=proxy), chain.outdoors) as node:
            assert await guard.told.get() == "stands by"
            await begun_by_others(node)
        assert await guard.told.get() == "watches 0"
    assert [wanted.proxy for wanted in chain.asked] == ["", "", proxy, proxy]


async def test_node_and_guard_hand_the_wallet_to_each_other(chain: Chain, tmp_path: Path) -> None:
    await prepared(tmp_path, chain)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        visitor = await visit(tmp_path, GUARDS_SOCKET_NAME)
        assert (await visitor.process.look()).guards
        status = await visitor.node.status()
        assert "Only the guard runs" in status.waiting_for
        assert "It cannot pay" in status.waiting_for
        assert "can take no coin and close no channel" in status.waiting_for
        with pytest.raises(WalletShut, match="Only the guard"):
            await visitor.node.channels()
        with pytest.raises(WalletShut, match="Only the guard"):
            await visitor.custody.words()
        assert isinstance(await visitor.process.unlock(PASSPHRASE), Refused)
        await visitor.leave()
        async with running(tmp_path, Wanted(PASSPHRASE), chain.outdoors) as node:
            assert await guard.told.get() == "stands by"
            assert not (await node.process.look()).guards
            assert await node.process.unlock() is None
            assert await node.node.channels() == ()
        assert await guard.told.get() == "watches 0"
        # A node that asks and dies before it takes the wallet leaves it to the guard.
        visitor = await visit(tmp_path, GUARDS_SOCKET_NAME, takes=True)
        await visitor.gone()
        assert await guard.told.get() == "stands by"
        await visitor.leave()
    FolderLock(tmp_path).release()


async def test_who_asks_and_never_comes_is_not_waited_for(chain: Chain, tmp_path: Path) -> None:
    await prepared(tmp_path, chain)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        async with guarding(tmp_path, chain) as second:
            assert await second.told.get() == "stands by too"
        await (await visit(tmp_path, GUARDS_SOCKET_NAME, takes=True)).leave()
        assert await guard.told.get() == "stands by"
        assert await guard.told.get() == "watches 0"


async def test_a_guard_that_dies_while_it_is_asked_keeps_nobody_out(
    chain: Chain, tmp_path: Path
) -> None:
    await prepared(tmp_path, chain)
    guard = Guarding(tmp_path, chain)
    life = asyncio.create_task(guard.process.run())
    assert await guard.told.get() == "watches 0"

    taking = asyncio.create_task(hand_over.folder_taken(tmp_path))
    await asyncio.sleep(0)
    life.cancel()
    (await taking).release()
    await asyncio.gather(life, return_exceptions=True)


async def test_a_guard_of_another_version_lets_go_for_a_node_alone(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever renews the program need not know that the old one still guards."""
    await prepared(tmp_path, chain)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        with monkeypatch.context() as patch:
            patch.setattr(client, "VERSION", "99.0")
            with pytest.raises(OtherVersion):
                await visit(tmp_path, GUARDS_SOCKET_NAME)  # as a command that only looks
            (await hand_over.node_place_taken(tmp_path)).release()
        assert not await guard.lets_go()
        with monkeypatch.context() as patch:
            patch.setattr(client, "VERSION", "99.0")
            lock = await hand_over.folder_taken(tmp_path)
        assert await guard.told.get() == "stands by"
        lock.release()  # as of a node that dies before it lives
        assert await guard.told.get() == "watches 0"


@pytest.mark.parametrize(
    ("is_prepared", "code"), [(False, "guard_key"), (True, "guard_key")], ids=["no file", "wrong"]
)
async def test_a_guard_without_its_key_does_not_run(
    chain: Chain, tmp_path: Path, is_prepared: bool, code: str
) -> None:
    async with running(tmp_path, Wanted(), chain.outdoors) as visitor:
        await make(visitor)
        if is_prepared:
            await visitor.process.prepare_guard(Hidden("another passphrase"))
    with pytest.raises(CannotRun) as cannot:
        await Guarding(tmp_path, chain).process.run()
    assert cannot.value.code == code


async def test_where_no_wallet_is_there_is_nothing_to_guard(chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(CannotRun) as cannot:
        await Guarding(tmp_path, chain).process.run()
    assert cannot.value.code == "no_wallet"
