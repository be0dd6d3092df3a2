"""Every disclosed mistake of others that we know of has a test."""

from __future__ import annotations

from tests.mistakes import ROWS, shown_by


def test_every_row_has_a_test_of_its_name() -> None:
    without = [f"{number}: {ROWS[number]}" for number, tests in shown_by().items() if not tests]
    assert without == []
