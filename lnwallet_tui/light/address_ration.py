"""How many addresses a peer may tell: as many as answer our `getaddr`, and afterwards one now and
then. More would fill our time, and the address book with what a single peer likes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lnwallet_tui.p2p.addresses import MOST_ADDRESSES, PeerAddress

EACH_MS: Final = 10_000
"""Core: MAX_ADDR_RATE_PER_SECOND, a tenth; beside MAX_ADDR_PROCESSING_TOKEN_BUCKET, 1,000."""


class AddressRation:
    """Of one connection."""

    def __init__(self, now_ms: int) -> None:
        self._left, self._since = MOST_ADDRESSES, now_ms

    def share(self, told: Sequence[PeerAddress], now_ms: int) -> Sequence[PeerAddress]:
        """Those of them that are still heard."""
        grown = max(now_ms - self._since, 0) // EACH_MS
        self._since += grown * EACH_MS
        self._left = min(self._left + grown, MOST_ADDRESSES)
        heard = told[: self._left]
        self._left -= len(heard)
        return heard
