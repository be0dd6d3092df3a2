"""A process with wallets in it is killed by signal in the middle of a day, and started again.

The points are statements to a wallet's database, from a seed: between two of them lies everything
that a process does. At the end all is as if nothing had happened.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.playground.dice import SeededDice
from tests.node.scripted_day import GIFT_MSAT, GIFTS, SALE_MSAT, SALES

ROOT = Path(__file__).parents[2]
FEES_MSAT = 60_000_000
STATEMENTS = 6_000  # a few less than the day has
SOME, MANY = 3, 50


def start(folder: Path, kill_at: int) -> subprocess.CompletedProcess[str]:
    """What it cannot take away when it is killed lies beside its wallets."""
    command = [sys.executable, "-m", "tests.node.scripted_day", str(folder), str(kill_at)]
    environment = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def points(count: int) -> list[int]:
    """One in each stretch of the day, from a seed."""
    dice, stretch = SeededDice(b"kill", "points"), STATEMENTS // count
    return [at * stretch + dice.between(1, stretch) for at in range(count)]


def judge(told: dict[str, Any]) -> None:
    """What must be true whatever happened."""
    gifts = [p for p in told["payments"] if p[2] == GIFT_MSAT]
    sales = [p for p in told["payments"] if p[2] == SALE_MSAT]
    assert [p[1] for p in gifts] == ["paid"] * len(GIFTS)
    assert [p[1] for p in sales] == ["paid"] * len(SALES)
    assert sorted(told["theirs"]) == sorted(told["payments"])  # both sides tell the same
    ready = [c for c in told["channels"] if c[0] == "ready"]
    assert [c[1] for c in ready] == [len(GIFTS) * GIFT_MSAT]  # paid, and once
    closed = [c for c in told["channels"] if c[0] == "closed"]
    assert [c[2] for c in closed] == [len(SALES) * SALE_MSAT]


def check(folder: Path, kill_at: int) -> None:
    killed = start(folder, kill_at)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    finished = start(folder, 0)
    assert finished.returncode == 0, finished.stderr
    judge(json.loads(finished.stdout))


@pytest.mark.parametrize("kill_at", points(SOME))
def test_killed_at_some_points(tmp_path: Path, kill_at: int) -> None:
    check(tmp_path, kill_at)


@pytest.mark.full
@pytest.mark.parametrize("kill_at", points(MANY))
def test_killed_at_many_points(tmp_path: Path, kill_at: int) -> None:
    check(tmp_path, kill_at)


def test_the_day_goes_well_if_nobody_is_killed(tmp_path: Path) -> None:
    finished = start(tmp_path, 0)
    assert finished.returncode == 0, finished.stderr
    judge(json.loads(finished.stdout))
