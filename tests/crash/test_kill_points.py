"""A process with wallets in it is killed at a write, a sync, a rename or a send, and started again;
or its disk fails there. At the end all is as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from lnwallet_tui.playground.dice import SeededDice
from tests.crash.sqlite_layer import WHY_NOT
from tests.node.test_kill import ROOT, judge
from tests.sampling import sampled

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

POINTS: Final = 6_000  # a few less than the day has
CALLS: Final = 2_900  # of these, calls of wallets to the disk
SOME, MANY = 3, 80


def start(folder: Path, what: str, at: int) -> subprocess.CompletedProcess[str]:
    """What it cannot take away when it is killed lies beside its wallets."""
    command = [sys.executable, "-m", "tests.crash.killed_day", str(folder), what, str(at)]
    environment = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@dataclass(frozen=True)
class Point:
    """What happens at which point of the day."""

    what: str
    at: int

    def __str__(self) -> str:
        return f"{self.what} at {self.at}"


def points(count: int) -> list[Point]:
    """One in each stretch of the day, from a seed: as many kills as failures of the disk."""
    chosen = []
    for what, most, share in (("kill", POINTS, 2), ("EIO", CALLS, 1), ("ENOSPC", CALLS, 1)):
        dice, many = SeededDice(b"kill points", what), count * share // 4
        stretch = most // many
        chosen += [Point(what, n * stretch + dice.between(1, stretch)) for n in range(many)]
    return chosen


def check(folder: Path, point: Point) -> None:
    """Raises AssertionError where something is lost."""
    first = start(folder, point.what, point.at)
    if point.what == "kill":
        assert first.returncode == -signal.SIGKILL, first.stderr
    finished = start(folder, "count", 0)
    assert finished.returncode == 0, finished.stderr
    judge(json.loads(finished.stdout.splitlines()[0]))


@pytest.mark.parametrize("point", sampled("kill points", points(MANY), SOME), ids=str)
def test_at_a_point(tmp_path: Path, point: Point) -> None:
    check(tmp_path, point)


def test_the_day_has_so_many_points(tmp_path: Path) -> None:
    finished = start(tmp_path, "count", 0)
    assert finished.returncode == 0, finished.stderr
    told, counts = map(json.loads, finished.stdout.splitlines())
    judge(told)
    assert {"write", "sync", "rename", "send", "create"} <= counts.keys()
    assert sum(counts.values()) >= POINTS
