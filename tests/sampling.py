"""Large sets: whole with `tests/run --full`, otherwise a sample chosen by the commit's hash (of the
largest a sample then too, a larger one).

A set is what is given to `sampled`, the cases of a test that is marked `full`, or a file of the
folders in `HALVED`. A commit's sample never changes, so a failure repeats; other commits take other
samples, so that over days all of a set is covered. What was sampled of what is printed at the end
of the run.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

import pytest

ROOT = Path(__file__).resolve().parents[1]
FULL = os.environ.get("LNWALLET_TESTS_FULL") == "1"
LEDGER = os.environ.get("LNWALLET_SAMPLES")
MARKED_MOST = 6  # cases of a test that is marked `full`
HALVED: Final = ("ui", "cli", "peers/ldk", "peers/electrum")
"""Whose tests take half of the time of all, in whole screens and processes. Of the rooms that
decide about money nothing is left out."""

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
    _noted(name, len(chosen), len(items))
    return [items[index] for index in chosen]


def _noted(name: str, some: int, whole: int) -> None:
    if LEDGER:
        with Path(LEDGER).open("a") as ledger:
            ledger.write(f"{name}\t{some}\t{whole}\n")


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
    _leave_out(config, items, left_out)


def leave_halves(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of each file in the folders `HALVED` half of its tests; all where somebody else than
    `tests/run` asks for them."""
    if FULL or not LEDGER:
        return
    left_out: set[pytest.Item] = set()
    for folder in HALVED:
        place = ROOT / "tests" / folder
        files: dict[Path, list[pytest.Item]] = {}
        for item in items:
            if item.path.is_relative_to(place):
                files.setdefault(item.path, []).append(item)
        whole = sum(map(len, files.values()))
        left = {item for path, tests in files.items() for item in _other_half(path, tests)}
        _noted(f"tests of {folder}", whole - len(left), whole)
        left_out |= left
    _leave_out(config, items, left_out)


def _other_half(path: Path, tests: list[pytest.Item]) -> list[pytest.Item]:
    dice = random.Random(f"{commit()}/{path.relative_to(ROOT)}")
    return dice.sample(tests, len(tests) // 2)


def _leave_out(config: pytest.Config, items: list[pytest.Item], some: set[pytest.Item]) -> None:
    if some:
        config.hook.pytest_deselected(items=[item for item in items if item in some])
        items[:] = [item for item in items if item not in some]
