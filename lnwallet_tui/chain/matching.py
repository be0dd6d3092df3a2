"""Whether blocks may concern us, by their filters."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.chain.filters import BasicFilter, FilterError


@dataclass(frozen=True, slots=True)
class Match:
    """Work: the hashes of the blocks that may concern the scripts. A filter that is none, whoever
    vouched for it, hides nothing: its block is read."""

    filters: tuple[BasicFilter, ...]
    scripts: frozenset[bytes]

    @property
    def effort(self) -> int:
        """How long it takes, in some 100 nanoseconds: for each byte, and each script each time."""
        return sum(map(len, (one.data for one in self.filters))) + len(self.filters) * len(
            self.scripts
        )

    def run(self) -> frozenset[bytes]:
        """Milliseconds a block."""
        return frozenset(one.block_hash for one in self.filters if self._matches(one))

    def _matches(self, one: BasicFilter) -> bool:
        try:
            return one.matches(self.scripts)
        except FilterError:
            return True
