"""Lives that once went wrong go well, for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sim.campaigns import arguments
from tests.sim.run import Verdict, run_light_seed, run_seed
from tests.sim.tally import Tally

SEEDS = Path(__file__).resolve().parents[1] / "seeds"


def past(name: str) -> list[int]:
    """The seeds that are kept there."""
    lines = (SEEDS / name).read_text().splitlines()
    return [int(line.split()[0]) for line in lines if line.strip()]


@pytest.mark.parametrize("seed", past("lives.txt"))
def test_a_life_that_once_went_wrong(seed: int) -> None:
    verdict = run_seed(seed)
    assert verdict.passed, verdict.line


def test_lives_over_the_light_node_that_once_went_wrong() -> None:
    """One test for all of them, for there may be none."""
    verdicts = [run_light_seed(seed) for seed in past("light_lives.txt")]
    assert not [verdict.line for verdict in verdicts if not verdict.passed]


@pytest.mark.parametrize("light", [False, True])
def test_the_line_of_a_life_that_went_wrong_repeats_it(light: bool) -> None:
    line = Verdict(7, ("a satoshi is missing",), Tally(), "", is_light=light).line
    command, _, _ = line.partition("  commit=")
    asked = arguments(command.split()[1:])
    assert (asked.seeds, asked.first_seed, asked.light) == (1, 7, light)
