"""Reads one message from front to back; a length is believed only as far as there are bytes."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.wire.errors import WireError

# First byte of a longer BigSize: the bytes that follow it, and the least number they may hold.
_LONGER: Final = {0xFD: (2, 0xFD), 0xFE: (4, 0x1_0000), 0xFF: (8, 0x1_0000_0000)}


class Reader:
    """A position in a buffer. Every method raises `WireError` where there are too few bytes."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._at

    @property
    def remaining(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """The next `count` bytes. The length is compared before anything is allocated."""
        start, end = self._at, self._at + count
        if end > len(self._data):
            raise WireError(f"{count} bytes expected, {self.remaining} left")
        self._at = end
        return self._data[start:end]

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.take(self.remaining)

    def uint(self, width: int) -> int:
        """A big-endian number of `width` bytes."""
        return int.from_bytes(self.take(width), "big")

    def bigsize(self) -> int:
        """A BigSize (BOLT 1); refused unless it is the shortest form."""
        first = self.uint(1)
        if first not in _LONGER:
            return first
        width, least = _LONGER[first]
        number = self.uint(width)
        if number < least:
            raise WireError("decoded bigsize is not canonical")
        return number


def bigsize(number: int) -> bytes:
    """`number` (below 2^64) as a BigSize: 1, 3, 5 or 9 bytes."""
    if number < 0xFD:
        return number.to_bytes(1, "big")
    if number <= 0xFFFF:
        return b"\xfd" + number.to_bytes(2, "big")
    if number <= 0xFFFF_FFFF:
        return b"\xfe" + number.to_bytes(4, "big")
    return b"\xff" + number.to_bytes(8, "big")
