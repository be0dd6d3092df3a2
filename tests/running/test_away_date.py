"""When a notice is due, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.policy import AWAY_NOTICES, SUREST_AWAY_NOTICE
from lnwallet_tui.running import away_date
from lnwallet_tui.running.away_date import AwayDate, Need, Told, due

HOUR, DAY = 3_600, 86_400
UNTIL = 1_796_335_500  # 3 Dec 2026 22:05 UTC
TWO_DAYS, HALF_A_DAY, PASSED = AWAY_NOTICES


def shown(known_for: int) -> list[int]:
    """How many seconds before the date notices come to somebody who looks each hour from the moment
    at which it became known."""
    need, told, came = Need(UNTIL, UNTIL, UNTIL - known_for), None, []
    for now in range(UNTIL - known_for, UNTIL + DAY, HOUR):
        notice = due(need, now, told)
        if notice is not None:
            told = notice
            came.append(UNTIL - now)
    return came


@pytest.mark.parametrize(
    ("known_for", "before"),
    [
        (5 * DAY, [TWO_DAYS, HALF_A_DAY, PASSED]),
        # Two days before it nobody knew, and the closing of a wallet is no news to who closed it.
        (40 * HOUR, [HALF_A_DAY, PASSED]),
        (5 * HOUR, [5 * HOUR, PASSED]),
    ],
)
def test_each_comes_once_and_the_surest_always(known_for: int, before: list[int]) -> None:
    assert shown(known_for) == before
    assert SUREST_AWAY_NOTICE in AWAY_NOTICES


def test_whoever_was_off_meanwhile_is_told_the_newest_only() -> None:
    need = Need(UNTIL, UNTIL, UNTIL - 9 * DAY)
    assert due(need, UNTIL + DAY) == Told(UNTIL, PASSED)
    assert due(need, UNTIL + DAY, None, Told(UNTIL, HALF_A_DAY)) == Told(UNTIL, PASSED)
    assert due(need, UNTIL + DAY, Told(UNTIL, PASSED), Told(UNTIL, HALF_A_DAY)) is None


def test_a_date_stays_known_while_it_is_the_same(tmp_path: Path) -> None:
    """Whoever opens the wallet without a connection learns nothing new."""
    away_date.note_new(tmp_path, AwayDate(UNTIL, UNTIL - 9 * DAY))
    away_date.note_new(tmp_path, AwayDate(UNTIL, UNTIL - 47 * HOUR))
    assert away_date.read_date(tmp_path) == AwayDate(UNTIL, UNTIL - 9 * DAY)
    away_date.note_new(tmp_path, AwayDate(UNTIL + DAY, UNTIL - 46 * HOUR))
    assert away_date.read_date(tmp_path) == AwayDate(UNTIL + DAY, UNTIL - 46 * HOUR)


def test_another_date_is_another_notice_and_a_blocks_date_may_move() -> None:
    now = UNTIL - HOUR
    assert due(Need(UNTIL, UNTIL), now, Told(UNTIL - DAY, PASSED)) is not None
    told = Told(800_000, HALF_A_DAY)  # by a block, whose date is reckoned anew with each other one
    assert due(Need(UNTIL, 800_000), now, told) is None
    assert due(Need(UNTIL + HOUR, 800_000), now, told) is None


def test_where_no_date_limits_it_nothing_is_due() -> None:
    assert due(Need(0, 0), UNTIL) is None


def test_it_says_what_to_do_by_when_and_nothing_of_what_is_in_the_wallet() -> None:
    need, blind = Need(UNTIL, UNTIL), Need(UNTIL, UNTIL, blind=True)
    before = UNTIL - HOUR
    read = "and leave it on until it has read the newest blocks."
    assert away_date.words(need, before, Network.MAINNET) == (
        f"Open the wallet before 3 Dec 22:05 UTC, {read}"
    )
    assert away_date.words(need, UNTIL, Network.SIGNET) == (
        f"Open the signet wallet now, {read} It had to be open before 3 Dec 22:05 UTC."
    )
    assert away_date.words(blind, before, Network.MAINNET) == (
        "The wallet sees no new blocks. Check the connection: it must read them before "
        "3 Dec 22:05 UTC."
    )
    assert away_date.words(blind, UNTIL, Network.TESTNET4) == (
        "The testnet4 wallet sees no new blocks. Check the connection now: it had to read them "
        "before 3 Dec 22:05 UTC."
    )
    assert away_date.of_cheat(Network.MAINNET) == "The guard answers a cheat. Open the wallet."


def test_what_is_damaged_is_as_if_it_was_not_there(tmp_path: Path) -> None:
    assert away_date.read_date(tmp_path) is None
    away_date.note_date(tmp_path, AwayDate(UNTIL, UNTIL - DAY))
    away_date.note_told(tmp_path, Told(UNTIL, PASSED))
    assert away_date.read_date(tmp_path) == AwayDate(UNTIL, UNTIL - DAY)
    assert away_date.read_told(tmp_path) == Told(UNTIL, PASSED)
    for file in tmp_path.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
        file.write_bytes(file.read_bytes()[:-3])
    assert away_date.read_date(tmp_path) is None
    assert away_date.read_told(tmp_path) is None
