"""The words that a wallet is made of (BIP39, English, 12 or 24 of them, no passphrase)."""

from __future__ import annotations

import itertools
import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final

from mnemonic import Mnemonic

from lnwallet_tui.keys.near_words import near
from lnwallet_tui.keys.secret import Secret

COUNTS: Final = (12, 24)
"""How many words we make and take: 128 or 256 bits."""


class SeedError(ValueError):
    """These words are no seed. No message holds a word: it could be right, and be logged."""


class WrongWordCount(SeedError):
    """Not 12 and not 24 words."""

    def __init__(self, count: int) -> None:
        super().__init__(f"a wallet has 12 or 24 words, not {count}")
        self.count = count


class UnknownWord(SeedError):
    """A word that is not in BIP39's list.

    `position` counts from 1; `suggestions` are the words of the list that are near. One of them may
    be a word of the seed: they belong on the screen only, where the seed is typed.
    """

    def __init__(self, position: int, suggestions: tuple[str, ...]) -> None:
        super().__init__(f"word {position} is not in the list")
        self.position = position
        self.suggestions = suggestions


class WrongChecksum(SeedError):
    """All words are in the list, but one of them is wrong or two have changed places."""

    def __init__(self) -> None:
        super().__init__("these words do not belong together: one is wrong or out of place")


class SeedWords:
    """Words with a good checksum; they show themselves only when told to."""

    __slots__ = ("_text",)

    def __init__(self, words: tuple[str, ...]) -> None:
        if len(words) not in COUNTS:
            raise WrongWordCount(len(words))
        known = _english().wordlist
        for position, word in enumerate(words, start=1):
            if word not in known:
                raise UnknownWord(position, near(word, known))
        text = " ".join(words)
        if not _english().check(text):
            raise WrongChecksum
        self._text = Secret(text.encode())

    def reveal(self) -> tuple[str, ...]:
        """The words, for the one screen that shows them."""
        return tuple(self._text.reveal().decode().split(" "))

    def entropy(self) -> Secret:
        """The 16 or 32 bytes that the words stand for: what is kept."""
        return Secret(bytes(_english().to_entropy(self._text.reveal().decode())))

    def seed(self) -> Secret:
        """The 64 bytes that `derive.KeySchedule` takes."""
        return Secret(Mnemonic.to_seed(self._text.reveal().decode()))

    def __repr__(self) -> str:
        return "SeedWords(hidden)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SeedWords) and self._text == other._text

    __hash__ = None  # type: ignore[assignment]  # as of every secret


def parse_words(text: str) -> SeedWords:
    """What a person typed: any case, any blanks between. Raises `SeedError`."""
    return SeedWords(tuple(unicodedata.normalize("NFKD", text).lower().split()))


def unknown_words(words: Iterable[str]) -> tuple[UnknownWord, ...]:
    """Those of them that are in no list; the empty ones are not looked at."""
    known = _english().wordlist
    return tuple(
        UnknownWord(position, near(word, known))
        for position, word in enumerate(words, start=1)
        if word and word not in known
    )


def fitting(words: Sequence[str], position: int, suggestions: Iterable[str]) -> tuple[str, ...]:
    """Those of them that belong together with all the other `words` in that place."""
    before, behind = words[: position - 1], words[position:]
    return tuple(
        word for word in suggestions if _english().check(" ".join((*before, word, *behind)))
    )


def completions(start: str, most: int = 8) -> tuple[str, ...]:
    """The words of the list that begin so, in its order."""
    found = (word for word in _english().wordlist if start and word.startswith(start))
    return tuple(itertools.islice(found, most))


def words_of(entropy: bytes) -> SeedWords:
    """The words that stand for 16 or 32 bytes."""
    if len(entropy) not in (16, 32):
        raise WrongWordCount(len(entropy) * 3 // 4)
    return SeedWords(tuple(_english().to_mnemonic(entropy).split(" ")))


def new_words(count: int = 12, random: Callable[[int], bytes] = os.urandom) -> SeedWords:
    """The words of a new wallet. Only tests pass anything but the operating system's `random`."""
    if count not in COUNTS:
        raise WrongWordCount(count)
    return words_of(random(count * 4 // 3))


@cache
def _english() -> Mnemonic:
    return Mnemonic("english")
