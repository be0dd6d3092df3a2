"""Follows the best chain over connections of its own, for one reader.

Everything happens on the loop, one thing after the other: bytes, timers and results of work go into
the `Sync`, and after each its effects go out. A bug of ours in there costs the connections, not the
node: after a moment it begins again with what is on disk.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Final, Protocol, assert_never

from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.chain.blocks import BlockConnected, ChainEvent
from lnwallet_tui.chain.questions import (
    AddressesTold,
    FloorTold,
    Introduced,
    TxsAnnounced,
    TxsWanted,
)
from lnwallet_tui.chain.settled_filters import Alone
from lnwallet_tui.chain.sync import PEERS_WANTED, Beginning, Progress, Sync, Wait
from lnwallet_tui.chain.sync_peers import (
    Do,
    Effect,
    HangUp,
    RestartHeaders,
    SaveHeaders,
    Send,
    Tell,
)
from lnwallet_tui.chain.watch import BLOCKS_KEPT
from lnwallet_tui.light.address_ration import AddressRation
from lnwallet_tui.light.lines import Lines
from lnwallet_tui.light.outside import Outside
from lnwallet_tui.light.whom import Whom
from lnwallet_tui.node.tasks import Tasks
from lnwallet_tui.p2p.control import GetAddr

TICK_MS: Final = 5_000
"""We look at the clock at least so often; nothing here is in more of a hurry."""
AGAIN_MS: Final = 5_000
"""After a bug of ours."""


class Headers(Protocol):
    """Where the headers come from, and where they go."""

    def beginning(self, outside: Outside, known: Sequence[tuple[int, bytes]]) -> Beginning:
        """To go on after the blocks `known`. Raises `StoreError`."""
        ...

    def take(self, change: SaveHeaders | RestartHeaders, now_ms: int) -> None:
        """The chain changed."""
        ...

    def keep(self, alone: tuple[Alone, ...], now_ms: int) -> None:
        """So much was read by the word of one peer alone."""
        ...

    def flush(self, now_ms: int) -> None:
        """What came is to be durable."""
        ...


class Reading:
    """Open from the first `follow` until `close`. Whoever is `avoided` is asked only where there is
    nobody else."""

    def __init__(
        self,
        outside: Outside,
        whom: Whom,
        headers: Headers,
        numbers: Iterator[int] | None = None,
        avoided: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self._outside, self._whom, self._headers = outside, whom, headers
        self._workers = outside.workers
        self._tasks = Tasks(self._crashed)
        self._sync: Sync | None = None
        self._scripts: frozenset[bytes] = frozenset()
        self._seen: dict[OutPoint, bytes] = {}
        self._in_reading: tuple[tuple[int, Tx], ...] = ()
        self._handed_on: deque[tuple[int, bytes]] = deque(maxlen=BLOCKS_KEPT)
        self._services: dict[int, int] = {}
        self._rations: dict[int, AddressRation] = {}
        self._reader = 0
        self._news = asyncio.Event()
        self._begins_again_at: int | None = None
        self._keeps_at = 0
        self._lines = Lines(
            PEERS_WANTED,
            whom,
            outside.dial,
            outside.clock,
            self,
            self._crashed,
            count() if numbers is None else numbers,
            avoided,
        )

    @property
    def taken(self) -> frozenset[str]:
        """Whom it asks, or will."""
        return self._lines.taken

    async def close(self) -> None:
        """Hang up."""
        self._reader += 1
        self._news.set()
        if self._sync is not None:
            self._headers.keep(self._sync.alone(), self._now)
        await self._lines.close()
        await self._tasks.stop()
        self._workers.close()

    # -- following

    async def follow(self, known: Sequence[tuple[int, bytes]]) -> AsyncGenerator[ChainEvent, None]:
        """As `ChainSource.follow`; whoever followed before does not any more."""
        self._reader += 1
        reader = self._reader
        self._stand_after(known)
        self._start()
        while reader == self._reader:
            event = self._next_event()
            if event is None:
                self._news.clear()
                await self._news.wait()
            else:
                yield event
                # Whoever reads works a while for each block, and commits it; a thousand may be
                # ready at once, and others want their turn between them.
                await asyncio.sleep(0)

    def watch(self, scripts: frozenset[bytes]) -> None:
        """As `ChainSource.watch`."""
        self._scripts |= scripts
        self._turn(lambda sync: sync.watch(scripts, self._now))

    def know(self, outputs: Mapping[OutPoint, bytes]) -> None:
        """As `ChainSource.know`."""
        ours = {at: script for at, script in outputs.items() if script in self._scripts}
        self._seen.update(ours)

    def progress(self) -> Progress | None:
        """How far it is; None before anybody follows."""
        return None if self._sync is None else self._sync.progress()

    # -- told by the lines

    def opened(self, number: int, _address: str) -> None:
        """A connection is open."""
        nonce = int.from_bytes(self._outside.dice.bytes(8), "big")
        self._turn(lambda sync: sync.connected(number, nonce, self._now))

    def received(self, number: int, data: bytes) -> None:
        """Bytes came."""
        self._turn(lambda sync: sync.received(number, data, self._now))

    # -- beginning

    def _stand_after(self, known: Sequence[tuple[int, bytes]]) -> None:
        self._handed_on = deque(reversed(known), maxlen=BLOCKS_KEPT)
        if self._sync is not None and not self._sync.read_from(known, self._now):
            self._begin()

    def _start(self) -> None:
        if self._lines.is_started:
            return
        self._begin()
        self._lines.start()
        self._tasks.start(self._tick(), "light node's clock")

    def _begin(self) -> None:
        """With what is on disk. Raises `StoreError`."""
        self._lines.drop_all()
        known = tuple(reversed(self._handed_on))
        beginning = self._headers.beginning(self._outside, known)
        sync = Sync(beginning, self._below, self._now)
        sync.watch(self._scripts, self._now)
        sync.know(self._seen)
        self._sync, self._begins_again_at = sync, None

    def _below(self, most: int) -> int:
        return int.from_bytes(self._outside.dice.bytes(8), "big") % most

    @property
    def _now(self) -> int:
        return self._outside.clock.now_ms()

    # -- going on

    def _turn(self, what: Callable[[Sync], None]) -> None:
        if self._sync is None:
            return
        try:
            what(self._sync)
            self._perform()
        except Exception as error:
            self._crashed(error)

    def _perform(self) -> None:
        assert self._sync is not None
        while effects := self._sync.take_effects():
            for effect in effects:
                self._do(effect)
        self._news.set()

    def _do(self, effect: Effect) -> None:
        match effect:
            case Send():
                self._lines.send(effect.peer, effect.data)
            case HangUp():
                self._services.pop(effect.peer, None)
                self._rations.pop(effect.peer, None)
                self._lines.hang_up(effect.peer, effect.why)
            case SaveHeaders() | RestartHeaders():
                self._headers.take(effect, self._now)
            case Do():
                self._tasks.start(self._work(effect), "chain work")
            case Tell():
                self._hear(effect)
            case _:
                assert_never(effect)

    def _hear(self, told: Tell) -> None:
        assert self._sync is not None
        match told.what:
            case Introduced(services):
                self._services[told.peer] = services
                self._lines.met(told.peer, services)
                self._sync.tell(told.peer, GetAddr())
            case AddressesTold(addresses):
                ration = self._rations.setdefault(told.peer, AddressRation(self._now))
                heard = ration.share(addresses, self._now)
                if heard and (source := self._lines.address_of(told.peer)) is not None:
                    self._whom.told(source, heard)
            case FloorTold() | TxsAnnounced() | TxsWanted():
                pass  # these peers know nothing of our transactions
            case _:
                assert_never(told.what)

    async def _work(self, effect: Do) -> None:
        sync = self._sync
        result = await self._workers.run(effect.work)
        if sync is self._sync:
            self._turn(lambda same: same.done(effect.number, result, self._now))

    async def _tick(self) -> None:
        clock = self._outside.clock
        while True:
            due = None if self._sync is None else self._sync.next_deadline_ms()
            latest = clock.now_ms() + TICK_MS
            await clock.sleep_until(latest if due is None else min(due, latest))
            if self._begins_again_at is not None and self._now >= self._begins_again_at:
                self._try_to_begin()
            self._turn(self._look_at_clock)

    def _look_at_clock(self, sync: Sync) -> None:
        due = sync.next_deadline_ms()
        if due is not None and due <= self._now:
            sync.handle_timer(self._now)
        if self._now >= self._keeps_at:
            self._keeps_at = self._now + TICK_MS
            self._headers.keep(sync.alone(), self._now)
        if sync.progress().waits_for is Wait.NOTHING:
            self._workers.rest()
            self._headers.flush(self._now)
            self._note_latencies(sync)

    def _note_latencies(self, sync: Sync) -> None:
        for one in sync.peers():
            if one.latency_ms is not None and one.number in self._services:
                self._lines.met(one.number, self._services.pop(one.number), one.latency_ms)

    def _try_to_begin(self) -> None:
        try:
            self._begin()
        except Exception as error:
            self._crashed(error)

    def _crashed(self, error: Exception) -> None:
        """A bug of ours, or a disk that is gone: what is in memory is not to be trusted."""
        self._outside.complain("following the chain", error)
        self._sync = None
        self._lines.drop_all()
        self._begins_again_at = self._now + AGAIN_MS

    # -- handing on

    def _next_event(self) -> ChainEvent | None:
        self._note_outputs()
        event = self._event_of_sync()
        if event is not None:
            self._headers.flush(self._now)
            self._remember(event)
        return event

    def _event_of_sync(self) -> ChainEvent | None:
        if self._sync is None:
            return None
        try:
            event = self._sync.next_chain_event(self._now)
            self._perform()
        except Exception as error:
            self._crashed(error)
            return None
        return event

    def _remember(self, event: ChainEvent) -> None:
        if not isinstance(event, BlockConnected):
            self._handed_on.pop()
            return
        self._handed_on.append((event.height, event.block_hash))
        self._in_reading = event.txs

    def _note_outputs(self) -> None:
        """Of the block that was read: some are looked for only since they came."""
        for _, tx in self._in_reading:
            for index, output in enumerate(tx.outputs):
                if output.script_pubkey in self._scripts:
                    self._seen[OutPoint(tx.txid, index)] = output.script_pubkey
        self._in_reading = ()
