"""Base58Check: addresses from before segwit, and extended keys (BIP32)."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.hashes import sha256d

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES: Final = {char: value for value, char in enumerate(_ALPHABET)}
_LONGEST: Final = 120  # an extended key has 111; decoding is quadratic in the length


class Base58Error(ValueError):
    """Not Base58, or its checksum is wrong."""


def encode_check(payload: bytes) -> str:
    """`payload` and the first 4 bytes of its double SHA-256."""
    data = payload + sha256d(payload)[:4]
    number = int.from_bytes(data, "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    zeros = len(data) - len(data.lstrip(b"\0"))
    return _ALPHABET[0] * zeros + digits


def decode_check(text: str) -> bytes:
    """The payload; `Base58Error` where the text is not Base58Check."""
    if len(text) > _LONGEST:
        raise Base58Error("too long")
    number = 0
    for char in text:
        if char not in _VALUES:
            raise Base58Error("a character that Base58 does not have")
        number = number * 58 + _VALUES[char]
    zeros = len(text) - len(text.lstrip(_ALPHABET[0]))
    data = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, checksum = data[:-4], data[-4:]
    if len(data) < 4 or sha256d(payload)[:4] != checksum:
        raise Base58Error("the checksum is wrong")
    return payload
