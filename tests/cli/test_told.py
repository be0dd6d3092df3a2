"""Answers as people read them: units, dates, and words of others that can do nothing."""

from __future__ import annotations

from lnwallet_tui.cli import told


def test_each_fact_has_its_unit() -> None:
    text = told.answer(
        {
            "can_send_msat": 1_234_567,
            "reserved_msat": 5_000,
            "closing_sat": 12_345,
            "amount_msat": None,
            "height": 976_120,
            "expires_at": 1_764_425_000,
            "settled_at": 0,
            "connected": True,
            "features": [],
            "waiting_for": "",
        }
    )
    assert [line.split(maxsplit=1) for line in text.splitlines()] == [
        ["Can", "send                 1,234.567 sat"],
        ["Reserved", "5 sat"],
        ["Closing", "12,345 sat"],
        ["Amount", "none"],
        ["Height", "976,120"],
        ["Expires", "2025-11-29 14:03 UTC"],
        ["Settled", "none"],
        ["Connected", "yes"],
        ["Features", "none"],
        ["Waiting", "for              none"],
    ]


def test_words_stand_with_their_numbers() -> None:
    words = [f"word{number}" for number in range(1, 13)]
    text = told.answer({"words": words, "tip_age_seconds": 1_796_000_000})
    assert text.splitlines() == [
        "Words, to be written on paper with their numbers:",
        "   1 word1      4 word4      7 word7     10 word10",
        "   2 word2      5 word5      8 word8     11 word11",
        "   3 word3      6 word6      9 word9     12 word12",
        f"{'Tip age seconds':<24} 1,796,000,000",
    ]


def test_words_of_others_cannot_move_the_cursor() -> None:
    text = told.answer({"description": "tea\x1b[2J\r\n\x07for two", "explanation": "It is open."})
    assert text.splitlines() == [f"{'Description':<24} tea\ufffd[2J  \ufffdfor two", "It is open."]


def test_the_things_of_a_list_are_counted_and_told_apart() -> None:
    text = told.answer({"peers": [{"name": "priya"}, {"name": "oskar"}]})
    assert text == f"Peers: 2\n\n  {'Name':<24} priya\n\n  {'Name':<24} oskar\n"
    assert told.answer({"peers": []}) == f"{'Peers':<24} none\n"
