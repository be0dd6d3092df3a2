"""What a node needs to know of transactions that are in no block yet."""

from __future__ import annotations

from typing import Protocol

from lnwallet_tui.chain.broadcasts import Broadcasted


class WaitingSource(Protocol):
    """A view of what waits for a block. Nothing it says is proved: only blocks decide."""

    def how_far(self, txid: bytes) -> Broadcasted | None:
        """How far a transaction that was broadcast came; None where the source knows nothing of it,
        as for one that confirmed long ago."""
        ...

    async def waiting_changed(self) -> None:
        """Returns when something of the above has changed since it returned last. One caller."""
        ...
