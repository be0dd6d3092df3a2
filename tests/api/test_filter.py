"""The filter: what each word means, what is said of those that mean nothing, and that what was
understood can be written down and read again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lnwallet_tui.api import filter as filters
from lnwallet_tui.api.filter import (
    LONGEST,
    Filter,
    FilterError,
    amount_meant,
    fold,
    hex_prefix,
    written,
)
from lnwallet_tui.api.views import PaymentStatus

MOST_SAT = 21_000_000 * 100_000_000


def at(year: int, month: int = 1, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


NOW = at(2025, 3, 15) + 4_000
parse = partial(filters.parse, now=NOW)

MEANINGS = {
    "": Filter(),
    "  \t ": Filter(),
    "out": Filter(outgoing=True),
    "IN": Filter(outgoing=False),
    "lightning": Filter(onchain=False),
    "onchain": Filter(onchain=True),
    "On-Chain out": Filter(onchain=True, outgoing=True),
    "paid": Filter(status=PaymentStatus.PAID, outgoing=True, onchain=False),
    "out paid": Filter(status=PaymentStatus.PAID, outgoing=True, onchain=False),
    "paid in": Filter(status=PaymentStatus.PAID, outgoing=False, onchain=False),
    "paid onchain": Filter(status=PaymentStatus.PAID, outgoing=True, onchain=True),
    "onchain in paid": Filter(status=PaymentStatus.PAID, outgoing=False, onchain=True),
    "failed": Filter(status=PaymentStatus.FAILED),
    "pending": Filter(status=PaymentStatus.IN_FLIGHT),
    "waiting": Filter(status=PaymentStatus.WAITING),
    "stuck": Filter(status=PaymentStatus.STUCK),
    "expired": Filter(status=PaymentStatus.EXPIRED),
    ">10000": Filter(least_sat=10_001),
    ">=10,000": Filter(least_sat=10_000),
    "<5k": Filter(most_sat=4_999),
    "<=2.5K": Filter(most_sat=2_500),
    "=2500": Filter(least_sat=2_500, most_sat=2_500),
    "=1.5m": Filter(least_sat=1_500_000, most_sat=1_500_000),
    "=7.000": Filter(least_sat=7_000, most_sat=7_000),
    "=1.000.000": Filter(least_sat=1_000_000, most_sat=1_000_000),
    "not paid": Filter(status=PaymentStatus.FAILED),
    "out Not Paid rent": Filter(outgoing=True, status=PaymentStatus.FAILED, words=("rent",)),
    "on its way": Filter(status=PaymentStatus.IN_FLIGHT),
    "on chain out": Filter(onchain=True, outgoing=True),
    "text:on text:chain text:not": Filter(words=("on", "chain", "not")),
    "today": Filter(since=at(2025, 3, 15), until=at(2025, 3, 16)),
    "Yesterday": Filter(since=at(2025, 3, 14), until=at(2025, 3, 15)),
    "text:today": Filter(words=("today",)),
    ">1 >5 <100 <90": Filter(least_sat=6, most_sat=89),
    "since:2026": Filter(since=at(2026)),
    "since:2026-11": Filter(since=at(2026, 11)),
    "until:2026-11-15": Filter(until=at(2026, 11, 16)),
    "until:2024-02": Filter(until=at(2024, 3)),
    "until:2026": Filter(until=at(2027)),
    "since:2025 since:2026-02 until:2027": Filter(since=at(2026, 2), until=at(2028)),
    "month:2026-11": Filter(since=at(2026, 11), until=at(2026, 12)),
    "month:last": Filter(since=at(2025, 2), until=at(2025, 3)),
    "month:THIS": Filter(since=at(2025, 3), until=at(2025, 4)),
    "month:mar": Filter(since=at(2025, 3), until=at(2025, 4)),
    "month:April": Filter(since=at(2024, 4), until=at(2024, 5)),
    "since:last-month": Filter(since=at(2025, 2)),
    "until:last-month": Filter(until=at(2025, 3)),
    "since:dec until:jan": Filter(since=at(2024, 12), until=at(2025, 2)),
    "since:last-year until:this-year": Filter(since=at(2024), until=at(2026)),
    "since:yesterday": Filter(since=at(2025, 3, 14)),
    "until:today": Filter(until=at(2025, 3, 16)),
    "month:last until:2025-02-03": Filter(since=at(2025, 2), until=at(2025, 2, 4)),
    "note:Rent": Filter(notes=("rent",)),
    "Coffee BAR": Filter(words=("coffee", "bar")),
    "25,000": Filter(words=("25,000",)),
    "rent 25,000 sat": Filter(words=("rent", "25,000")),
    ">10,000 sats rent": Filter(least_sat=10_001, words=("rent",)),
    "sat 25 text:sat": Filter(words=("sat", "25", "sat")),
    "text:out": Filter(words=("out",)),
    "text:note": Filter(words=("note",)),
    "text:https://x": Filter(words=("https://x",)),
    "50% a_b 'x' \"y\" \\": Filter(words=("50%", "a_b", "'x'", '"y"', "\\")),
    "a\x00b": Filter(words=("a\x00b",)),
    "out >10000 since:2026-11 failed": Filter(
        outgoing=True, least_sat=10_001, since=at(2026, 11), status=PaymentStatus.FAILED
    ),
}


@pytest.mark.parametrize("text", MEANINGS)
def test_what_words_mean(text: str) -> None:
    assert parse(text) == MEANINGS[text]


REFUSED = {
    ">": (">", "holds no amount"),
    "out >ten": (">ten", "holds no amount"),
    "=1.5": ("=1.5", "no whole number of satoshis"),
    ">1,00": (">1,00", "holds no amount"),
    f">{MOST_SAT + 1}": (f">{MOST_SAT + 1}", "more than all bitcoin"),
    "<9999999999999999m": ("<9999999999999999m", "more than all bitcoin"),
    "since:soon": ("since:soon", "holds no time"),
    "since:ja": ("since:ja", "holds no time"),
    "month:": ("month:", "holds no month"),
    "month:2026": ("month:2026", "holds no month"),
    "month:today": ("month:today", "holds no month"),
    "month:2026-13": ("month:2026-13", "no day of the calendar"),
    "month": ("month", "lacks its colon"),
    "month:last since:2025-03": ("since:2025-03", "No payment can be “since:2025-03”"),
    "since:2026-13": ("since:2026-13", "no day of the calendar"),
    "until:2026-02-30": ("until:2026-02-30", "no day of the calendar"),
    "until:0000": ("until:0000", "no day of the calendar"),
    "until:": ("until:", "holds no time"),
    "note:": ("note:", "lacks what to look for"),
    "text:": ("text:", "lacks what to look for"),
    "form:rent": ("form:rent", "“form:” is not understood"),
    "https://x": ("https://x", "“https:” is not understood"),
    "since 2026": ("since", "lacks its colon"),
    "Note rent": ("Note", "lacks its colon"),
    "in out": ("out", "No payment can be “out”"),
    "paid out failed": ("failed", "No payment can be “failed”"),
    ">10 <10": ("<10", "No payment can be “<10”"),
    "<0": ("<0", "No payment can be “<0”"),
    "since:2027 until:2026": ("until:2026", "No payment can be “until:2026”"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_means_nothing_is_named(text: str) -> None:
    word, sentence = REFUSED[text]
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert caught.value.word == word
    assert sentence in caught.value.message
    for part in (caught.value.message, caught.value.remedy):
        assert part.endswith(".")
        assert len(part) < 140


@pytest.mark.parametrize(
    ("now", "last"),
    [(at(2025, 1), at(2024, 12)), (at(2025, 3, 31), at(2025, 2)), (at(2024, 3) - 1, at(2024, 1))],
)
def test_the_last_month_ended_when_this_one_began(now: int, last: int) -> None:
    assert filters.parse("month:last", now).since == last


@pytest.mark.parametrize("text", ["since", "until", "since:soon", "until:", "month:soon"])
def test_what_is_proposed_is_of_this_year_and_is_understood(text: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    examples = re.findall(r"[a-z]+:[-0-9a-z]+", caught.value.remedy)
    assert any("2025-03" in one for one in examples)
    for one in examples:
        parse(one)


def test_a_filter_has_an_end() -> None:
    assert len(parse("a " * (LONGEST // 2)).words) == LONGEST // 2
    with pytest.raises(FilterError, match="at most 300"):
        parse("a" * (LONGEST + 1))


def test_what_may_begin_a_hash() -> None:
    assert hex_prefix("02ab") == "02ab"
    assert hex_prefix("02a") == ""
    assert hex_prefix("coffee") == ""


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("25,000", (25_000, None)),
        ("25000", (25_000, None)),
        ("-25,000", (25_000, True)),
        ("+1", (1, False)),
        ("25k", (25_000, None)),
        ("2.5K", (2_500, None)),
        ("25.000", (25_000, None)),
        ("-1.000.000", (1_000_000, True)),
        ("1.500k", (1_500, None)),
        ("25,00", None),
        ("1.5", None),
        ("--5", None),
        ("-", None),
        ("", None),
        ("rent25k", None),
        ("٥", None),
        (str(MOST_SAT + 1), None),
    ],
)
def test_which_words_read_as_an_amount(word: str, meant: tuple[int, bool | None] | None) -> None:
    assert amount_meant(word) == meant


def understood(text: str) -> Filter | None:
    try:
        return parse(text)
    except FilterError:
        return None


TERMS = st.one_of(
    st.sampled_from([text for text in MEANINGS if text.strip()]),
    st.text(max_size=12),
    st.builds(
        "{}{}{}".format,
        st.sampled_from([">", "<", "=", ">=", "<="]),
        st.integers(0, 10**9),
        st.sampled_from(["", "k", "M"]),
    ),
    st.builds("{}:{}".format, st.sampled_from(["since", "until"]), st.dates()),
    st.builds("{}:{}".format, st.sampled_from(["note", "text", "Text", "x"]), st.text(max_size=9)),
)


@given(st.lists(TERMS, max_size=8).map(" ".join))
@example("ſtuck")
@example("text:ſtuck")
@example("\ud800")
@example("until:9999-12-31")
@example("ΐ ŉ ǰ \u0345\u0301")
def test_what_was_understood_can_be_written_and_read_again(text: str) -> None:
    found = understood(text)
    if found is not None and len(written(found)) <= LONGEST:
        assert parse(written(found)) == found


@given(st.text())
def test_what_is_folded_once_stays(text: str) -> None:
    assert fold(fold(text)) == fold(text)
