"""A node's view of the Bitcoin network: implements `node.ports.ChainSource` over `chain.sync`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import count

from lnwallet_tui.api.chain import ChainView
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.blocks import ChainEvent
from lnwallet_tui.chain.broadcasts import Broadcasted
from lnwallet_tui.chain.questions import FloorTold
from lnwallet_tui.chain.sync import PeerProgress
from lnwallet_tui.chain.sync_peers import Effect, HangUp, Tell
from lnwallet_tui.light.announcing import Announcing
from lnwallet_tui.light.beside import Beside
from lnwallet_tui.light.fees import Fees
from lnwallet_tui.light.header_keeper import HeaderKeeper
from lnwallet_tui.light.outside import Outside
from lnwallet_tui.light.pace import Pace
from lnwallet_tui.light.reading import Reading
from lnwallet_tui.light.useless import Remembered
from lnwallet_tui.light.views import chain_view, node_view
from lnwallet_tui.light.words import verifiers, waiting_for
from lnwallet_tui.node.blocks.waiting_port import Heard
from lnwallet_tui.node.ports import BroadcastResult, FeeReading
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import HeadersDamaged, StoreError


class LightChain(Reading):
    """Open from the start until `close`; `store` is its own, in which nothing is kept that could
    not be had again. Raises `StoreError` if headers cannot be kept there."""

    def __init__(self, store: Store, outside: Outside) -> None:
        self._keeper = HeaderKeeper(store, outside.network, self._disk_failed)
        self._fees = Fees(outside.network, store, self._disk_failed)
        self._moved = asyncio.Event()
        self._pace = Pace()
        self._remembered = Remembered(outside.whom, outside.clock)
        self._besides: set[Beside] = set()
        numbers = count()
        super().__init__(
            outside, self._remembered, self._keeper, numbers, lambda: self._announcing.taken
        )
        self._announcing = Announcing(
            outside,
            self._crashed,
            numbers,
            lambda: self._lines.taken,
            lambda: max(self._reach()[1], 0),
        )

    async def close(self) -> None:
        """Hang up, and keep what came."""
        for beside in tuple(self._besides):
            await beside.close()
        await super().close()
        await self._announcing.close()
        self._keeper.close()

    # -- the port

    async def read_beside(
        self, known: Sequence[tuple[int, bytes]], scripts: frozenset[bytes]
    ) -> AsyncGenerator[ChainEvent, None]:
        """As `ChainSource.read_beside`: over connections of its own, and with processes of its
        own."""
        beside = Beside(self._outside, self._remembered, self._keeper, lambda: self._all_taken)
        self._besides.add(beside)
        beside.watch(scripts)
        try:
            async with aclosing(beside.follow(known)) as events:
                async for event in events:
                    yield event
        except HeadersDamaged as error:
            self._crashed(error)  # they are mended where all begin anew
            raise
        finally:
            self._besides.discard(beside)
            await beside.close()

    async def broadcast(self, txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
        """As `ChainSource.broadcast`. Nobody on the network says no, so nothing is refused but what
        a block made impossible."""
        return self._announcing.publish(txs)

    def how_far(self, txid: bytes) -> Broadcasted | None:
        """As `WaitingSource.how_far`."""
        return self._announcing.how_far(txid)

    def listen(self, scripts: frozenset[bytes]) -> None:
        """As `WaitingSource.listen`: see `light.hearing` for what it costs."""
        self._announcing.listen(scripts)

    def heard(self) -> tuple[Heard, ...]:
        """As `WaitingSource.heard`."""
        return self._announcing.heard()

    async def waiting_changed(self) -> None:
        """As `WaitingSource.waiting_changed`."""
        await self._announcing.changed()

    def feerate_per_kw(self, target_blocks: int) -> int:
        """As `ChainSource.feerate_per_kw`."""
        return self._fees.per_kw(target_blocks, *self._reach())

    def feerate_readings(self) -> tuple[FeeReading, ...]:
        """As `ChainSource.feerate_readings`; without what is a guess."""
        return self._fees.readings(*self._reach())

    def verified_by(self) -> int:
        """As `ChainSource.verified_by`."""
        return 0 if self._sync is None else self._sync.progress().verified_by

    def waiting_for(self) -> str:
        """As `ChainSource.waiting_for`."""
        return waiting_for(
            self.progress(),
            self._now,
            self._remembered.refusal(),
            self._outside.named,
            any_failed=bool(self._remembered.newest()),
        )

    def name(self) -> str:
        """As `ChainSource.name`."""
        return verifiers(self.verified_by())

    async def changed(self) -> None:
        """As `ChainSource.changed`."""
        await self._moved.wait()
        self._moved.clear()

    def view(self) -> ChainView:
        """As `ChainSource.view`."""
        progress = self.progress()
        nodes = []
        if self._sync is not None and progress is not None:
            for one in self._sync.peers():
                address = self._lines.address_of(one.number)
                if one.is_ready and address is not None:
                    since = self._lines.since(one.number)
                    nodes.append(node_view(address, one, since, progress.verified_to))
        return chain_view(
            self._outside.network,
            progress,
            nodes,
            self._remembered.newest(),
            self._remembered.refusal(),
            self._outside.named,
            self._pace,
            self._now,
        )

    def try_others(self) -> bool:
        """As `ChainSource.try_others`."""
        self._lines.try_others()
        return True

    # -- for those who look into it

    def peers(self) -> tuple[tuple[str, PeerProgress], ...]:
        """Each that is connected, with its address."""
        if self._sync is None:
            return ()
        named = ((self._lines.address_of(one.number), one) for one in self._sync.peers())
        return tuple((address, one) for address, one in named if address is not None)

    # -- going on

    def _perform(self) -> None:
        super()._perform()
        self._moved.set()
        progress = self.progress()
        if progress is not None and self._pace.is_due(self._now):
            self._pace.note(progress, self._now)

    def _do(self, effect: Effect) -> None:
        if isinstance(effect, HangUp):
            self._fees.lost(effect.peer)
        super()._do(effect)

    def _hear(self, told: Tell) -> None:
        if isinstance(told.what, FloorTold):
            self._fees.heard(told.peer, told.what.sat_per_kvb, self._now // 1_000)
        super()._hear(told)

    def _crashed(self, error: Exception) -> None:
        super()._crashed(error)
        self._moved.set()

    def _disk_failed(self, error: StoreError) -> None:
        self._outside.complain("keeping what blocks say", error)

    def _next_event(self) -> ChainEvent | None:
        event = super()._next_event()
        if event is not None:
            self._fees.chain_moved(event)
            self._announcing.chain_moved(event)
        return event

    # -- small questions

    @property
    def _all_taken(self) -> frozenset[str]:
        return self._lines.taken | self._announcing.taken

    def _reach(self) -> tuple[dict[int, int], int]:
        if self._sync is None:
            return {}, -1
        reach = {one.number: one.reach for one in self._sync.peers()}
        return reach, self._sync.progress().headers
