"""Reads a source of blocks for a guard that has no node: one block, one look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.chain.blocks import ChainEvent
from lnwallet_tui.chain.filter_conflicts import outputs_seen
from lnwallet_tui.chain.watch import ChainBroken, Follower, Spent
from lnwallet_tui.node.ports import ChainSource, Clock
from lnwallet_tui.node.tasks import Tasks

_AGAIN_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a guard has of the outside."""

    chain: ChainSource
    clock: Clock

    def now(self) -> int:
        """Unix seconds."""
        return self.clock.now_ms() // 1000


class Following:
    """From `run` on, until that is cancelled. After each block `look` is called; `say` is told what
    goes wrong, and the next block is read all the same."""

    def __init__(
        self,
        follower: Follower,
        outlook: Outlook,
        look: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self._follower, self._outlook, self._look, self._say = follower, outlook, look, say
        self._tasks = Tasks(self.crashed)
        self.time = 0
        """Of the newest block, 0 while none was read in this run."""

    @property
    def height(self) -> int:
        """The newest block that was read, 0 before the first."""
        return max(self._follower.height, 0)

    def spends_of(self, root: OutPoint) -> tuple[Spent, ...]:
        """What spends an output and what descends from it."""
        return self._follower.spends_of(root)

    async def run(self) -> None:
        """For ever."""
        chain, clock = self._outlook.chain, self._outlook.clock
        self._look()
        try:
            while True:
                chain.watch(self._follower.watched_scripts())
                chain.know(outputs_seen(self._follower.all_facts()))
                async for event in chain.follow(self._follower.known()):
                    if not self._read(event):
                        break
                await clock.sleep_until(clock.now_ms() + _AGAIN_MS)
        finally:
            await self._tasks.stop()

    def publish(self, tx: Tx) -> None:
        """Hand a transaction to the network; again with each block, which harms nobody."""
        self._tasks.start(self._broadcast(tx), "broadcast")

    def crashed(self, error: Exception) -> None:
        """A bug of ours."""
        self._say(f"Something in the guard went wrong ({type(error).__name__}). Please report it.")

    def _read(self, event: ChainEvent) -> bool:
        """Whether the block joins what is known."""
        try:
            delta = self._follower.judge(event)
        except ChainBroken as error:
            self._say(f"The source of blocks contradicts itself: {error}.")
            return False
        self._follower.apply(delta)
        self.time = delta.time or self.time
        if delta.watched:
            self._outlook.chain.watch(frozenset(watch.script for watch in delta.watched))
        self._look()
        return True

    async def _broadcast(self, tx: Tx) -> None:
        await self._outlook.chain.broadcast((tx,))
