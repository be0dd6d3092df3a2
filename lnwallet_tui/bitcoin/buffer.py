"""Numbers of 1, 3, 5 or 9 bytes, and a buffer that is read from front to back: what Bitcoin's
serialization (little-endian compact size) and Lightning's (BOLT 1: big-endian BigSize) share.

Everything that is read came from a stranger: a length is believed only as far as there are bytes,
and a number must be the shortest that holds it, so that what was parsed serializes to the bytes it
was parsed from.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

Order = Literal["little", "big"]

# First byte of a longer number: the bytes that follow it, and the least that they may hold.
_LONGER: Final = {0xFD: (2, 0xFD), 0xFE: (4, 0x1_0000), 0xFF: (8, 0x1_0000_0000)}


def sized(number: int, order: Order) -> bytes:
    """`number` (below 2^64) in 1, 3, 5 or 9 bytes."""
    if number < 0xFD:
        return number.to_bytes(1, order)
    first = 0xFD if number <= 0xFFFF else 0xFE if number <= 0xFFFF_FFFF else 0xFF
    width, _ = _LONGER[first]
    return bytes([first]) + number.to_bytes(width, order)


class Buffer:
    """A position in some bytes. Every method raises `error` where there are too few of them."""

    __slots__ = ("_at", "_data")
    order: ClassVar[Order]
    error: ClassVar[type[ValueError]]

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

    def take(self, length: int) -> bytes:
        """The next `length` bytes. The length is compared before anything is allocated."""
        start, end = self._at, self._at + length
        if end > len(self._data):
            raise self.error(f"{length} bytes expected, {self.remaining} left")
        self._at = end
        return self._data[start:end]

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.take(self.remaining)

    def uint(self, width: int) -> int:
        """The next `width` bytes as a number."""
        return int.from_bytes(self.take(width), self.order)

    def sized(self) -> int:
        """A number of 1, 3, 5 or 9 bytes; refused unless it is the shortest form."""
        first = self.uint(1)
        if first not in _LONGER:
            return first
        width, least = _LONGER[first]
        number = self.uint(width)
        if number < least:
            raise self.error(f"{number} does not need {width} bytes: it is not canonical")
        return number
