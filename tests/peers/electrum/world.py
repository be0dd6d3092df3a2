"""The world of `tests.peers.ldk.world`, with what Electrum needs: an index, and today's date."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.playground.policy_package import Outcome
from tests.peers.electrum.index import ScriptIndex
from tests.peers.ldk import world


class World(world.World):
    """It is now: Electrum neither pays nor forwards while the newest block is eight hours old.

    Those in `mempool_watchers` are called whenever somebody has published something.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__(engine, folder, int(time.time()))
        self.index = ScriptIndex(self.chain, self.mempool)
        self.mempool_watchers: list[Callable[[], None]] = []

    def publish(self, who: str, txs: Sequence[Tx]) -> tuple[Outcome, ...]:
        """As there; then the servers hear of it."""
        outcomes = super().publish(who, txs)
        for watcher in self.mempool_watchers:
            watcher()
        return outcomes
