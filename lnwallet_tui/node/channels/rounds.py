"""How often peers propose channels: a proposal costs them nothing, and us keys and a row."""

from __future__ import annotations

from collections import deque
from typing import Final

from lnwallet_tui.policy import MOST_PROPOSALS, MOST_PROPOSALS_OF_STRANGERS

_HOUR: Final = 3_600


class Rounds:
    """Those of the last hour that were answered."""

    def __init__(self) -> None:
        self._begun: deque[tuple[int, bytes, bool]] = deque()  # when, by whom, whether a stranger

    def are_enough(self, now: int, peer_id: bytes, *, named: bool) -> bool:
        """Whether no more is to be answered for the moment."""
        while self._begun and self._begun[0][0] <= now - _HOUR:
            self._begun.popleft()
        of_peer = sum(one == peer_id for _, one, _ in self._begun)
        of_strangers = 0 if named else sum(is_stranger for _, _, is_stranger in self._begun)
        return of_peer >= MOST_PROPOSALS or of_strangers >= MOST_PROPOSALS_OF_STRANGERS

    def begin(self, now: int, peer_id: bytes, *, named: bool) -> None:
        """One more is answered."""
        self._begun.append((now, peer_id, not named))
