"""The connections over which our transactions go, open as long as there is one to tell of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from itertools import count
from typing import Final

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.blocks import ChainEvent
from lnwallet_tui.chain.broadcasts import Stage
from lnwallet_tui.light.broadcasting import TOLD, Broadcaster
from lnwallet_tui.light.lines import Lines
from lnwallet_tui.light.outside import Outside
from lnwallet_tui.node.tasks import Tasks

_TICK_MS: Final = 5_000


class Announcing:
    """Until `close`. Those of whom the chain is read, `readers`, are told only where there are no
    others."""

    def __init__(
        self,
        outside: Outside,
        on_crash: Callable[[Exception], None],
        numbers: count[int],
        readers: Callable[[], Collection[str]],
    ) -> None:
        self._clock = outside.clock
        self._lines = Lines(
            TOLD, outside.whom, outside.dial, outside.clock, self, on_crash, numbers, readers
        )
        self._tasks = Tasks(on_crash)
        self._wanted = asyncio.Event()
        self._broadcaster = Broadcaster(
            outside.network,
            outside.user_agent,
            lambda: int.from_bytes(outside.dice.bytes(8), "big"),
            self._lines,
        )
        self._is_started = False

    def publish(self, txs: tuple[Tx, ...]) -> None:
        """Tell of these."""
        self._broadcaster.publish(txs, self._clock.now_ms())
        self._look()

    def chain_moved(self, event: ChainEvent) -> None:
        """A block came or left."""
        self._broadcaster.chain_moved(event)
        self._look()

    def stage_of(self, txid: bytes) -> Stage | None:
        """How far it came."""
        found = self._broadcaster.of(txid)
        return None if found is None else found.stage

    async def close(self) -> None:
        """Tell of nothing any more."""
        await self._tasks.stop()
        await self._lines.close()

    def opened(self, number: int, address: str) -> None:
        """A connection is open."""
        self._broadcaster.opened(number, address, self._clock.now_ms())

    def received(self, number: int, data: bytes) -> None:
        """Bytes came."""
        self._broadcaster.received(number, data, self._clock.now_ms())

    def _look(self) -> None:
        if self._broadcaster.is_busy(self._clock.now_ms()):
            if not self._is_started:
                self._is_started = True
                self._tasks.start(self._go_on(), "announcing")
            self._wanted.set()

    async def _go_on(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            self._lines.start()
            while self._broadcaster.is_busy(self._clock.now_ms()):
                await self._clock.sleep_until(self._clock.now_ms() + _TICK_MS)
                self._broadcaster.tick(self._clock.now_ms())
            await self._lines.close()
            self._broadcaster.forget_peers()
