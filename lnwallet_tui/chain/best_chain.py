"""The headers of the best chain from a height on, in memory: all that reading the blocks asks for.

The tree of headers holds a window only, and who was away for a year reads from below it.
"""

from __future__ import annotations

from lnwallet_tui.bitcoin.block import HEADER_SIZE
from lnwallet_tui.chain.headers import Extension
from lnwallet_tui.chain.headers_batch import HASH_SIZE, Run


class BestChain:
    """`start` is the height of the first header that is held."""

    def __init__(self, start: int, run: Run) -> None:
        self.start = start
        self._headers = bytearray(run.headers)
        self._hashes = bytearray(run.hashes)

    @property
    def height(self) -> int:
        """Of the newest."""
        return self.start + len(self._hashes) // HASH_SIZE - 1

    def hash_at(self, height: int) -> bytes | None:
        """The hash of the block there; None where nothing is held."""
        at = (height - self.start) * HASH_SIZE
        return bytes(self._hashes[at : at + HASH_SIZE]) or None if at >= 0 else None

    def header_at(self, height: int) -> bytes | None:
        """Its 80 bytes."""
        at = (height - self.start) * HEADER_SIZE
        return bytes(self._headers[at : at + HEADER_SIZE]) or None if at >= 0 else None

    def hashes(self, first: int, last: int) -> tuple[bytes, ...]:
        """Those from `first` to `last`, all of which are held."""
        assert self.start <= first
        assert last <= self.height
        at, end = (first - self.start) * HASH_SIZE, (last + 1 - self.start) * HASH_SIZE
        data = bytes(self._hashes[at:end])
        return tuple(data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE))

    def holds(self, height: int, block_hash: bytes | None) -> bool:
        """Whether that block stands there."""
        return block_hash is not None and self.hash_at(height) == block_hash

    def apply(self, change: Extension) -> None:
        """Follow the tree."""
        self._cut(change.fork_height)
        if not self._hashes:  # all that was held left
            self.start = change.fork_height + 1
        self._headers += change.connected.headers
        self._hashes += change.connected.hashes

    def forget_below(self, height: int) -> None:
        """Nobody looks there any more. The newest header is always held."""
        spare = min(height, self.height) - self.start
        if spare > 0:
            del self._headers[: spare * HEADER_SIZE]
            del self._hashes[: spare * HASH_SIZE]
            self.start += spare

    def _cut(self, height: int) -> None:
        kept = max(height + 1 - self.start, 0)
        del self._headers[kept * HEADER_SIZE :]
        del self._hashes[kept * HASH_SIZE :]
