"""Measures the figures that the README shows, and writes them to `tests/figures.json`, and the
scenarios with nodes that others wrote to `tests/scenarios.json`.

    python -m tests.measure                    all of them
    python -m tests.measure tours BIP          those whose names contain one of these words
    python -m tests.measure scenarios          all scenarios with nodes that others wrote
    python -m tests.measure LDK                those with LDK
    python -m tests.measure 'force close'      those whose sentences contain these words
    python -m tests.measure tours --seeds 1-5  tours of these seeds (1-100); so with lives (1-2000)
    python -m tests.measure killed --whole     every point of a day, which takes hours

A figure belongs to a commit: nothing is measured while a file differs from it. Afterwards
`python -m tests.figures` shows them in the README and in `tests/peers/SCENARIOS.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from tests import cases as cases_of_tests
from tests import mistakes, processors
from tests.audit.facts import Contradiction
from tests.cases import Case, variations
from tests.counted import CASES
from tests.crash.test_power_cut import count_images
from tests.figures import PLAYED, ROOT, SOURCE, Figure, Played, counts_of, figures, played
from tests.mutation.campaign import ROOMS, count_mutants
from tests.onchain.bundle_sizes import SIZES, told_sizes
from tests.peers.electrum import conftest as electrum
from tests.peers.ldk import conftest as ldk
from tests.playground.tours import tour
from tests.sabotage.campaign import SEEDS, count_switches
from tests.scenarios import ELECTRUM, LDK, SCENARIOS, folder_of
from tests.sim.campaigns import CORE_FAULTS, Campaign, Run, verdicts
from tests.sim.light_life import LIGHT_FAULTS
from tests.sim.run import run_light_seed, run_seed
from tests.sim.tally import Fault

TOURS: Final = "Tours, each msat found by the audit"
LIVES: Final = "Lives of channels in which everything breaks, nobody honest short of a satoshi"
LIGHT_LIVES: Final = "Lives over the light node, to which one of its peers lies about filters"
TOUR_SEEDS: Final = range(1, 101)
LIFE_SEEDS: Final = range(1, 2_001)
LIGHT_SEEDS: Final = range(1, 61)
MISTAKES: Final = "Disclosed mistakes of others that are tests here"
COUNTERPARTS: Final = {LDK: ldk, ELECTRUM: electrum}


SABOTAGE: Final = (
    "Rules of ours broken one at a time, noticed by lives or properties that know none"
)
BUNDLE: Final = "Sizes of the guard's bundle within their limits"
MUTANTS: Final = {
    f"Small mistakes in code of {room.name}, noticed by its tests": room for room in ROOMS
}
POINTS: Final = "A process killed, or its disk failing, at a write, sync, rename or send"
IMAGES: Final = "Disks that a power cut may leave, opened"
AWAITED: Final[frozenset[str]] = frozenset()
"""Figures that were declared, and wait to be measured first."""


def names() -> list[str]:
    """All figures, in the order in which they are measured."""
    cases = (cases.name for cases in CASES)
    return [TOURS, LIVES, LIGHT_LIVES, *cases, POINTS, IMAGES, MISTAKES, SABOTAGE, BUNDLE, *MUTANTS]


def count_cases(tests: Sequence[str]) -> tuple[int, int]:
    """How many cases of these tests passed, and how many there are."""
    return _count(cases_of_tests.run(tests))


def _count(cases: Sequence[Case]) -> tuple[int, int]:
    return sum(case.has_passed for case in cases), len(cases)


def count_mistakes() -> tuple[int, int]:
    """How many rows have tests all of whose cases passed, and how many rows there are."""
    tests = [test for tests in mistakes.shown_by().values() for test in tests]
    return mistakes.rows_passed(cases_of_tests.run(tests)), len(mistakes.ROWS)


def count_tours(seeds: range) -> tuple[int, int]:
    """How many tours passed and were audited without a contradiction, and how many were told."""
    passed = 0
    for seed in seeds:
        told = tour(seed)
        try:
            told.audit()
        except Contradiction as contradiction:
            print(f"  seed {seed}: {contradiction}", flush=True)
            continue
        passed += told.code == 0 and bool(told.lines) and all(line["ok"] for line in told.lines)
    return passed, len(seeds)


def count_lives(
    seeds: range, run: Run = run_seed, kinds: frozenset[Fault] = CORE_FAULTS
) -> tuple[tuple[int, int], str]:
    """How many lives went well, of how many; how many an hour, and how often what broke in all of
    them together. A kind of fault that never happened is a failure."""
    campaign, before = Campaign(kinds), processors.spent_by_children()
    for verdict in verdicts(run, seeds, jobs=2):
        campaign.add(verdict)
        if not verdict.passed:
            print(f"  {verdict.line}", flush=True)
    if missing := campaign.missing():
        raise SystemExit(f"Never happened: {', '.join(missing)}")
    pace = processors.an_hour(len(seeds), processors.spent_by_children() - before)
    remark = f"{pace:,} an hour on two cores; {campaign.faults_in_words()}"
    return (len(seeds) - len(campaign.failed), len(seeds)), remark


def count_points(whole: bool) -> tuple[tuple[int, int], str]:
    """At how many points of a day nothing was lost, of how many that the commit drew, or of all;
    and what all of them take."""
    command = [sys.executable, "-m", "tests.crash.kill_points", *(() if whole else ("--drawn",))]
    environment = {**os.environ, "LNWALLET_TESTS_FULL": "1"}
    tried = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    *wrong, last = tried.stdout.splitlines()
    print(*wrong, sep="\n", flush=True)
    told = json.loads(last)
    all_of_them = f"{told['points']:,} points of the day"
    remark = (
        f"all {all_of_them}"
        if whole
        else f"drawn from {all_of_them}, all of which take {told['hours_for_all_on_two_cores']} "
        f"hours on two cores, {told['seconds_each']} s each: --whole"
    )
    return (told["passed"], told["tried"]), remark


def commit() -> str:
    """The commit that is measured; SystemExit if the files are not those of one."""
    changed = _git("status", "--porcelain", "--untracked-files=no")
    if changed:
        raise SystemExit(f"A figure belongs to a commit, and these files differ:\n{changed}")
    return _git("rev-parse", "--short=7", "HEAD")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def kept(old: Sequence[Figure], new: Sequence[Figure]) -> list[Figure]:
    """The rows of the file afterwards, in the order in which they are measured."""
    rows = {row.name: row for row in (*old, *new)}
    return [rows[name] for name in names() if name in rows]


def kept_scenarios(old: Sequence[Played], new: Sequence[Played]) -> list[Played]:
    """The same of the scenarios."""
    rows = {(row.peer, row.scenario): row for row in (*old, *new)}
    names = [(peer, scenario) for peer, tests in SCENARIOS.items() for scenario in tests.values()]
    return [rows[name] for name in names if name in rows]


@dataclass(frozen=True)
class Measure:
    """What is asked for: all, or whatever has one of `words` in its name. At one commit."""

    words: Sequence[str]
    seeds: range | None
    whole: bool
    at: str = field(default_factory=commit)
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())

    def figures(self) -> Iterator[Figure]:
        """A row for every figure that is wanted."""
        if self._is_wanted(TOURS):
            seeds = self.seeds or TOUR_SEEDS
            yield self._figure(TOURS, count_tours(seeds), seeds[0], seeds[-1])
        if self._is_wanted(LIVES):
            seeds = self.seeds or LIFE_SEEDS
            counts, remark = count_lives(seeds)
            yield self._figure(LIVES, counts, seeds[0], seeds[-1], remark=remark)
        if self._is_wanted(LIGHT_LIVES):
            seeds = self.seeds or LIGHT_SEEDS
            counts, remark = count_lives(seeds, run_light_seed, LIGHT_FAULTS)
            yield self._figure(LIGHT_LIVES, counts, seeds[0], seeds[-1], remark=remark)
        for cases in CASES:
            if self._is_wanted(cases.name):
                counts = count_cases(cases.tests)
                yield self._figure(cases.name, counts, remark=cases.remark)
        if self._is_wanted(POINTS):
            counts, remark = count_points(self.whole)
            yield self._figure(POINTS, counts, remark=remark)
        if self._is_wanted(IMAGES):
            yield self._figure(IMAGES, count_images())
        if self._is_wanted(MISTAKES):
            yield self._figure(MISTAKES, count_mistakes())
        if self._is_wanted(SABOTAGE):
            counts, remark = count_switches()
            yield self._figure(SABOTAGE, counts, 1, SEEDS, remark=remark)
        if self._is_wanted(BUNDLE):
            yield self._figure(BUNDLE, count_cases(SIZES), remark=told_sizes())
        for name, room in MUTANTS.items():
            if self._is_wanted(name):
                counts, remark = count_mutants(room)
                yield self._figure(name, counts, remark=remark)

    def scenarios(self) -> Iterator[Played]:
        """A row for every scenario that is wanted; those with one peer are played in one go."""
        for peer, scenarios in SCENARIOS.items():
            wanted = {
                f"{folder_of(peer)}/{test}": scenario
                for test, scenario in scenarios.items()
                if self._is_wanted(f"Scenarios with {peer}: {scenario}")
            }
            if wanted:
                yield from self._play(peer, wanted)

    def _play(self, peer: str, scenarios: Mapping[str, str]) -> Iterator[Played]:
        there = COUNTERPARTS[peer]
        if missing := there.why_not():
            raise SystemExit(f"{peer} cannot be played with: {missing}")
        cases = cases_of_tests.run(list(scenarios))
        for test, scenario in scenarios.items():
            own = [case for case in cases if case.test == test]
            passed, possible = _count(own)
            if not own:
                raise SystemExit(f"{test}: no case of it ran")
            print(f"{peer}: {scenario}: {passed} of {possible}", flush=True)
            counts = variations(own), passed, possible
            yield Played(peer, there.version(), scenario, *counts, self.at, self.date)

    def _is_wanted(self, name: str) -> bool:
        return not self.words or any(word.lower() in name.lower() for word in self.words)

    def _figure(
        self,
        name: str,
        counts: tuple[int, int],
        first: int | None = None,
        last: int | None = None,
        remark: str = "",
    ) -> Figure:
        print(f"{name}: {counts[0]} of {counts[1]}", flush=True)
        command = f"python -m tests.measure '{name}'"
        return Figure(name, command, *counts, first, last, self.at, self.date, remark)


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _write(path: Path, rows: Sequence[Figure | Played]) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n")


def main() -> int:
    """0 if everything that was measured passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.measure")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--seeds", type=_range, metavar="FIRST-LAST")
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    measure = Measure(options.words, options.seeds, options.whole)
    rows, scenarios = list(measure.figures()), list(measure.scenarios())
    if commit() != measure.at:
        raise SystemExit("The commit is another than when the measuring began")
    _write(SOURCE, kept(figures(), rows))
    _write(PLAYED, kept_scenarios(played(), scenarios))
    counts = [*map(counts_of, rows), *map(counts_of, scenarios)]
    return int(any(passed != possible for passed, possible in counts))


if __name__ == "__main__":
    sys.exit(main())
