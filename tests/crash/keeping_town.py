"""Two nodes of which everything is remembered that either could publish."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.node.ports import BroadcastResult, ChainSource
from lnwallet_tui.playground.cheating import KeptState, kept_state
from tests.node.town import Town

VICTIM: Final = "ada"
PEER: Final = "ben"


class KeepingTown(Town):
    """Remembers what everybody hands to the network, taken or not, and keeps each signed state."""

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder, **more)
        self.handed_in: dict[str, list[Tx]] = {}
        self.kept: dict[str, dict[int, KeptState]] = {VICTIM: {}, PEER: {}}

    def _source(self, name: str) -> ChainSource:
        source: Any = super()._source(name)
        broadcast = source.broadcast

        async def overheard(txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
            self.handed_in.setdefault(name, []).extend(txs)
            return await broadcast(txs)  # type: ignore[no-any-return]  # the real one

        source.broadcast = overheard
        return source  # type: ignore[no-any-return]  # the real one, overheard

    def keep(self) -> None:
        """Keep the newest state of everybody's channel with both signatures."""
        for name, node in self.nodes.items():
            for channel in node.channel_states():
                number, kept = channel.our_number, self.kept[name]
                if number not in kept and channel.our_commitment.signature and not channel.is_dead:
                    kept[number] = kept_state(channel, node.channel_signer(channel.channel_id))


async def both(one: Coroutine[Any, Any, object], other: Coroutine[Any, Any, object]) -> None:
    """Two commands that begin together."""
    await asyncio.gather(one, other)
