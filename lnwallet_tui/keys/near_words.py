"""Which words of the list somebody may have meant who typed one that is not in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_TELLS: Final = 4
"""BIP39 chose the words so that "the first four letters" identify each of them."""
_LONGEST: Final = 16  # twice the longest word: what is longer is no slip of a finger


def near(typed: str, known: Iterable[str]) -> tuple[str, ...]:
    """Those that begin with the same four letters, then those that differ by one slip of a finger.
    Which of them was meant is for the one to say who has the paper."""
    if len(typed) > _LONGEST:
        return ()
    found = [word for word in known if _begins_so(typed, word) or is_slip(typed, word)]
    return tuple(sorted(found, key=lambda word: not _begins_so(typed, word)))


def _begins_so(typed: str, word: str) -> bool:
    return len(typed) >= _TELLS and word[:_TELLS] == typed[:_TELLS]


def is_slip(typed: str, word: str) -> bool:
    """Whether one letter was replaced, left out or added, or two neighbours changed places."""
    if len(typed) == len(word):
        replaced = sum(one != other for one, other in zip(typed, word, strict=True)) == 1
        return replaced or any(_swapped(typed, at) == word for at in range(len(typed) - 1))
    short, long = sorted((typed, word), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def _swapped(word: str, at: int) -> str:
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
