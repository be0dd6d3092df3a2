"""Bech32 (BIP173) of any length, read fast: an invoice is looked at with every key that is pressed.

The `bech32` package computes the checksum bit by bit. Here a table of 32 entries does five bits at
a time, and letters become numbers without a loop; that both read the same is a test. What is
written goes through the package.
"""

from __future__ import annotations

from typing import Final

from bech32 import CHARSET, bech32_hrp_expand

_CHECKSUM_LENGTH: Final = 6
_NONE: Final = 255
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)  # of BIP173
_LOW_25_BITS: Final = (1 << 25) - 1


def _xor_of(top: int) -> int:
    result = 0
    for bit, value in enumerate(_GENERATOR):
        if top >> bit & 1:
            result ^= value
    return result


_FOLDED: Final = tuple(map(_xor_of, range(32)))
_VALUES: Final = bytes(
    CHARSET.index(chr(byte)) if chr(byte) in CHARSET else _NONE for byte in range(256)
)


def read(text: str) -> tuple[str, bytes] | None:
    """The human-readable part in lower case and the values of 0 to 31 without the checksum; None
    where the text is not bech32 or the checksum is wrong."""
    # BIP173: "MUST NOT accept strings where some characters are uppercase and some are lowercase".
    if not text.isascii() or text not in (text.lower(), text.upper()):
        return None
    hrp, separator, tail = text.lower().rpartition("1")
    groups = tail.encode().translate(_VALUES)
    if not separator or not hrp or len(groups) < _CHECKSUM_LENGTH or _NONE in groups:
        return None
    # BIP173: each character of it has "a value in the range [33-126]"; a control has none.
    if not hrp.isprintable() or " " in hrp or _checksum(hrp, groups) != 1:
        return None
    return hrp, groups[:-_CHECKSUM_LENGTH]


def _checksum(hrp: str, groups: bytes) -> int:
    check, folded = 1, _FOLDED
    for value in bytes(bech32_hrp_expand(hrp)) + groups:
        check = (check & _LOW_25_BITS) << 5 ^ value ^ folded[check >> 25]
    return check
