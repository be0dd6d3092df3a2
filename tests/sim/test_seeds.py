"""Lives that once went wrong go well, for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sim.run import run_seed

SEEDS = Path(__file__).resolve().parents[1] / "seeds" / "lives.txt"


def past() -> list[int]:
    """The seeds that are kept."""
    return [int(line.split()[0]) for line in SEEDS.read_text().splitlines() if line.strip()]


@pytest.mark.parametrize("seed", past())
def test_a_life_that_once_went_wrong(seed: int) -> None:
    verdict = run_seed(seed)
    assert verdict.passed, verdict.line
