"""RIPEMD-160 in plain Python, for interpreters whose OpenSSL was built without it.

Written from the specification (Dobbertin, Bosselaers, Preneel, "RIPEMD-160: a strengthened version
of RIPEMD", 1996). It hashes what is short and public (keys, scripts, payment hashes), so it is
plain rather than fast or constant in time.
"""

from __future__ import annotations

from typing import Final

_START: Final = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)
_LEFT_ADD: Final = (0x00000000, 0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xA953FD4E)
_RIGHT_ADD: Final = (0x50A28BE6, 0x5C4DD124, 0x6D703EF3, 0x7A6D76E9, 0x00000000)
_LEFT_WORD: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    (7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8),
    (3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12),
    (1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2),
    (4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13),
)
_RIGHT_WORD: Final = (
    (5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12),
    (6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2),
    (15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13),
    (8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14),
    (12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11),
)
_LEFT_TURN: Final = (
    (11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8),
    (7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12),
    (11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5),
    (11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12),
    (9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6),
)
_RIGHT_TURN: Final = (
    (8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6),
    (9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11),
    (9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5),
    (15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8),
    (8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11),
)
_MASK: Final = 0xFFFFFFFF

_Chain = tuple[int, int, int, int, int]


def ripemd160(data: bytes) -> bytes:
    """RIPEMD-160 of `data`; 20 bytes."""
    bits = (len(data) * 8).to_bytes(8, "little")
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + bits
    state: _Chain = _START
    for at in range(0, len(padded), 64):
        state = _compress(state, padded[at : at + 64])
    return b"".join(word.to_bytes(4, "little") for word in state)


def _compress(state: _Chain, block: bytes) -> _Chain:
    words = [int.from_bytes(block[at : at + 4], "little") for at in range(0, 64, 4)]
    left = right = state
    for turn in range(5):
        left = _round(left, words, turn, _LEFT_ADD[turn], _LEFT_WORD[turn], _LEFT_TURN[turn])
        right = _round(
            right, words, 4 - turn, _RIGHT_ADD[turn], _RIGHT_WORD[turn], _RIGHT_TURN[turn]
        )
    a, b, c, d, e = state
    return (
        (b + left[2] + right[3]) & _MASK,
        (c + left[3] + right[4]) & _MASK,
        (d + left[4] + right[0]) & _MASK,
        (e + left[0] + right[1]) & _MASK,
        (a + left[1] + right[2]) & _MASK,
    )


def _round(
    chain: _Chain,
    words: list[int],
    mixer: int,
    constant: int,
    order: tuple[int, ...],
    turns: tuple[int, ...],
) -> _Chain:
    a, b, c, d, e = chain
    for index, turn in zip(order, turns, strict=True):
        mixed = (a + _mix(mixer, b, c, d) + words[index] + constant) & _MASK
        a, b, c, d, e = e, (_rotate(mixed, turn) + e) & _MASK, b, _rotate(c, 10), d
    return a, b, c, d, e


def _mix(mixer: int, x: int, y: int, z: int) -> int:
    match mixer:
        case 0:
            return x ^ y ^ z
        case 1:
            return (x & y) | (~x & z)
        case 2:
            return (x | ~y) ^ z
        case 3:
            return (x & z) | (y & ~z)
        case _:
            return x ^ (y | ~z)


def _rotate(word: int, by: int) -> int:
    return ((word << by) | (word >> (32 - by))) & _MASK
