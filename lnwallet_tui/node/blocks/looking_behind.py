"""Reads the chain once more from its first block, for scripts that were looked for too late.

A wallet that is restored looks for so many addresses beyond the last one that was paid (the gap).
Addresses are paid in any order: where an earlier block paid one that was still beyond the gap, the
block that moves the gap comes too late. So the scripts that such a block adds are written down, and
once all blocks are read these alone are looked for again, from the first block on. What that finds
may move the gap once more; then it is done again, for those that are new.

It goes on beside the reading of new blocks, which wait for nothing. Only where the two meet, at the
newest block, what was found is told, all of it at once: a coin is not told of before its spending
is known. How far it came is kept, so that a start goes on from there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from lnwallet_tui.api.chain import ChainStage
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.blocks import BlockConnected, ChainEvent
from lnwallet_tui.chain.watch import ChainBroken, Fact, Follower, ScriptPaid, Watch
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store import look_behind as stored
from lnwallet_tui.store.chain import fact_of, rows_of
from lnwallet_tui.store.damage import OnDamage
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.look_behind import FoundRow, Place

KEPT_EVERY: Final = 1_000
"""Blocks: some seconds of reading, which a crash would cost."""
_DEEP: Final = 144
"""A place so far below the newest block does not leave the chain."""
_LOOK_MS: Final = 1_000
_AGAIN_MS: Final = 10_000
"""After a disk that was full, or a source that contradicted itself."""


class LookedFor:
    """What is still to be looked for behind."""

    def __init__(self, store: Store, damaged: OnDamage) -> None:
        self.scripts = stored.load(store, damaged)

    def add(self, tx: Transaction, script: bytes) -> None:
        """One more; durable with `tx`."""
        self._become(tx, (*self.scripts, script))

    def add_all(self, tx: Transaction, scripts: Iterable[bytes]) -> None:
        """Those of them that are not looked for already."""
        more = dict.fromkeys((*self.scripts, *scripts))
        if len(more) > len(self.scripts):
            self._become(tx, tuple(more))

    def done(self, tx: Transaction, scripts: tuple[bytes, ...]) -> None:
        """These were."""
        self._become(tx, tuple(one for one in self.scripts if one not in set(scripts)))

    def _become(self, tx: Transaction, scripts: tuple[bytes, ...]) -> None:
        before = self.scripts

        def restore() -> None:
            self.scripts = before

        tx.undo(restore)
        self.scripts = scripts
        stored.save(tx, scripts)


@dataclass(slots=True)
class Found:
    """What the blocks up to `follower.height` say of `scripts`; `times` are of those blocks that
    say anything. Of scripts that `newest` knows from outputs alone, it is those that are looked
    for: what is paid to them is not the wallet's."""

    scripts: tuple[bytes, ...]
    follower: Follower
    times: dict[int, int] = field(default_factory=dict)

    @classmethod
    def begun(cls, scripts: tuple[bytes, ...], newest: Follower) -> Found:
        """Nothing yet."""
        wanted = set(scripts).difference(newest.scripts)
        watches = {at: one for at, one in newest.watches.items() if one.script in wanted}
        of_outputs = {one.script for one in watches.values()}
        paid = dict.fromkeys(script for script in scripts if script not in of_outputs)
        return cls(scripts, Follower(watches=watches, scripts=paid))

    @classmethod
    def resumed(cls, place: Place, newest: Follower) -> Found:
        """As it was kept."""
        found = cls.begun(place.scripts, newest)
        found.follower.blocks[place.height] = place.block_hash
        txs = dict[bytes, Tx]()
        for row in place.found:
            found._again(fact_of(row.fact, row.height, txs), row.time)
        return found

    def _again(self, fact: Fact, time: int) -> None:
        facts = self.follower.facts
        facts[fact.height] = (*facts.get(fact.height, ()), fact)
        self.times[fact.height] = time
        if isinstance(fact, ScriptPaid):
            at, script = fact.outpoint, fact.output.script_pubkey
            watch = Watch(at, script, at, since=fact.height)
            self.follower.watches.setdefault(at, watch)
        else:
            self.follower.descend_again(fact.tx, fact.height)

    def place(self) -> Place:
        """To be kept."""
        height = self.follower.height
        rows = tuple(
            FoundRow(at, self.times[at], row)
            for at, facts in self.by_height()
            for row in rows_of(facts)
        )
        return Place(self.scripts, height, self.follower.blocks[height], rows)

    def read(self, event: ChainEvent) -> None:
        """One block more or less. Raises `ChainBroken`."""
        self.follower.apply(self.follower.judge(event))
        if isinstance(event, BlockConnected) and self.follower.facts.get(event.height):
            self.times[event.height] = event.time

    def by_height(self) -> list[tuple[int, tuple[Fact, ...]]]:
        """Ascending."""
        return sorted(self.follower.facts.items())


class LookingBehind:
    """Reads beside `newest`, which follows the chain, as long as there is anything in `looked_for`.
    `take` tells what was found up to the newest block, and notes it as done."""

    def __init__(
        self,
        shell: Shell,
        looked_for: LookedFor,
        newest: Follower,
        take: Callable[[Found], None],
    ) -> None:
        self._shell, self._looked_for, self._newest, self._take = shell, looked_for, newest, take
        self._is_under_way = False

    def start(self) -> None:
        """Unless there is nothing to look for, or it is looked for already."""
        if self._looked_for.scripts and not self._is_under_way:
            self._is_under_way = True
            self._shell.tasks.start(self._run(), "looking behind")

    async def _run(self) -> None:
        try:
            while self._looked_for.scripts:
                if not self._has_read_all():
                    await self._a_while(_LOOK_MS)
                elif not await self._read():
                    await self._a_while(_AGAIN_MS)
        finally:
            self._is_under_way = False

    async def _a_while(self, milliseconds: int) -> None:
        clock = self._shell.ports.clock
        await clock.sleep_until(clock.now_ms() + milliseconds)

    def _has_read_all(self) -> bool:
        """What the first reading finds may be looked for behind as well, and is better read once
        for all."""
        chain = self._shell.ports.chain.view()
        return chain.stage is ChainStage.CAUGHT_UP and self._newest.height >= chain.filters

    async def _read(self) -> bool:
        """Whether it was read up to the newest block, and told."""
        found = self._begun()
        said = f"reading the chain once more, for {len(found.scripts)} addresses"
        self._shell.log.info("chain", said)
        known, scripts = found.follower.known(), frozenset(found.scripts)
        try:
            async with aclosing(self._shell.ports.chain.read_beside(known, scripts)) as events:
                return await self._read_on(found, events)
        except ChainBroken:  # a reorganisation took even that place away
            self._change(stored.forget_place)
        except StoreError as error:
            self._shell.crashed(error)
        return False

    def _begun(self) -> Found:
        place = stored.load_place(self._shell.store)
        if place is None or not set(place.scripts) <= set(self._looked_for.scripts):
            return Found.begun(self._looked_for.scripts, self._newest)
        return Found.resumed(place, self._newest)

    async def _read_on(self, found: Found, events: AsyncIterator[ChainEvent]) -> bool:
        follower, newest = found.follower, self._newest
        kept_at = follower.height
        async for event in events:
            found.read(event)
            if kept_at + KEPT_EVERY <= follower.height <= newest.height - _DEEP:
                kept_at = follower.height
                self._change(partial(stored.save_place, place=found.place()))
            while follower.height > newest.height:  # it was told of a new block before the other
                await self._a_while(_LOOK_MS)
            height = follower.height
            if height == newest.height and follower.blocks[height] == newest.blocks[height]:
                self._shell.turns.take(partial(self._take, found))
                return found.scripts[0] not in self._looked_for.scripts
        return False

    def _change(self, change: Callable[[Transaction], None]) -> None:
        """A disk that does not take it costs a crash some blocks more."""
        try:
            with self._shell.store.transaction() as tx:
                change(tx)
        except StoreError as error:
            self._shell.log.error("chain", "how far old blocks were read is not kept", error)
