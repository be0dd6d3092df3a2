"""Large sets: whole with `tests/run --full`, otherwise a sample chosen by the commit's hash (of the
largest a sample then too, a larger one).

A set is what is given to `sampled`, or the cases of a test that is marked `full`. A commit's sample
never changes, so a failure repeats; other commits take other samples, so that over days all of a
set is covered. What was sampled of what is printed at the end of the run.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

ROOT = Path(__file__).resolve().parents[1]
FULL = os.environ.get("LNWALLET_TESTS_FULL") == "1"
LEDGER = os.environ.get("LNWALLET_SAMPLES")
MARKED_MOST = 6  # cases of a test that is marked `full`

Item = TypeVar("Item")


@cache
def commit() -> str:
    """The commit under test; constant where there is no git."""
    if shutil.which("git") is None:
        return "no commit"
    asked = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "no commit"


def sampled(
    name: str, items: Sequence[Item], most: int, most_in_full: int | None = None
) -> list[Item]:
    """At most `most` of `items`, in their order; with --full all of them, or `most_in_full` where
    all would take hours."""
    if FULL:
        most = len(items) if most_in_full is None else most_in_full
    if len(items) <= most:
        chosen = list(range(len(items)))
    else:
        dice = random.Random(f"{commit()}/{name}")
        chosen = sorted(dice.sample(range(len(items)), most))
    if LEDGER:
        with Path(LEDGER).open("a") as ledger:
            ledger.write(f"{name}\t{len(chosen)}\t{len(items)}\n")
    return [items[index] for index in chosen]


def leave_a_sample(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave a sample of each test that is marked `full`; all of one that was asked for by name."""
    if any("::" in argument for argument in config.args):
        return
    large: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("full") is not None:
            large.setdefault(item.nodeid.partition("[")[0], []).append(item)
    left_out: set[pytest.Item] = set()
    for nodeid, cases in large.items():
        name = nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")
        left_out |= set(cases) - set(sampled(name, cases, MARKED_MOST))
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]
