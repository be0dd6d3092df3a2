"""The connections over which our transactions go, open as long as there is one to tell of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from itertools import count
from typing import Final

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.blocks import BlockConnected, ChainEvent
from lnwallet_tui.chain.broadcasts import Broadcasted, Stage
from lnwallet_tui.light.broadcasting import TOLD, Broadcaster
from lnwallet_tui.light.lines import Lines
from lnwallet_tui.light.outside import Outside
from lnwallet_tui.node.blocks.waiting_port import Heard
from lnwallet_tui.node.ports import BroadcastResult
from lnwallet_tui.node.tasks import Tasks

_TICK_MS: Final = 5_000


class Announcing:
    """Until `close`. Those who are `avoided` serve us filters: they learn which transactions are
    ours only where there is nobody else to tell. `height` is that of the newest header."""

    def __init__(
        self,
        outside: Outside,
        on_crash: Callable[[Exception], None],
        numbers: count[int],
        avoided: Callable[[], Collection[str]],
        height: Callable[[], int],
    ) -> None:
        self._clock, self._height = outside.clock, height
        self._lines = Lines(
            TOLD, outside.whom, outside.dial, outside.clock, self, on_crash, numbers, avoided
        )
        self._tasks = Tasks(on_crash)
        self._wanted = asyncio.Event()
        self._broadcaster = Broadcaster(
            outside.network,
            outside.user_agent,
            lambda: int.from_bytes(outside.dice.bytes(8), "big"),
            self._lines,
            is_one_named=outside.is_one_named,
        )
        self._read_to = -1
        self._is_started = False
        self._looks_at: int | None = None
        self._told_of = (0, 0)
        self._changed = asyncio.Event()

    @property
    def taken(self) -> frozenset[str]:
        """Whom we tell, or will."""
        return self._lines.taken

    def publish(self, txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
        """Tell of these. Whom a block made impossible is refused; nobody else says no."""
        self._broadcaster.publish(txs, self._clock.now_ms())
        self._look()
        return tuple(self._result(tx) for tx in txs)

    def _result(self, tx: Tx) -> BroadcastResult:
        known = self.how_far(tx.txid)
        if known is not None and known.stage is Stage.CONFLICTED:
            why = "a block has another transaction that spends the same coin"
            return BroadcastResult(tx.txid, accepted=False, reason=why)
        return BroadcastResult(tx.txid, accepted=True)

    def chain_moved(self, event: ChainEvent) -> None:
        """A block came or left. One that is told once more, because more is looked for in it, says
        nothing new of what is under way."""
        if isinstance(event, BlockConnected):
            if event.height <= self._read_to:
                return
            self._read_to = event.height
        else:
            self._read_to = event.height - 1
        self._broadcaster.chain_moved(event)
        self._look()

    def how_far(self, txid: bytes) -> Broadcasted | None:
        """As `WaitingSource.how_far`."""
        found = self._broadcaster.of(txid)
        return None if found is None else found.so_far

    def listen(self, scripts: frozenset[bytes]) -> None:
        """As `WaitingSource.listen`."""
        self._broadcaster.hearing.listen(scripts)
        self._look()

    def heard(self) -> tuple[Heard, ...]:
        """As `WaitingSource.heard`."""
        return self._broadcaster.hearing.heard(self._clock.now_ms())

    async def changed(self) -> None:
        """As `WaitingSource.waiting_changed`."""
        await self._changed.wait()
        self._changed.clear()

    async def close(self) -> None:
        """Tell of nothing any more."""
        await self._tasks.stop()
        await self._lines.close()

    def opened(self, number: int, address: str) -> None:
        """A connection is open."""
        self._broadcaster.opened(number, address, self._clock.now_ms(), self._height())
        self._tell()

    def received(self, number: int, data: bytes) -> None:
        """Bytes came."""
        self._broadcaster.received(number, data, self._clock.now_ms())
        self._tell()
        due = self._broadcaster.alone_until
        if due is not None and due != self._looks_at:
            self._looks_at = due
            self._tasks.start(self._look_again(due), "a node that would listen")

    async def _look_again(self, at_ms: int) -> None:
        await self._clock.sleep_until(at_ms)
        self._broadcaster.tick(self._clock.now_ms())
        self._tell()

    def _tell(self) -> None:
        known = self._broadcaster.version, self._broadcaster.hearing.version
        if known != self._told_of:
            self._told_of = known
            self._changed.set()

    def _look(self) -> None:
        self._tell()
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
                self._tell()
            await self._lines.close()
            self._broadcaster.forget_peers()
