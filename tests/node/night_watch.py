"""The guard without a node, in a town: it watches the folder of somebody whose node is off."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.node.guard.charges import Charges, read_charges
from lnwallet_tui.node.guard.following import Outlook
from lnwallet_tui.node.guard.guard_duty import GuardDuty
from lnwallet_tui.node.ports import BroadcastResult, ChainSource
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.store.db import DATABASE_NAME, Store
from lnwallet_tui.store.duty import FOLDER
from lnwallet_tui.store.lock import FolderLock
from lnwallet_tui.store.reader import reading
from tests.node.town import POLICY, Town


class NightWatch:
    """From `begin` to `end`; it can die at any moment in between (`kill`)."""

    def __init__(self, town: Town, name: str, seed: bytes = b"town") -> None:
        self.town, self.folder = town, town._folder / name
        self.said: list[GuardEntry] = []
        self.published: list[Tx] = []
        self.publishes = True
        keys = KeySchedule(Secret(SeededDice(seed, name).bytes(64)), Network.REGTEST)
        self.key = keys.guard_key()

    async def begin(self) -> None:
        """It has looked at all that the chain has by now."""
        self._lock = FolderLock(self.folder)
        self.charges = self.read()
        self.journal = Store(self.folder / FOLDER)
        source = self.town.regtest.source(0)
        self.duty = GuardDuty(
            self.charges,
            self.journal,
            NodeConfig(Network.REGTEST, policy=POLICY),
            Outlook(_overheard(source, self), self.town.clock),
            self.said.append,
        )
        self._task = asyncio.create_task(self.duty.run(), name="night watch")
        await self.town.clock.rest()

    def read(self) -> Charges:
        with reading(self.folder / DATABASE_NAME) as rows:
            return read_charges(rows, self.key)

    async def end(self) -> None:
        """It lets go of the wallet."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.journal.close()
        self._lock.release()

    async def die(self) -> None:
        """As it is killed: its files are as they lie there, and nothing is closed in order."""
        journal, left = self.folder / FOLDER, self.folder / "left"
        shutil.copytree(journal, left)
        await self.end()
        shutil.rmtree(journal)
        left.rename(journal)

    def texts(self) -> list[str]:
        return [entry.text for entry in self.said]


def _overheard(source: ChainSource, watch: NightWatch) -> ChainSource:
    """What is published is noted, and swallowed where the guard dies before."""
    broadcast = source.broadcast

    async def heard(txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
        if not watch.publishes:
            return tuple(BroadcastResult(tx.txid, accepted=True) for tx in txs)
        watch.published += txs
        return await broadcast(txs)

    source.broadcast = heard  # type: ignore[method-assign]  # overheard, or kept from others
    return source


def database(folder: Path) -> bytes:
    """The wallet's file, which the guard must not change."""
    return (folder / DATABASE_NAME).read_bytes()
