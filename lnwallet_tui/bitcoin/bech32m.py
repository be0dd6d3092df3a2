"""Segwit addresses as text: bech32 for version 0 (BIP173), bech32m for all others (BIP350).

The `bech32` package knows only the older checksum and would take it for any version, which BIP350
forbids; so the version decides here which checksum is looked at.
"""

from __future__ import annotations

from typing import Final

from bech32 import CHARSET, bech32_hrp_expand, bech32_polymod, convertbits

BECH32: Final = 1
BECH32M: Final = 0x2BC830A3
_LONGEST: Final = 90
_CHECKSUM_LENGTH: Final = 6


class Bech32Error(ValueError):
    """The text is not bech32 or bech32m, or holds no witness program."""


def encode_text(hrp: str, data: list[int], constant: int) -> str:
    """`hrp`, the separator, `data` (5 bits each) and the checksum made with `constant`."""
    expanded = bech32_hrp_expand(hrp) + data
    remainder = bech32_polymod([*expanded, *[0] * _CHECKSUM_LENGTH]) ^ constant
    checksum = [remainder >> 5 * (_CHECKSUM_LENGTH - 1 - i) & 31 for i in range(_CHECKSUM_LENGTH)]
    return hrp + "1" + "".join(CHARSET[value] for value in data + checksum)


def decode_text(text: str) -> tuple[str, list[int], int]:
    """The human-readable part, the data without checksum, and which constant the checksum has."""
    if len(text) > _LONGEST:
        raise Bech32Error(f"longer than {_LONGEST} characters")
    if text not in (text.lower(), text.upper()):
        raise Bech32Error("upper and lower case are mixed")
    hrp, separator, tail = text.lower().rpartition("1")
    if not separator or not hrp or len(tail) < _CHECKSUM_LENGTH:
        raise Bech32Error("a part is missing")
    if any(not 33 <= ord(char) <= 126 for char in hrp) or not set(tail) <= set(CHARSET):
        raise Bech32Error("a character that bech32 does not have")
    data = [CHARSET.index(char) for char in tail]
    constant = bech32_polymod(bech32_hrp_expand(hrp) + data)
    if constant not in (BECH32, BECH32M):
        raise Bech32Error("the checksum is wrong")
    return hrp, data[:-_CHECKSUM_LENGTH], constant


def encode_program(hrp: str, version: int, program: bytes) -> str:
    """The address of a witness program."""
    groups = convertbits(program, 8, 5)
    assert groups is not None, "bytes always convert to groups of five bits"
    return encode_text(hrp, [version, *groups], BECH32M if version else BECH32)


def decode_program(text: str) -> tuple[str, int, bytes]:
    """The human-readable part, version (0 to 16) and program (2 to 40 bytes) of an address."""
    hrp, data, constant = decode_text(text)
    if not data or data[0] > 16:
        raise Bech32Error("no witness version")
    version = data[0]
    if constant != (BECH32M if version else BECH32):
        raise Bech32Error("the checksum is of the wrong kind for its version")
    program = convertbits(data[1:], 5, 8, pad=False)
    if program is None or not 2 <= len(program) <= 40:
        raise Bech32Error("no witness program")
    if version == 0 and len(program) not in (20, 32):
        raise Bech32Error("a version 0 program has 20 or 32 bytes")
    return hrp, version, bytes(program)
