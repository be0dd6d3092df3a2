"""Headers of blocks that nobody has: they meet every rule that headers alone can show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lnwallet_tui.bitcoin.block import HEADER_SIZE, target_from_bits
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.p2p.inventory import MOST_HEADERS
from lnwallet_tui.playground.blockmaker import BLOCK_VERSION, REGTEST_BITS

_VERSION: Final = BLOCK_VERSION.to_bytes(4, "little")
_BITS: Final = REGTEST_BITS.to_bytes(4, "little")
_TARGET: Final = target_from_bits(REGTEST_BITS)


class Invention:
    """`count` headers on top of one. They are made when they are asked for, and only the places
    where an answer ended are remembered, so that a million of them costs nothing."""

    def __init__(self, base: bytes, count: int) -> None:
        assert len(base) == HEADER_SIZE
        self._count = count
        self._time = int.from_bytes(base[68:72], "little")
        self._base = sha256d(base)
        self._ends = {self._base: 0}

    def place(self, locator: tuple[bytes, ...]) -> bytes | None:
        """Where somebody is who has some of them already."""
        return next((one for one in locator if self._ends.get(one)), None)

    def after(self, parent: bytes | None = None, most: int = MOST_HEADERS) -> list[bytes]:
        """The next ones after a place; the first without."""
        parent = parent or self._base
        done = self._ends[parent]
        made = list(self._made(parent, done, min(done + most, self._count)))
        if made:
            self._ends[sha256d(made[-1])] = done + len(made)
        return made

    def _made(self, parent: bytes, done: int, last: int) -> Iterator[bytes]:
        for at in range(done + 1, last + 1):
            # Each second one: no clock is ahead of them, and no median behind.
            start = _VERSION + parent + at.to_bytes(32, "little")
            start += (self._time + at).to_bytes(4, "little") + _BITS
            for nonce in range(1 << 32):
                header = start + nonce.to_bytes(4, "little")
                parent = sha256d(header)
                if int.from_bytes(parent, "little") <= _TARGET:
                    break
            yield header
