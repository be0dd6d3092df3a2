"""Which words are near one that is in no list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mnemonic import Mnemonic

from lnwallet_tui.keys.near_words import is_slip, near

LIST = Mnemonic("english").wordlist
LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("big", ("bag", "bid", "pig")),  # replaced
        ("wnner", ("inner", "winner")),  # missing
        ("zooo", ("zoo",)),  # added
        ("baandon", ("abandon",)),  # swapped
        ("abandzzz", ("abandon",)),  # by its first four letters
        ("winn", ("winner", "win", "wine", "wing", "wink")),
        ("abadnno", ()),  # two slips
        ("", ()),
        ("w" * 999_999, ()),
    ],
)
def test_only_words_that_are_near_are_offered(typed: str, meant: tuple[str, ...]) -> None:
    assert near(typed, LIST) == meant


@given(word=st.sampled_from(LIST), at=st.integers(0, 7), letter=LETTERS)
def test_one_slip_of_a_finger_leads_back(word: str, at: int, letter: str) -> None:
    at %= len(word)
    before, here, behind = word[:at], word[at], word[at + 1 :]
    slips = {
        f"{before}{letter}{behind}",
        f"{before}{behind}",
        f"{before}{letter}{here}{behind}",
        f"{before}{behind[:1]}{here}{behind[1:]}",
    } - {word}
    for slip in slips:
        assert is_slip(slip, word)
        assert word in near(slip, LIST)
