"""How much a peer may send that nobody asked for."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.p2p.codec import Message, Unknown, encode

UNASKED_BUDGET: Final = 2_000_000
"""Bytes a minute: one `inv` of the greatest length, or…"""
_COST: Final = 10_000
"""…200 small messages, since each counts for so many bytes."""
_MINUTE_MS: Final = 60_000


class Budget:
    """Of one peer; anew each minute."""

    def __init__(self, now_ms: int) -> None:
        self._minute, self._spent = now_ms, 0

    def forgive(self) -> None:
        """What was said brought us on; the minute begins anew."""
        self._spent = 0

    def pays_for(self, message: Message, now_ms: int) -> bool:
        """Whether there was enough left."""
        if now_ms >= self._minute + _MINUTE_MS:
            self._minute, self._spent = now_ms, 0
        size = len(message.payload) if isinstance(message, Unknown) else len(encode(message))
        self._spent += _COST + size
        return self._spent <= UNASKED_BUDGET
