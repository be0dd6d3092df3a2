"""What peers agreed on, or a judgement said, about the filter of each block not read yet, and of
those read of late.

Who comes later is compared with the last `BLOCKS_KEPT` that were read, and not with older ones:
nothing deeper than that is taken back from whoever follows us (`chain.watch`), so that a lie found
there could be told and not mended. To place one so deep, a peer must have been the only one that
described those blocks, and to hide it must have stayed so until they were buried. Of new blocks
that takes two weeks. Of old ones, which a wallet reads that was restored or away for long, it takes
seconds: so there a peer alone is not believed for `sync_filters.ALONE_WITH_OLD_MS`, in which others
come where there are any. All that time, and afterwards, it is said that one node alone vouches for
what was read. A wallet that is restored from its words reads all of it anew.

What one peer alone described is remembered over a restart (`Alone`), so that who comes after it is
compared with that too; of more peers it is enough that they agreed once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.chain.best_chain import BestChain
from lnwallet_tui.chain.filter_headers import Batch
from lnwallet_tui.chain.watch import BLOCKS_KEPT


@dataclass(frozen=True, slots=True)
class Alone:
    """The filter of a block that was read by the word of one peer alone."""

    height: int
    block_hash: bytes
    filter_hash: bytes


class SettledFilters:
    """The blocks up to the height `to`, the first of which is at `first`; or those `remembered`,
    which stand in a row."""

    def __init__(self, first: int, remembered: Sequence[Alone] = ()) -> None:
        self.to = remembered[-1].height if remembered else first - 1
        self.doubted: Final[dict[bytes, tuple[int, int]]] = {}
        """Block hash: its height, and how many peers disagree about its filter for good."""
        self.version = 0
        """Goes up whenever something that was settled is so no more."""
        # height: block hash, filter hash
        self._filters = {one.height: (one.block_hash, one.filter_hash) for one in remembered}

    def __bool__(self) -> bool:
        return bool(self._filters)

    @property
    def lowest(self) -> int:
        """The first that is remembered."""
        return next(iter(self._filters))

    def knows(self, height: int) -> bool:
        """Whether it is settled and remembered."""
        return height in self._filters

    def is_so(self, height: int, block_hash: bytes, filter_hash: bytes) -> bool:
        """Whether this was settled."""
        return self._filters.get(height) == (block_hash, filter_hash)

    def filter_hash(self, height: int) -> bytes:
        """Of the block there."""
        return self._filters[height][1]

    def block_hash(self, height: int) -> bytes:
        """The block there, when it was settled."""
        return self._filters[height][0]

    def between(self, first: int, stop: int) -> tuple[Alone, ...]:
        """Those from `first` to before `stop`."""
        heights = range(first, min(stop, self.to + 1))
        return tuple(Alone(at, *self._filters[at]) for at in heights if at in self._filters)

    def unlike(self, batch: Batch) -> Iterator[int]:
        """The heights where it says otherwise, but for blocks in doubt."""
        for height, filter_hash in enumerate(batch.hashes, batch.start):
            block_hash, settled = self._filters[height]
            if filter_hash != settled and block_hash not in self.doubted:
                yield height

    def settle(self, block_hash: bytes, filter_hash: bytes) -> None:
        """The next block's."""
        self.to += 1
        self._filters[self.to] = block_hash, filter_hash

    def doubt(self, height: int, block_hash: bytes, disagreeing: int) -> None:
        """So many peers disagree about its filter, and nobody can decide."""
        self.doubted[block_hash] = height, disagreeing
        self.version += 1

    def replace(self, height: int, filter_hash: bytes) -> None:
        """Of a block that was read: it was another one."""
        self.version += 1
        self._filters[height] = self._filters[height][0], filter_hash

    def reopen(self, height: int) -> None:
        """From there on nothing is settled."""
        self.version += 1
        for at in range(height, self.to + 1):
            del self._filters[at]
        self.to = height - 1

    def follow(self, chain: BestChain, next_height: int) -> None:
        """Forget what left the chain, and what was read long ago."""
        before = len(self._filters)
        while self.to in self._filters and not chain.holds(self.to, self._filters[self.to][0]):
            del self._filters[self.to]
            self.to -= 1
        if self.to >= next_height and next_height not in self._filters:
            self._filters.clear()  # a reorganisation from before we began
            self.to = next_height - 1
        kept_from = next_height - BLOCKS_KEPT
        while self._filters and self.lowest < kept_from:
            del self._filters[self.lowest]
        self.version += len(self._filters) != before
        for old in [one for one, (height, _) in self.doubted.items() if height < kept_from]:
            del self.doubted[old]
