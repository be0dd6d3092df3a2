"""Whom to dial on the Bitcoin network, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from lnwallet_tui.chain.questions import Ending
from lnwallet_tui.p2p.addresses import PeerAddress


class Whom(Protocol):
    """Addresses are `host:port`: IPv6 in brackets, names of the Tor network as they are."""

    async def next(self, connected: Collection[str]) -> str | None:
        """Whom to dial now, nobody of `connected`; None: there is nobody. May ask the DNS."""
        ...

    def met(self, address: str, services: int, latency_ms: int | None) -> None:
        """It introduced itself, and will do; said again once it is known how fast it answers."""
        ...

    def failed(self, address: str) -> None:
        """Nobody answered there."""
        ...

    def ended(self, address: str, why: Ending) -> None:
        """The conversation is over."""
        ...

    def told(self, source: str, addresses: Sequence[PeerAddress]) -> None:
        """The peer at `source` says that there are these."""
        ...
