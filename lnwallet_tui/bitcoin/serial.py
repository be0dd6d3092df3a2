"""Bitcoin's little-endian serialization: compact sizes, and a reader that never runs past the end.

Everything that is read came from a stranger: a length is believed only as far as there are bytes,
and a compact size must be the shortest that holds its number, so that what was parsed serializes to
the bytes it was parsed from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class SerialError(ValueError):
    """The bytes end too early, go on too long, or hold a number in more bytes than it needs."""


def compact_size(number: int) -> bytes:
    """`number` (below 2^64) in 1, 3, 5 or 9 bytes."""
    if number < 0xFD:
        return number.to_bytes(1, "little")
    if number <= 0xFFFF:
        return b"\xfd" + number.to_bytes(2, "little")
    if number <= 0xFFFF_FFFF:
        return b"\xfe" + number.to_bytes(4, "little")
    return b"\xff" + number.to_bytes(8, "little")


def with_length(data: bytes) -> bytes:
    """`data` behind its compact size."""
    return compact_size(len(data)) + data


# First byte of a longer compact size: the bytes that follow it, and the least number they may hold.
_LONGER = {0xFD: (2, 0xFD), 0xFE: (4, 0x1_0000), 0xFF: (8, 0x1_0000_0000)}


class Reader:
    """Reads one buffer from front to back."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._at

    def take(self, length: int) -> bytes:
        """The next `length` bytes; `SerialError` where there are fewer."""
        end = self._at + length
        if end > len(self._data):
            raise SerialError(f"{end - len(self._data)} bytes are missing")
        chunk = self._data[self._at : end]
        self._at = end
        return chunk

    def uint(self, width: int) -> int:
        """The next `width` bytes as a little-endian number."""
        return int.from_bytes(self.take(width), "little")

    def compact_size(self) -> int:
        """A compact size; `SerialError` unless it is the shortest form."""
        first = self.uint(1)
        if first not in _LONGER:
            return first
        width, least = _LONGER[first]
        number = self.uint(width)
        if number < least:
            raise SerialError(f"{number} does not need {width} bytes")
        return number

    def with_length(self) -> bytes:
        """Bytes behind their compact size."""
        return self.take(self.compact_size())

    def many(self, read: Callable[[], T]) -> tuple[T, ...]:
        """A compact size, then so many items; each takes at least a byte, so a lie ends soon."""
        return tuple(read() for _ in range(self.compact_size()))

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.take(len(self._data) - self._at)

    def at_end(self) -> bool:
        """Whether everything was read."""
        return self._at == len(self._data)

    def expect_end(self) -> None:
        """`SerialError` unless everything was read."""
        if not self.at_end():
            raise SerialError(f"{len(self._data) - self._at} bytes too many")
