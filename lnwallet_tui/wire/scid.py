"""Short channel ids: where a funding output stands in the chain, as one number (BOLT 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from lnwallet_tui.wire.errors import WireError


@dataclass(frozen=True, slots=True, order=True)
class ShortChannelId:
    """Block height (3 bytes), index of the transaction in the block (3), output index (2).

    An alias (`option_scid_alias`) has the same form and means no place in the chain.
    """

    block: int
    tx_index: int
    output_index: int

    def __post_init__(self) -> None:
        if not (
            0 <= self.block < 1 << 24
            and 0 <= self.tx_index < 1 << 24
            and 0 <= self.output_index < 1 << 16
        ):
            raise WireError("no such short channel id")

    @classmethod
    def from_int(cls, number: int) -> Self:
        """From the 8-byte big-endian number of the wire."""
        return cls(number >> 40, number >> 16 & 0xFFFFFF, number & 0xFFFF)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `539268x845x1`. Raises `WireError`."""
        parts = text.split("x")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            raise WireError("a short channel id looks like 539268x845x1")
        if any(len(part) > 8 for part in parts):
            raise WireError("no such short channel id")
        block, tx_index, output_index = map(int, parts)
        return cls(block, tx_index, output_index)

    def __int__(self) -> int:
        return self.block << 40 | self.tx_index << 16 | self.output_index

    def __str__(self) -> str:
        return f"{self.block}x{self.tx_index}x{self.output_index}"
