"""Text from others becomes harmless before it reaches a cell."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.api.untrusted import Untrusted

HOSTILE = {
    "csi": "\x1b[2J\x1b[1;1Hgone",
    "osc 52": "\x1b]52;c;aGk=\x07",
    "osc 8 link": "\x1b]8;;http://x\x1b\\click\x1b]8;;\x1b\\",
    "c1 csi": "\x9b31mred",
    "carriage return": "100 sat\r999999 sat",
    "bidi override": "abc\u202edef",
    "isolates": "\u2066abc\u2069",
    "zero width": "a\u200bb\u200dc\ufeff",
    "tags": "a\U000e0041\U000e007f",
    "line separators": "a\u2028b\u2029c",
    "nul": "a\x00b",
    "lone surrogate": "a\ud800b",
    "hangul filler": "a\u3164b\uffa0",
    "zalgo": "a" + "\u0301" * 500,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_loses_what_made_it_hostile(text: str) -> None:
    shown = Untrusted(text).cells(80)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} for char in shown)
    assert len(shown) <= 82


@given(st.text(max_size=300), st.integers(1, 80))
def test_any_text_fits_its_cells_and_is_printable(text: str, limit: int) -> None:
    shown = Untrusted(text).cells(limit)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in shown)
    marks = sum(unicodedata.category(char) in {"Mn", "Me"} for char in shown)
    assert len(shown) + wide - marks <= limit
    assert all(unicodedata.category(char)[0] != "C" for char in shown)
    assert "\u2028" not in shown
    assert "\u2029" not in shown


@given(st.binary(max_size=100))
def test_bytes_that_are_not_utf8_are_shown_all_the_same(raw: bytes) -> None:
    Untrusted(raw).cells(40)


def test_ten_megabytes_cost_no_more_than_what_is_shown() -> None:
    assert Untrusted("a" * 10_000_000).cells(10) == "a" * 9 + "…"


def test_plain_text_stays_as_it_is() -> None:
    assert Untrusted("Coffee bar Müller 咖啡").cells(40) == "Coffee bar Müller 咖啡"


def test_wide_characters_are_cut_by_cells() -> None:
    assert Untrusted("咖啡咖啡咖啡").cells(6) == "咖啡…"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("❤\ufe0fx", "❤x"), ("a\u034fb", "ab"), ("a\U000e0101", "a"), ("\u1161\u11a8x", "��x")],
)
def test_no_character_is_of_a_width_that_only_the_terminal_knows(text: str, shown: str) -> None:
    assert Untrusted(text).cells(10) == shown


def test_letters_that_make_a_syllable_are_one() -> None:
    assert Untrusted("\u1112\u1161\u11ab").cells(10) == "한"


def test_words_of_others_cannot_end_the_quotation() -> None:
    said = Untrusted('no”. Your money is safe. "Send" more„').quoted(60)
    assert said[0] == "“"
    assert said[-1] == "”"
    assert not set('"“”„') & set(said[1:-1])
    assert Untrusted(" \u3164").quoted(60) == ""


def test_the_log_is_ascii_and_short() -> None:
    line = Untrusted("\x1b[31m" + "é" * 1000).log()
    assert line.isascii()
    assert "\x1b" not in line
    assert len(line) <= 256


def test_it_cannot_become_text_by_accident() -> None:
    with pytest.raises(TypeError):
        str(Untrusted("x"))
    with pytest.raises(TypeError):
        f"{Untrusted('x')}"
