"""When to dial a peer again, and at which of its addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, Self, TypeVar

from lnwallet_tui.policy import FIRST_REDIAL_MS, LONGEST_REDIAL_MS, STABLE_MS

JITTER_PARTS: Final = 1 << 16
"""Jitter is given in these parts, so that no float is needed."""

_DOUBLINGS: Final = (LONGEST_REDIAL_MS // FIRST_REDIAL_MS).bit_length()

Address = TypeVar("Address")


@dataclass(frozen=True, slots=True)
class Reconnect(Generic[Address]):
    """Where a peer's dials stand. `address` after `delay_ms`; then `ended` says what came of it.

    All addresses are tried in turn, beginning with the one that worked last; only after a whole
    round of failures is there a wait.
    """

    addresses: Sequence[Address]
    first: int = 0
    failures: int = 0

    def address(self) -> Address:
        """The address to dial next."""
        return self.addresses[self._index()]

    def delay_ms(self, jitter: int) -> int:
        """How long to wait before that: nothing at first, then 1 s doubling to 5 min.

        `jitter` is random, 0 to `JITTER_PARTS` - 1, and takes up to a half off, so that the peers
        of a node that restarted do not come back all at once.
        """
        assert 0 <= jitter < JITTER_PARTS
        rounds, within = divmod(self.failures, len(self.addresses))
        if within or not rounds:
            return 0
        longest = min(LONGEST_REDIAL_MS, FIRST_REDIAL_MS << min(rounds - 1, _DOUBLINGS))
        return longest - longest * jitter // (2 * JITTER_PARTS)

    def ended(self, lived_ms: int = 0) -> Self:
        """The dial failed, or the connection ended that had lived so long."""
        if lived_ms < STABLE_MS:
            return replace(self, failures=self.failures + 1)
        return replace(self, first=self._index(), failures=len(self.addresses))

    def resumed(self) -> Self:
        """The machine woke, or its network came back: dial at once."""
        return replace(self, failures=0)

    def _index(self) -> int:
        return (self.first + self.failures) % len(self.addresses)
