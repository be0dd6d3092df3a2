"""Throws each switch and looks whether anybody notices who does not know it.

    python -m tests.sabotage.campaign [NAME …] [--seeds N] [--jobs J] [--json FILE]

First lives of the simulation, from seed 1 on, until one goes wrong; where none does, the property
tests. The control is the same without any switch, which must all be right: else what is noticed
means nothing. The lives come before all else, the property tests where they noticed something.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tests.figures import ROOT
from tests.sabotage.switches import SWITCHES
from tests.sim.run import run_seed

SEEDS: Final = 100
LEAST_CAUGHT: Final = 16
BY_PROPERTIES: Final = "a property"
SWITCH: Final = "LNWALLET_SABOTAGE"
PROPERTIES: Final = (
    "tests/channel/test_pair.py",
    "tests/channel/test_hostile.py",
    "tests/channel/test_model.py",
    "tests/onchain/test_lives.py",
    "tests/onchain/test_matrix.py",
    "tests/onchain/test_reorganised.py",
    "tests/onchain/test_rivals.py",
    "tests/crash/test_contract.py",
    "tests/node/holdings/test_holdings.py",
    "tests/network/test_payments.py",
)
"""Tests that make up what happens and compare it with a model or with what must always hold; none
was written for a single rule."""
WHOLE: Final = ("tests/node/test_deep_reorganisations.py",)
"""Of these too, and not the sample of the day alone, so that a figure does not depend on it."""


@dataclass(frozen=True)
class Attempt:
    """Whether the switch was noticed, by whom, and by which words; `lives` is how many it took."""

    switch: str
    caught: bool
    by: str = ""
    words: str = ""
    lives: int = 0

    @property
    def line(self) -> str:
        """For people."""
        if not self.caught:
            return f"NOT caught  {self.switch}"
        return f"caught      {self.switch}: {self.by}: {self.words[:150]}"


def thrown(name: str, seeds: int) -> Attempt:
    """In a process of its own, for nothing is put back."""
    next(switch for switch in SWITCHES if switch.name == name).throw()
    for seed in range(1, seeds + 1):
        verdict = run_seed(seed)
        if not verdict.passed:
            first = verdict.wrongs[0].splitlines()[0]
            # What is put in place of a function must at least fit: else nothing else was broken.
            assert "TypeError" not in first, f"{name} is not broken as it should be: {first}"
            return Attempt(name, caught=True, by=f"life {seed}", words=first, lives=seed)
    failed = _properties(name)
    return Attempt(name, bool(failed), BY_PROPERTIES if failed else "", "".join(failed[:1]), seeds)


def _properties(name: str) -> list[str]:
    """Which property tests fail with that switch, until the first; without any if it is empty."""
    return _failed(name, PROPERTIES, {}) or _failed(name, WHOLE, {"LNWALLET_TESTS_FULL": "1"})


def _failed(name: str, tests: Sequence[str], extent: dict[str, str]) -> list[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "tests.sabotage.plugin", *tests]
    environment = {**os.environ, **extent, SWITCH: name}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    lines = done.stdout.splitlines()
    return [line.removeprefix("FAILED ") for line in lines if line.startswith("FAILED ")]


def untouched(seeds: int) -> list[str]:
    """The control: what goes wrong in these lives with no switch thrown."""
    verdicts = map(run_seed, range(1, seeds + 1))
    return [verdict.line for verdict in verdicts if not verdict.passed]


def hold(names: Sequence[str], seeds: int, jobs: int) -> list[Attempt]:
    """All of it, told as it comes; SystemExit where a control is wrong."""
    if wrong := untouched(seeds):
        raise SystemExit("\n    ".join(("without any switch:", *wrong)))
    done = []
    for attempt in attempts(names, seeds, jobs):
        done.append(attempt)
        print(attempt.line, flush=True)
    if any(attempt.by == BY_PROPERTIES for attempt in done) and (wrong := _properties("")):
        raise SystemExit(f"without any switch: {wrong[0]}")
    return done


def attempts(names: Sequence[str], seeds: int, jobs: int) -> Iterator[Attempt]:
    """All of them, each in a process of its own, in their order."""
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=1) as pool:
        yield from pool.imap(partial(thrown, seeds=seeds), names)


def count_switches() -> tuple[tuple[int, int], str]:
    """How many of the broken rules were noticed, and what is to be said of each other."""
    done = hold([switch.name for switch in SWITCHES], SEEDS, jobs=2)
    missed = [attempt.switch for attempt in done if not attempt.caught]
    lives = [attempt.lives for attempt in done if attempt.caught and attempt.by != BY_PROPERTIES]
    properties = sum(attempt.by == BY_PROPERTIES for attempt in done)
    remark = f"{len(lives)} by lives, the last of them by life {max(lives, default=0)}, "
    remark += f"{properties} by properties; not noticed: {', '.join(missed) or 'none'}"
    return (len(done) - len(missed), len(done)), remark


def main() -> int:
    """0 if the control is right and enough was noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.sabotage.campaign")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    names = asked.names or [switch.name for switch in SWITCHES]
    done = hold(names, asked.seeds, asked.jobs)
    caught = sum(attempt.caught for attempt in done)
    print(f"{caught} of {len(done)} were noticed")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(attempt) for attempt in done], indent=2) + "\n")
    return int(caught < len(done) * LEAST_CAUGHT // len(SWITCHES))


if __name__ == "__main__":
    sys.exit(main())
