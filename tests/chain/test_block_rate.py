"""How often blocks come, and what comes too seldom to be by chance."""

from __future__ import annotations

import pytest

from lnwallet_tui.chain.block_rate import ENOUGH, TooFew, too_few
from lnwallet_tui.playground.dice import SeededDice

NOW = 1_800_000_000
MINUTE, HOUR = 60, 3_600


def every(minutes: int, count: int = ENOUGH) -> list[int]:
    """Blocks in equal steps up to now."""
    return [NOW - at * minutes * MINUTE for at in range(count)]


@pytest.mark.parametrize("minutes", [1, 10, 13, 20])
def test_the_usual_rate_and_half_of_it_are_in_order(minutes: int) -> None:
    assert too_few(every(minutes), NOW) is None


def test_vuln_053_a_tenth_of_the_hash_power_is_found_out() -> None:
    """All sources of headers were in one hand, which let its victim fall behind: a block that looks
    fresh is no proof that none is missing."""
    assert too_few(every(100), NOW) == TooFew(4, 6)


def test_a_third_of_it_is_found_out_within_a_day() -> None:
    found = too_few(every(30), NOW)
    assert found == TooFew(48, 24)
    assert found.usual == 144


def test_a_chain_that_stands_still_is_found_out_within_hours() -> None:
    past = every(10)
    for late in range(36):
        found = too_few(past, NOW + late * 10 * MINUTE)
        assert (found is None) is (late < 31), late


def test_who_knows_the_last_hours_alone_says_nothing() -> None:
    assert too_few(every(100, count=3), NOW) is None
    assert too_few([], NOW) is None


def test_the_bounds_are_those_of_chance() -> None:
    """A hundred days of honest blocks by a fifth less hash power than the difficulty asks for."""
    dice = SeededDice(b"blocks", "by chance")
    times, at = [], NOW
    while at < NOW + 100 * 24 * HOUR:
        at += _wait(dice)
        times.append(at)
    for end in range(ENOUGH, len(times), 7):
        assert too_few(times[end - ENOUGH : end], times[end]) is None


def _wait(dice: SeededDice) -> int:
    """Seconds until the next block: each second has the same chance, one in 750."""
    tries = 0
    while True:
        tries += 1
        if dice.between(1, 25) == 1:  # 30 seconds at once
            return tries * 30
