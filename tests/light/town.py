"""A town whose people follow the chain themselves: over simulated wires, from nodes of the Bitcoin
network, with compact filters."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.blocks import BlockConnected, ChainEvent
from lnwallet_tui.chain.questions import Ending
from lnwallet_tui.chain.sync_peers import Work
from lnwallet_tui.light.outside import Outside
from lnwallet_tui.light.source import LightChain
from lnwallet_tui.node.ports import ChainSource
from lnwallet_tui.p2p.addresses import PeerAddress
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.store.db import Store
from tests.light.bitcoin_nodes import BitcoinNodes
from tests.node.town import MINUTE_MS, Town

NODES: Final = 3


class Inline:
    """Work is done at once. Implements `Workplace`."""

    async def run(self, work: Work) -> object:
        """Here."""
        return work.run()

    def rest(self) -> None:
        """Always."""

    def another(self) -> Inline:
        """There is nothing that could be held up."""
        return self

    def close(self) -> None:
        """Nothing to close."""


class These:
    """Implements `Whom`: some addresses, in their order."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = list(addresses)
        self.ends: list[tuple[str, Ending]] = []
        self.in_vain: list[str] = []
        self.heard: Counter[str] = Counter()

    async def next(self, connected: Collection[str]) -> str | None:
        """The first that is free."""
        return next((one for one in self.addresses if one not in connected), None)

    def met(self, address: str, services: int, latency_ms: int | None) -> None:
        """Well."""

    def failed(self, address: str) -> None:
        """Nobody there."""
        self.in_vain.append(address)

    def ended(self, address: str, why: Ending) -> None:
        """It is over."""
        self.ends.append((address, why))

    def told(self, source: str, addresses: Sequence[PeerAddress]) -> None:
        """We know whom we know; by whom so many others were told of is counted."""
        self.heard[source] += len(addresses)


class LightTown(Town):
    """See above; `lights` are the views of the chain by name."""

    def __init__(self, folder: Path, seed: bytes = b"light town", nodes: int = NODES) -> None:
        super().__init__(folder, seed)
        self.bitcoin = BitcoinNodes(self.regtest.chain, self.regtest.mempool, self.wires, nodes)
        self.lights: dict[str, LightChain] = {}
        self.whom: dict[str, These] = {}
        self.complaints: list[str] = []
        self.is_one_named = False
        self._stores: dict[str, Store] = {}

    def _source(self, name: str) -> ChainSource:
        self.lights[name] = self.light(name, self._birthday)
        return self.lights[name]

    def light(self, name: str, birthday: int) -> LightChain:
        """A view of the chain."""
        whom = self.whom.setdefault(name, These(self.bitcoin.addresses))
        outside = Outside(
            network=Network.REGTEST,
            birthday=birthday,
            whom=whom,
            dial=lambda address: self.wires.connect(name, address),
            clock=self.clock,
            dice=SeededDice(self._seed, f"light {name} {self._starts}"),
            complain=self._complain,
            workers=Inline(),
            is_one_named=self.is_one_named,
        )
        if name in self._stores:
            self._stores[name].close()
        self._stores[name] = Store(self._folder / name / "chain")
        return LightChain(self._stores[name], outside)

    def close_stores(self) -> None:
        """Of those who have no node."""
        for store in self._stores.values():
            store.close()
        self._stores.clear()

    def _complain(self, words: str, error: Exception) -> None:
        self.complaints.append(f"{words}: {error!r}")

    async def stop(self, name: str) -> None:
        """End a node and its view of the chain."""
        await super().stop(name)
        await self.lights[name].close()
        self._stores.pop(name).close()


class Reader:
    """Follows the chain for nobody, and remembers what it was told."""

    def __init__(self, town: LightTown, birthday: int) -> None:
        self.town, self.light = town, town.light("reader", birthday)
        self.told: list[ChainEvent] = []
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def begun(cls, town: LightTown, blocks: int = 1) -> Reader:
        """One that has read the newest blocks of a new chain."""
        await town.regtest.begin()
        reader = cls(town, town.regtest.chain.height + 1 - blocks)
        await reader.read()
        return reader

    async def read(self, known: Sequence[tuple[int, bytes]] = ()) -> list[ChainEvent]:
        """All that follows these, up to the newest block of the town; it goes on by itself."""
        if self._task is not None:
            self._task.cancel()
        self.told = []
        self._task = asyncio.create_task(self._follow(known), name="reader")
        assert await self.town.clock.wait_for(self.is_up_to_date, MINUTE_MS)
        return self.told

    def is_up_to_date(self) -> bool:
        """Whether it was told of the newest block."""
        last = self.told[-1] if self.told else None
        tip = self.town.regtest.chain.tip.hash
        return isinstance(last, BlockConnected) and last.block_hash == tip

    async def _follow(self, known: Sequence[tuple[int, bytes]]) -> None:
        async for event in self.light.follow(known):
            self.told.append(event)

    async def end(self) -> None:
        """End it and its town."""
        assert self._task is not None
        await self.light.close()
        await self._task  # the source ended
        self.town.close_stores()
        self.town.regtest.close()
