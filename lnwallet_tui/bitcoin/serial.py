"""Bitcoin's little-endian serialization: compact sizes, and a reader of one buffer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lnwallet_tui.bitcoin.buffer import Buffer, sized

T = TypeVar("T")


class SerialError(ValueError):
    """The bytes end too early, go on too long, or hold a number in more bytes than it needs."""


def compact_size(number: int) -> bytes:
    """`number` (below 2^64) in 1, 3, 5 or 9 bytes."""
    return sized(number, "little")


def with_length(data: bytes) -> bytes:
    """`data` behind its compact size."""
    return compact_size(len(data)) + data


class Reader(Buffer):
    """Reads one buffer from front to back; raises `SerialError`."""

    __slots__ = ()
    order = "little"
    error = SerialError
    compact_size = Buffer.sized

    def with_length(self) -> bytes:
        """Bytes behind their compact size."""
        return self.take(self.compact_size())

    def many(self, read: Callable[[], T]) -> tuple[T, ...]:
        """A compact size, then so many items; each takes at least a byte, so a lie ends soon."""
        return tuple(read() for _ in range(self.compact_size()))

    def at_end(self) -> bool:
        """Whether everything was read."""
        return self.remaining == 0

    def expect_end(self) -> None:
        """`SerialError` unless everything was read."""
        if not self.at_end():
            raise SerialError(f"{self.remaining} bytes too many")
