"""Golomb-Rice coded sets as BIP158 has them: bytes into ascending numbers.

A number is coded as its distance to the one before: as many 1 as it has whole 2^19, a 0, and 19
bits of remainder. A year of the chain has some 400 million of them, so each is touched only by what
the interpreter does in C: the bits become one string, an expression cuts it into codes, and a code
read as a binary number is its distance and an excess that its length tells.
"""

from __future__ import annotations

import re
from itertools import accumulate, repeat
from operator import sub
from typing import Final

P: Final = 19
M: Final = 784_931  # one in so many numbers that are not in the set seems to be

MOST_ELEMENTS: Final = 100_000
"""More scripts do not fit into a block: an output takes at least 10 of its million bytes."""

_SHORTEST: Final = P + 1
# A code; or at the end, where no more follows, what is left. All of it, so that nothing is looked
# at twice; and `1*+` gives nothing back, so that the next bit is the 0.
_CODE: Final = re.compile(rb"(?s)1*+.{%d}|.+" % _SHORTEST)
_FIRST: Final = b"\1"  # keeps the zeros that a number would lose at its front


class GolombError(ValueError):
    """The bytes do not code as many numbers as they should, or something else as well."""


class _Excess(dict[int, int]):
    """By how much a code of a length is more than the distance that it means: q ones, a zero and
    the remainder r are 2^(q+20) - 2^20 + r, where q * 2^19 + r is meant."""

    def __missing__(self, length: int) -> int:
        ones = length - _SHORTEST  # not remembered: a stranger chooses it
        return (1 << length) - (1 << _SHORTEST) - (ones << P)


_EXCESS: Final = _Excess((n, _Excess().__missing__(n)) for n in range(_SHORTEST, _SHORTEST + 64))


def decode(coded: bytes, count: int) -> list[int]:
    """The numbers in ascending order. `GolombError` unless there are exactly `count` of them below
    count * M, and then at most 7 bits that are 0."""
    if count > MOST_ELEMENTS or count * _SHORTEST > 8 * len(coded):
        raise GolombError(f"{count} numbers in {len(coded)} bytes")
    codes = _CODE.findall(format(int.from_bytes(_FIRST + coded, "big"), "b").encode(), 1)
    padding = b"".join(codes[count:])
    if len(codes) < count or (count and codes[count - 1][-_SHORTEST:-P] != b"0"):
        raise GolombError(f"less than {count} numbers")
    if len(padding) > 7 or b"1" in padding:
        raise GolombError(f"more than {count} numbers")
    del codes[count:]
    excess = map(_EXCESS.__getitem__, map(len, codes))
    numbers = list(accumulate(map(sub, map(int, codes, repeat(2)), excess)))
    if count and numbers[-1] >= count * M:
        raise GolombError("a number that no script has")
    return numbers
