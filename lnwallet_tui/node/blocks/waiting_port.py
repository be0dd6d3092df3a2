"""What a node needs to know of transactions that are in no block yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.broadcasts import Broadcasted


@dataclass(frozen=True, slots=True)
class Heard:
    """A transaction of somebody's that pays us, of which so many `nodes` told, since then (Unix
    seconds)."""

    tx: Tx
    nodes: int
    since: int


class WaitingSource(Protocol):
    """A view of what waits for a block. Nothing it says is proved: only blocks decide."""

    def how_far(self, txid: bytes) -> Broadcasted | None:
        """How far a transaction that was broadcast came; None where the source knows nothing of it,
        as for one that confirmed long ago."""
        ...

    def listen(self, scripts: frozenset[bytes]) -> None:
        """Listen for payments to these from now on; none: no longer. It may cost traffic, and shows
        those who are listened to that somebody listens."""
        ...

    def heard(self) -> tuple[Heard, ...]:
        """What was heard, until a block has it or one that spends the same, or for a day."""
        ...

    async def waiting_changed(self) -> None:
        """Returns when something of the above has changed since it returned last. One caller."""
        ...
