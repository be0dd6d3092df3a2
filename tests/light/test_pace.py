"""How fast it goes forward, and what is not said."""

from __future__ import annotations

from dataclasses import replace

from lnwallet_tui.chain.sync import Progress, Wait
from lnwallet_tui.light.pace import LEAST_MS, SPAN_MS, Pace
from tests.light.test_words import NOW, SYNCED

HEADERS = replace(SYNCED, waits_for=Wait.HEADERS, told_height=900_000, headers=0)


def seen(*progress: Progress, every_ms: int = 10_000) -> tuple[Pace, int]:
    """One that looked, and the time of the last look."""
    pace = Pace()
    for number, one in enumerate(progress):
        pace.note(one, NOW + number * every_ms)
    return pace, NOW + (len(progress) - 1) * every_ms


def test_the_rate_and_what_is_left_of_it() -> None:
    steps = [replace(HEADERS, headers=count * 50_000) for count in range(4)]
    pace, now = seen(*steps)
    assert pace.per_minute(steps[-1], now) == 300_000
    assert pace.seconds_left(steps[-1], now) == 150


def test_only_the_last_minute_counts() -> None:
    fast = [replace(HEADERS, headers=count * 50_000) for count in range(3)]
    slow = [replace(HEADERS, headers=100_000 + count * 100) for count in range(1, 8)]
    pace, now = seen(*fast, *slow)
    assert pace.per_minute(slow[-1], now) == 600
    assert pace.seconds_left(slow[-1], now) == (900_000 - 100_700) // 10


def test_too_short_a_time_says_nothing() -> None:
    pace, now = seen(HEADERS, replace(HEADERS, headers=2_000), every_ms=LEAST_MS - 1)
    assert pace.per_minute(HEADERS, now) == 0
    assert pace.seconds_left(HEADERS, now) == -1


def test_what_stands_still_never_ends() -> None:
    pace, now = seen(HEADERS, HEADERS, HEADERS)
    assert (pace.per_minute(HEADERS, now), pace.seconds_left(HEADERS, now)) == (0, -1)


def test_each_stage_is_measured_by_itself() -> None:
    filters = replace(SYNCED, waits_for=Wait.FILTERS, filters=10)
    pace, now = seen(HEADERS, replace(HEADERS, headers=2_000), filters)
    assert pace.per_minute(filters, now) == 0
    assert pace.seconds_left(filters, now) == -1


def test_of_the_end_of_the_blocks_nothing_is_said() -> None:
    blocks = replace(SYNCED, waits_for=Wait.BLOCKS, verified_to=100)
    later = replace(blocks, verified_to=700)
    pace, now = seen(blocks, later)
    assert pace.per_minute(later, now) == 3_600
    assert pace.seconds_left(later, now) == -1


def test_a_nap_a_reorg_and_the_end_begin_anew() -> None:
    later = replace(HEADERS, headers=2_000)
    pace, now = seen(HEADERS, later, every_ms=SPAN_MS + 1)
    assert pace.per_minute(later, now) == 0
    pace, now = seen(later, HEADERS)
    assert pace.per_minute(later, now) == 0
    pace, now = seen(HEADERS, later, SYNCED)
    assert (pace.per_minute(SYNCED, now), pace.seconds_left(SYNCED, now)) == (0, -1)
    assert pace.is_due(now)


def test_what_nodes_claim_may_be_less_than_what_is_there() -> None:
    later = replace(HEADERS, headers=2_000, told_height=1_000)
    pace, now = seen(HEADERS, later)
    assert pace.seconds_left(later, now) == -1


def test_it_looks_once_a_second() -> None:
    pace, now = seen(HEADERS)
    assert not pace.is_due(now + 999)
    assert pace.is_due(now + 1_000)
    assert pace.is_due(now - 1)  # a clock that was set back


def test_what_is_over_has_no_pace_though_nobody_looked_since() -> None:
    later = replace(HEADERS, headers=2_000)
    pace, now = seen(HEADERS, later)
    assert pace.per_minute(later, now) == 12_000
    assert pace.per_minute(SYNCED, now) == 0
