"""Lightning's big-endian serialization (BOLT 1): BigSize, and a reader of one message."""

from __future__ import annotations

from lnwallet_tui.bitcoin.buffer import Buffer, sized
from lnwallet_tui.wire.errors import WireError


class Reader(Buffer):
    """A position in a message. Every method raises `WireError` where there are too few bytes."""

    __slots__ = ()
    order = "big"
    error = WireError
    bigsize = Buffer.sized


def bigsize(number: int) -> bytes:
    """`number` (below 2^64) as a BigSize: 1, 3, 5 or 9 bytes."""
    return sized(number, "big")
