"""The crash-consistency contract, cell by cell: every fault, every delivery, every aftermath."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.crash.cell import Played
from tests.crash.contract import Cell
from tests.crash.rows import ABSENT, ALL, POSSIBLE, ROWS
from tests.crash.sqlite_layer import WHY_NOT
from tests.sampling import sampled

needs_layer = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
QUICK = 40  # cells


def play(cell: Cell, folder: Path) -> None:
    """Raises AssertionError where the contract is not kept."""
    asyncio.run(Played(cell, folder).whole())


@needs_layer
@pytest.mark.parametrize(
    "cell", sampled("cells of the contract", POSSIBLE, QUICK), ids=lambda cell: cell.name
)
def test_a_cell(tmp_path: Path, cell: Cell) -> None:
    play(cell, tmp_path)


def test_every_row_is_there_or_says_why_not() -> None:
    told = {row.id for row in ROWS} | ABSENT.keys()
    assert told == {f"C{number}" for number in range(1, 29)}
    assert all(ABSENT.values())


def test_a_cell_that_cannot_exist_says_why() -> None:
    reasons: dict[str, int] = {}
    for cell in ALL:
        if cell.why_not:
            reasons[cell.why_not] = reasons.get(cell.why_not, 0) + 1
    assert len(POSSIBLE) + sum(reasons.values()) == len(ALL)
    assert all(re.search(r"\w+ \w+", reason) for reason in reasons)
    for row in ROWS:
        assert any(cell.row is row for cell in POSSIBLE), row.id
