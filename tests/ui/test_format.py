"""Amounts, blocks and times in words, at every boundary; what a person types as an amount."""

from __future__ import annotations

import os
import time

import pytest

from lnwallet_tui.bitcoin.amount import MAX_SAT
from lnwallet_tui.ui import format as fmt
from tests.ui.views import NOW

DAY = 86_400


@pytest.mark.parametrize(
    ("amount_msat", "shown", "exactly"),
    [
        (0, "0 sat", "0 sat"),
        (1, "under 1 sat", "0.001 sat"),
        (999, "under 1 sat", "0.999 sat"),
        (1_000, "1 sat", "1 sat"),
        (1_999, "1 sat", "1.999 sat"),
        (1_234_567_089, "1,234,567 sat", "1,234,567.089 sat"),
        (MAX_SAT * 1000, "2,100,000,000,000,000 sat", "2,100,000,000,000,000 sat"),
    ],
)
def test_an_amount_is_whole_satoshis_and_exact_where_asked(
    amount_msat: int, shown: str, exactly: str
) -> None:
    assert fmt.msat(amount_msat) == shown
    assert fmt.exact(amount_msat) == exactly


def test_a_sign_is_seen_from_us() -> None:
    assert fmt.signed(2_000, outgoing=True) == "-2 sat"
    assert fmt.signed(2_000, outgoing=False) == "+2 sat"


@pytest.mark.parametrize(
    ("typed", "amount_sat"),
    [
        ("250000", 250_000),
        ("250,000", 250_000),
        (" 250 000 sat ", 250_000),
        ("250_000s", 250_000),
        ("12.5", None),
        ("0.001", None),
        ("1,5", None),
        ("1,000.500", None),
        ("1,0000", None),
        (",000", None),
        ("250.000", 250_000),
        ("1'000'000 SAT", 1_000_000),
        ("0", 0),
        (str(MAX_SAT), MAX_SAT),
        (str(MAX_SAT + 1), None),
        ("9" * 17, None),
        ("", None),
        ("sat", None),
        ("-5", None),
        ("5 btc", None),
        ("٣", None),  # a digit, but not one that the invoice would understand
        ("²", None),
    ],
)
def test_what_a_person_types_as_an_amount(typed: str, amount_sat: int | None) -> None:
    assert fmt.parse_sat(typed) == amount_sat


@pytest.mark.parametrize(
    ("typed", "per_kw"),
    [
        ("1", 250), ("2.5", 625), (" 2,5 ", 625), ("0.001", 1), ("12.", 3_000), ("1.005", 252),
        ("", None), ("-1", None), ("1.0001", None), ("1e3", None), ("one", None), ("٣", None),
    ],
)  # fmt: skip
def test_what_a_person_types_as_a_feerate(typed: str, per_kw: int | None) -> None:
    assert fmt.parse_feerate(typed) == per_kw


@pytest.mark.parametrize(
    ("per_kw", "shown"),
    [(0, "0.0 sat/vB"), (253, "1.0 sat/vB"), (625, "2.5 sat/vB"), (2_500_000, "10,000.0 sat/vB")],
)
def test_a_feerate_is_per_virtual_byte(per_kw: int, shown: str) -> None:
    assert fmt.feerate(per_kw) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (7_199, "120 min"),
        (7_200, "2 h"),
        (2 * DAY - 1, "48 h"),
        (2 * DAY, "2 days"),
        (21 * DAY - 1, "21 days"),
        (21 * DAY, "3 weeks"),
    ],
)
def test_about_how_long(seconds: int, shown: str) -> None:
    assert fmt.span(seconds) == shown


def test_blocks_never_stand_without_a_time() -> None:
    assert fmt.blocks(1) == "1 block (~10 min)"
    assert fmt.blocks(2_016) == "2,016 blocks (~14 days)"
    assert fmt.block_at(976_120, NOW, NOW) == "block 976,120 (~14:13)"
    assert fmt.expected(110, 108, NOW) == "block 110 (~14:33)"


@pytest.mark.parametrize(
    ("away", "shown"),
    [
        (0, "14:13"),
        (3_600, "15:13"),
        (-14 * 3_600 - 800, "00:00"),
        (DAY, "Tue 14:13"),
        (-6 * DAY, "Tue 14:13"),
        (7 * DAY, "28 Sep 14:13"),
        (-7 * DAY, "14 Sep 14:13"),
        (365 * DAY, "21 Sep 2027 14:13"),
    ],
)
def test_a_time_names_as_much_of_its_day_as_is_needed(away: int, shown: str) -> None:
    assert fmt.clock(NOW + away, NOW) == shown


def test_a_moment_names_its_day_and_year() -> None:
    assert fmt.moment(NOW) == "Mon 21 Sep 2026, 14:13 UTC"


def test_times_are_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles", "UTC"):
        monkeypatch.setitem(os.environ, "TZ", zone)
        time.tzset()
        assert fmt.clock(NOW, NOW) == "14:13"
        assert fmt.day_and_time(NOW) == "Mon 21 Sep 14:13"
        assert fmt.day_and_time(NOW, wide=True) == "Mon 21 Sep 2026, 14:13 UTC"
    monkeypatch.undo()
    time.tzset()


def test_how_long_ago_and_how_long_yet() -> None:
    assert fmt.ago(NOW - 59, NOW) == "just now"
    assert fmt.ago(NOW + 60, NOW) == "just now"  # a block's time may lie ahead of ours
    assert fmt.ago(NOW - 180, NOW) == "3 min ago"
    assert fmt.left(NOW + 3_540, NOW) == "in 59 min"
    assert fmt.left(NOW, NOW) == "over"


def test_a_long_id_is_shown_by_both_ends() -> None:
    assert fmt.short("ab" * 33) == "abababab…abababab"
    assert fmt.short("x" * 17) == "x" * 17


def test_one_and_many() -> None:
    assert fmt.count(1, "channel") == "1 channel"
    assert fmt.count(0, "channel") == "0 channels"
    assert fmt.count(2, "penny", "pence") == "2 pence"
