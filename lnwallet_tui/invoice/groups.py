"""Numbers and bytes as BOLT 11 writes them: groups of five bits, most significant first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bech32 import convertbits

from lnwallet_tui.invoice.errors import InvoiceError

Groups = Sequence[int]
"""Values of 0 to 31."""

_DIGITS: Final = b"0123456789abcdefghijklmnopqrstuv".ljust(256, b" ")
"""How `int` writes 0 to 31 in base 32, which it reads without a loop of ours."""


def to_bytes(groups: Groups, what: str) -> bytes:
    """The bytes in a field's groups.

    BOLT 11: "MUST pad field data to a multiple of 5 bits, using 0s"; anything else is refused.
    """
    length, padding = divmod(len(groups) * 5, 8)
    value = to_int(groups)
    if padding >= 5 or value & ((1 << padding) - 1):
        raise InvoiceError(f"The {what} of the invoice is cut short or padded wrongly.")
    return (value >> padding).to_bytes(length, "big")


def from_bytes(data: bytes) -> list[int]:
    """The groups of `data`, the last one padded with zero bits."""
    groups = convertbits(data, 8, 5)
    assert groups is not None, "bytes always convert to groups of five bits"
    return list(groups)


def to_int(groups: Groups) -> int:
    """The number that the groups spell."""
    return int(bytes(groups).translate(_DIGITS), 32) if groups else 0


def from_int(value: int, length: int | None = None) -> list[int]:
    """The groups of a number: `length` of them, or as few as hold it (none for 0)."""
    if length is None:
        length = -(-value.bit_length() // 5)
    assert value >> 5 * length == 0, f"{value} does not fit into {length} groups"
    return [value >> 5 * shift & 31 for shift in range(length - 1, -1, -1)]
