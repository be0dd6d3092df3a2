"""The whole light node (`light`) over loopback TCP: its own folder, its processes, real time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected, ChainEvent
from lnwallet_tui.chain.watch import Follower, ScriptPaid
from lnwallet_tui.light.outside import Outside
from lnwallet_tui.light.source import LightChain
from lnwallet_tui.light.workers import Workers
from lnwallet_tui.net.link import Link
from lnwallet_tui.net.tcp import DialError, dial
from lnwallet_tui.node.ports import DialFailed
from lnwallet_tui.store.db import Store
from tests.bitcoin_node.clock import Clock
from tests.light.town import These
from tests.peers.ldk.clock import RunningClock

PATIENCE_SECONDS: Final = 120.0


class SystemDice:
    """The operating system's. Implements `node.ports.Dice`."""

    def bytes(self, count: int) -> bytes:
        """Random ones."""
        return os.urandom(count)


class LightReader:
    """Follows the chain as a node does. `follower` may be one that stood somewhere before; time
    passes for it `times` as fast as outside."""

    def __init__(
        self, store: Store, addresses: Sequence[str], follower: Follower, times: int = 1
    ) -> None:
        self.follower, self.whom = follower, These(addresses)
        self.told: list[ChainEvent] = []
        self.complaints: list[str] = []
        outside = Outside(
            network=Network.REGTEST,
            birthday=0,
            whom=self.whom,
            dial=_dial,
            clock=RunningClock(Clock().now(), times),
            dice=SystemDice(),
            complain=lambda words, error: self.complaints.append(f"{words}: {error!r}"),
            workers=Workers(),
            is_one_named=len(addresses) == 1,
        )
        self.light = LightChain(store, outside)

    @classmethod
    @asynccontextmanager
    async def reading(
        cls,
        folder: Path,
        addresses: Sequence[str],
        scripts: Iterable[bytes] | Follower,
        times: int = 1,
    ) -> AsyncIterator[LightReader]:
        """One that goes on until the end of the block, and complains of nothing."""
        if isinstance(scripts, Follower):
            follower = scripts
        else:
            follower = Follower(scripts=dict.fromkeys(scripts))
        store = Store(folder)
        reader = cls(store, addresses, follower, times)
        following = asyncio.create_task(reader._follow(), name="reader of the light node")
        try:
            yield reader
            assert reader.complaints == []
        finally:
            await reader.light.close()
            await following
            store.close()

    async def read_to(self, height: int, block_hash: bytes) -> None:
        """Wait until that block was handed on, as the newest."""
        follower = self.follower
        await self.until(
            lambda: follower.height == height and follower.blocks.get(height) == block_hash
        )

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so, looking also while no block comes."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not is_so():  # noqa: ASYNC110  # not everything is told of
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise TimeoutError(f"{self.light.progress()}; {self.whom.ends}") from None

    @property
    def payments(self) -> list[ScriptPaid]:
        """What pays the scripts."""
        return [fact for fact in self.follower.all_facts() if isinstance(fact, ScriptPaid)]

    async def _follow(self) -> None:
        self.light.watch(self.follower.watched_scripts())
        async for event in self.light.follow(self.follower.known()):
            assert isinstance(event, BlockConnected | BlockDisconnected)
            self.told.append(event)
            delta = self.follower.judge(event)
            self.follower.apply(delta)
            if delta.happened:
                self.light.watch(self.follower.watched_scripts())


async def _dial(address: str) -> Link:
    try:
        return await dial(address)
    except DialError as error:
        raise DialFailed(str(error)) from None
