"""Reads the chain once more from its first block, for scripts that were looked for too late.

A wallet that is restored looks for so many addresses beyond the last one that was paid (the gap).
Addresses are paid in any order: where an earlier block paid one that was still beyond the gap, the
block that moves the gap comes too late. So the scripts that such a block adds are written down, and
once all blocks are read these alone are looked for again, from the first block on. What that finds
may move the gap once more; then it is done again, for those that are new.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from lnwallet_tui.chain.blocks import BlockConnected, ChainEvent
from lnwallet_tui.chain.watch import ChainBroken, Fact, Follower
from lnwallet_tui.store import look_behind as stored
from lnwallet_tui.store.db import Store, Transaction


class LookedFor:
    """What is still to be looked for behind."""

    def __init__(self, store: Store) -> None:
        self.scripts = stored.load(store)

    def add(self, tx: Transaction, script: bytes) -> None:
        """One more; durable with `tx`."""
        self._become(tx, (*self.scripts, script))

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


@dataclass(frozen=True, slots=True)
class Found:
    """What a second reading of the chain says of `scripts`: the facts of each block that has any,
    in their order, and the block's time."""

    scripts: tuple[bytes, ...]
    follower: Follower
    times: dict[int, int]

    def by_height(self) -> list[tuple[int, tuple[Fact, ...]]]:
        """Ascending."""
        return sorted(self.follower.facts.items())


async def read_again(
    events: AsyncIterator[ChainEvent], scripts: tuple[bytes, ...], tip: tuple[int, bytes]
) -> Found | None:
    """Up to the block `tip`. None where that has left the chain meanwhile."""
    found = Found(scripts, Follower(scripts=dict.fromkeys(scripts)), {})
    follower = found.follower
    async for event in events:
        try:
            follower.apply(follower.judge(event))
        except ChainBroken:
            return None
        if isinstance(event, BlockConnected) and follower.facts.get(event.height):
            found.times[event.height] = event.time
        if follower.height >= tip[0]:
            break
    return found if follower.blocks.get(tip[0]) == tip[1] else None
