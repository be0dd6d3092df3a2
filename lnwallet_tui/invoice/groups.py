"""Numbers and bytes as BOLT 11 writes them: groups of five bits, most significant first."""

from __future__ import annotations

from collections.abc import Sequence

from bech32 import convertbits

from lnwallet_tui.invoice.errors import InvoiceError

Groups = Sequence[int]
"""Values of 0 to 31."""


def to_bytes(groups: Groups, what: str) -> bytes:
    """The bytes in a field's groups.

    BOLT 11: "MUST pad field data to a multiple of 5 bits, using 0s"; anything else is refused.
    """
    data = convertbits(groups, 5, 8, pad=False)
    if data is None:
        raise InvoiceError(f"The {what} of the invoice is cut short or padded wrongly.")
    return bytes(data)


def from_bytes(data: bytes) -> list[int]:
    """The groups of `data`, the last one padded with zero bits."""
    groups = convertbits(data, 8, 5)
    assert groups is not None, "bytes always convert to groups of five bits"
    return list(groups)


def to_int(groups: Groups) -> int:
    """The number that the groups spell."""
    value = 0
    for group in groups:
        value = value << 5 | group
    return value


def from_int(value: int, length: int | None = None) -> list[int]:
    """The groups of a number: `length` of them, or as few as hold it (none for 0)."""
    if length is None:
        length = -(-value.bit_length() // 5)
    assert value >> 5 * length == 0, f"{value} does not fit into {length} groups"
    return [value >> 5 * shift & 31 for shift in range(length - 1, -1, -1)]
