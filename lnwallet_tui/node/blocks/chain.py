"""Follows the chain: one block, one transaction, one turn (C23, C24).

What a block says is stored together with all that follows from it: the wallet's coins, the
channels' states, what the guard is about to publish. Old blocks that say nothing share a
transaction (`bundles`).
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import aclosing
from functools import partial
from typing import Final, Protocol

from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.chain.blocks import BlockConnected, ChainEvent
from lnwallet_tui.chain.filter_conflicts import outputs_seen
from lnwallet_tui.chain.watch import (
    ChainBroken,
    Delta,
    Fact,
    Follower,
    ScriptPaid,
    Spent,
    Watch,
)
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.named import is_closed_by
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.node.blocks.bundles import Bundle, in_bundles
from lnwallet_tui.node.blocks.looking_behind import Found, LookedFor, LookingBehind
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store import chain as stored
from lnwallet_tui.store import look_behind as stored_behind
from lnwallet_tui.store.damage import Kind
from lnwallet_tui.store.db import Transaction

GENERATIONS: Final = 2
"""Of a funding output: the commitment's outputs, and those of HTLC transactions that spend them."""
_OLD_SECONDS: Final = 2 * 3_600
"""A block's time may be so far off (Core: MAX_FUTURE_BLOCK_TIME); older ones are caught up with."""
_AGAIN_MS: Final = 10_000
"""After a disk that was full, or a source that contradicted itself."""


def spends_of(follower: Follower, channel: Channel) -> tuple[Spent, ...]:
    """What spends a channel's funding output and what descends from it, in the order of the
    chain."""
    spends = follower.spends_of(channel.funding.outpoint)
    return spends if spends and is_closed_by(channel, spends[0].tx) else ()


class Reader(Protocol):
    """Who is told what a block changes, inside its transaction."""

    def block_comes(self, tx: Transaction, block: BlockConnected) -> bool:
        """Before it is read: whether its transactions show that more is to be looked for."""
        ...

    def block_came(self, tx: Transaction, delta: Delta) -> None: ...
    def block_left(self, tx: Transaction, delta: Delta) -> None: ...
    def found_behind(self, tx: Transaction, facts: tuple[Fact, ...], time: int) -> None:
        """What a block of that time says of scripts that were looked for too late."""
        ...

    def block_seen(self, follower: Follower) -> None:
        """A block that could not be kept: what cannot wait is done from memory."""
        ...


class Chain:
    """Our place on the chain."""

    def __init__(self, shell: Shell, reader: Reader, scripts: tuple[bytes, ...]) -> None:
        self._shell = shell
        self._reader = reader
        damaged = shell.damaged.met
        self._follower: Follower = stored.load_follower(shell.store, scripts, damaged)
        self._time = stored.tip_time(shell.store)
        self._behind = LookedFor(shell.store, damaged)
        self._beside = LookingBehind(shell, self._behind, self._follower, self._take_found)
        self.version = 0
        """Goes up whenever what the chain says has changed."""
        self.version_of_old = 0
        """Goes up with it where that is about blocks that were read long ago."""
        self.is_held_up = False
        """Whether the newest block could not be committed: what it says is not counted yet."""

    # -- questions
    @property
    def height(self) -> int:
        """The newest block that we have processed, 0 before the first."""
        return max(self._follower.height, 0)

    @property
    def time(self) -> int:
        """Its time in Unix seconds, 0 before the first."""
        return self._time

    def spends_of(self, channel: Channel) -> tuple[Spent, ...]:
        """See `spends_of`."""
        return spends_of(self._follower, channel)

    def paid(self, scripts: Container[bytes]) -> tuple[ScriptPaid, ...]:
        """What was paid to these, which are looked for, and is not spent; oldest first."""
        facts = tuple(self._follower.all_facts())
        spent = {fact.outpoint for fact in facts if isinstance(fact, Spent)}
        return tuple(
            fact
            for fact in facts
            if isinstance(fact, ScriptPaid)
            and fact.output.script_pubkey in scripts
            and fact.outpoint not in spent
        )

    @property
    def looks_behind(self) -> bool:
        """Whether something is found that an earlier life of the wallet left, and more may be."""
        return bool(self._behind.scripts)

    # -- asking
    def watch(self, tx: Transaction, outpoint: OutPoint, script: bytes) -> None:
        """Tell about `outpoint` and its descendants; durable with `tx`."""
        known = self._follower.watches.get(outpoint)
        watch = self._follower.ask(outpoint, script, GENERATIONS)
        if watch is known:
            return

        def restore() -> None:
            if known is None:
                del self._follower.watches[outpoint]
            else:
                self._follower.watches[outpoint] = known

        tx.undo(restore)
        stored.save_watch(tx, watch)
        self._look_for(tx, script)

    def watch_funding(self, tx: Transaction, channel: Channel) -> None:
        """Tell about what happens to the funding output of a channel; durable with `tx`."""
        script = p2wsh(channel.params(Side.US).funding_script)
        self.watch(tx, channel.funding.outpoint, script)

    def forget_funding(self, tx: Transaction, channel: Channel) -> None:
        """Nothing came of the channel: nobody need be told of its output any more."""
        watch = self._follower.forget(channel.funding.outpoint)
        if watch is not None:
            tx.undo(partial(self._follower.watches.__setitem__, watch.outpoint, watch))
            stored.drop_watches(tx, (watch,))

    def spent_again(self, tx: Transaction, outpoint: OutPoint, by: Tx, height: int) -> None:
        """A channel knows what spends its funding output; the fact that says so may be damaged."""
        before = self._follower.facts.get(height, ())
        fact = self._follower.spent_again(outpoint, by, height)
        if fact is None:
            return

        def restore() -> None:
            self._follower.facts[height] = before

        tx.undo(restore)
        self.version += 1
        stored.add_first_fact(tx, fact)

    def descend_again(self, by: Tx, height: int) -> None:
        """What it made of outputs that are watched is watched too; rows that say so may be damaged.
        In memory, like all that is known again of watches."""
        self._follower.descend_again(by, height)

    def confirmed_again(self, tx: Transaction, by: Tx, height: int) -> None:
        """The wallet knows that it is in a block; facts that say what it spends may be damaged."""
        for txin in by.inputs:
            if txin.outpoint in self._follower.watches:
                self.spent_again(tx, txin.outpoint, by, height)

    def look_for(self, tx: Transaction, script: bytes) -> None:
        """Tell about everything that is paid to a script of the wallet."""
        if script in self._follower.scripts:
            return
        self._follower.scripts[script] = None

        def restore() -> None:
            del self._follower.scripts[script]

        tx.undo(restore)
        self._look_for(tx, script)

    def look_behind(self, tx: Transaction, script: bytes) -> None:
        """The same, and what was paid to it before is told as well, once all blocks are read."""
        if script not in self._follower.scripts:
            self.look_for(tx, script)
            self._behind.add(tx, script)
            tx.after(self._beside.start)

    def _look_for(self, tx: Transaction, script: bytes) -> None:
        tx.after(partial(self._shell.ports.chain.watch, frozenset({script})))

    # -- following
    def start(self) -> None:
        """Follow, from the last block that was committed. Raises `StoreError`."""
        if self._shell.damaged.has(Kind.COINS, Kind.FACT, Kind.LOOK_BEHIND):
            with self._shell.store.transaction() as tx:  # what the file has lost, the chain has
                self._behind.add_all(tx, self._lacking())
        self._shell.tasks.start(self._follow(), "chain")
        self._beside.start()

    def _lacking(self) -> Iterator[bytes]:
        """The scripts of what the damaged rows may have been about: of facts, all that is watched,
        for what spends an output of a closed channel is not told by anything else."""
        yield from self._follower.scripts
        if self._shell.damaged.has(Kind.FACT):
            for watch in self._follower.watches.values():
                yield watch.script

    async def _follow(self) -> None:
        """Begin anew whenever a block could not be processed: it is told again."""
        while True:
            self._shell.ports.chain.watch(self._follower.watched_scripts())
            self._shell.ports.chain.know(outputs_seen(self._follower.all_facts()))
            events = self._shell.ports.chain.follow(self._follower.known())
            async with aclosing(in_bundles(events, self._is_old)) as bundles:
                async for bundle in bundles:
                    self.is_held_up = not self._process(bundle)
                    if self.is_held_up:
                        break
            await self._go_on_from_memory()

    def _take_found(self, found: Found) -> None:
        with self._shell.store.transaction() as tx:
            self._behind.done(tx, found.scripts)
            stored_behind.forget_place(tx)
            if self._shell.damaged.has(Kind.FACT) and not self._behind.scripts:
                stored.drop_damaged_facts(tx)
            for height, facts in found.by_height():
                self._adopt_found(tx, height, facts)
            for watch in found.follower.watches.values():
                if watch.outpoint not in self._follower.watches:
                    self._watch_found(tx, watch)
            for height, facts in found.by_height():
                self._reader.found_behind(tx, facts, found.times[height])

    def _adopt_found(self, tx: Transaction, height: int, facts: tuple[Fact, ...]) -> None:
        before = self._follower.facts.get(height, ())
        # What came after a script was looked for, and before this reading, was told already; what
        # was known from elsewhere alone gets its place in the block.
        known = {(type(fact), fact.outpoint): fact for fact in before}
        known |= {(type(fact), fact.outpoint): fact for fact in facts}
        # What spends an output comes after what made it, also within a block.
        in_order = tuple(sorted(known.values(), key=lambda fact: fact.tx_index))
        if in_order == before:
            return

        def restore() -> None:
            self._follower.facts[height] = before
            self._has_changed_behind()

        tx.undo(restore)
        self._follower.facts[height] = in_order
        self._has_changed_behind()
        stored.replace_facts(tx, height, in_order)

    def _has_changed_behind(self) -> None:
        self.version += 1
        self.version_of_old += 1

    def _watch_found(self, tx: Transaction, watch: Watch) -> None:
        def restore() -> None:
            del self._follower.watches[watch.outpoint]

        tx.undo(restore)
        self._follower.watches[watch.outpoint] = watch
        stored.save_watch(tx, watch)

    def _is_old(self, block: BlockConnected) -> bool:
        return block.time + _OLD_SECONDS < self._shell.now()

    async def _go_on_from_memory(self) -> None:
        """Until the next attempt blocks are read and nothing is written: a cheat does not wait for
        a disk."""
        self.is_held_up = True
        clock = self._shell.ports.clock
        reading = self._shell.tasks.start(self._read_on(self._follower.copy()), "chain in memory")
        try:
            await clock.sleep_until(clock.now_ms() + _AGAIN_MS)
        finally:
            reading.cancel()

    async def _read_on(self, follower: Follower) -> None:
        async for event in self._shell.ports.chain.follow(follower.known()):
            self._shell.turns.take(partial(self._see, follower, event))

    def _see(self, follower: Follower, event: ChainEvent) -> None:
        try:
            follower.apply(follower.judge(event))
        except ChainBroken:
            return  # told when it was to be committed
        self._reader.block_seen(follower)

    def _process(self, bundle: Bundle) -> bool:
        """Whether it was committed."""
        before = self._follower.height
        self._shell.turns.take(partial(self._take_all, bundle))
        return self._follower.height != before

    def _take_all(self, bundle: Bundle) -> None:
        """Each is a part of one transaction."""
        if len(bundle) == 1:
            self._take(bundle[0])
            return
        with self._shell.store.transaction():
            for event in bundle:
                self._take(event)

    def _take(self, event: ChainEvent) -> None:
        try:
            delta = self._follower.judge(event)
        except ChainBroken as error:
            self._shell.notice(f"The source of blocks contradicts itself: {error}.", urgent=True)
            return
        with self._shell.store.transaction() as tx:
            if isinstance(event, BlockConnected) and self._reader.block_comes(tx, event):
                delta = self._follower.judge(event)
            self._adopt(tx, delta)
            if delta.connected:
                self._reader.block_came(tx, delta)
            else:
                self._reader.block_left(tx, delta)

    def _adopt(self, tx: Transaction, delta: Delta) -> None:
        before = self._time

        def restore() -> None:
            self._follower.revert(delta)
            self._time = before
            self.version += 1

        stored.save_delta(tx, delta)
        self._follower.apply(delta)
        self.version += 1
        if delta.connected:
            self._time = delta.time
        tx.undo(restore)
        words = f"block {delta.tip:,} {'came' if delta.connected else 'left the chain'}"
        tx.after(partial(self._shell.log.info, "chain", words))
        if delta.watched:
            scripts = frozenset(watch.script for watch in delta.watched)
            tx.after(partial(self._shell.ports.chain.watch, scripts))
