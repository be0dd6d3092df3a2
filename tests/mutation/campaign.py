"""Makes mistakes in the code that money depends on, and counts those that its tests notice.

    python -m tests.mutation.campaign [ROOM …] [--count N] [--seed S] [--jobs J] [--json FILE]
    python -m tests.mutation.campaign --only MODULE:NUMBER …

From each room so many mistakes, drawn by a seed; for each the tests of the room, until one fails.
First the tests without any mistake: they must pass, and say how long is too long. A mistake that
changes nothing which could be noticed is in `equal.txt`, with its reason, and not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Final

from tests.figures import ROOT
from tests.mutation.mutants import Mutant, mutants

Key = tuple[str, str, str]
EQUAL: Final = Path(__file__).with_name("equal.txt")
COUNT: Final = 60
SEED: Final = 1
_SECONDS, _TIMES = 30, 5
"""After so long, and so many times what the tests take without a mistake, it goes on for ever."""


@dataclass(frozen=True)
class Room:
    """Modules of one kind, and the folder of their tests, of which the slow ones come last."""

    name: str
    modules: tuple[str, ...]
    folder: str
    slow: frozenset[str] = frozenset()

    @property
    def tests(self) -> list[str]:
        """In the order in which they are asked."""
        found = (path.name for path in (ROOT / self.folder).glob("test_*.py"))
        ordered = sorted(found, key=lambda name: (name[5:-3] in self.slow, name))
        return [f"{self.folder}/{name}" for name in ordered]


def _modules(package: str, names: str) -> tuple[str, ...]:
    return tuple(f"lnwallet_tui.{package}.{name}" for name in names.split())


_SLOW_OF_CHANNELS: Final = frozenset({"can_send", "hostile", "model", "pair"})
_SLOW_ON_CHAIN: Final = frozenset({"flood", "lives", "matrix", "reorganised", "rising", "rivals"})
ROOMS: Final = (
    Room(
        "commitments",
        _modules("channel", "commitment commitments transactions fees dance keys shachain"),
        "tests/channel",
        _SLOW_OF_CHANNELS,
    ),
    Room(
        "HTLCs",
        _modules("channel", "htlcs htlc_transactions held_htlcs updates limits reestablish"),
        "tests/channel",
        _SLOW_OF_CHANNELS,
    ),
    Room(
        "claims on chain",
        _modules("onchain", "claims classify deadlines justice price resolve second_stage sweep_tx")
        + _modules("onchain", "bump child_offer stage_offer sweep sweep_groups"),
        "tests/onchain",
        _SLOW_ON_CHAIN,
    ),
    Room("onions", _modules("onion", "failure payload sphinx stream messages"), "tests/onion"),
)


@dataclass(frozen=True)
class Outcome:
    """What became of one mistake: which test failed, or why it was noticed at all."""

    module: str
    mutant: Mutant
    noticed: bool
    by: str = ""

    @property
    def name(self) -> str:
        """Repeats it: `--only NAME`."""
        return f"{self.module}:{self.mutant.number}"

    @property
    def place(self) -> str:
        """In short."""
        return f"{self.module.rpartition('.')[2]} {self.mutant.line}"

    @property
    def line(self) -> str:
        """For people."""
        what = "noticed " if self.noticed else "SURVIVED"
        return f"{what} {self.name} line {self.mutant.line}: {self.mutant.words}  {self.by}".strip()


@dataclass(frozen=True)
class Score:
    """Of one room."""

    room: str
    noticed: int
    tried: int
    survivors: tuple[str, ...]


def all_of(room: Room) -> list[tuple[str, Mutant]]:
    """Every mistake that can be made there, but for those that change nothing."""
    skipped = equal()
    found = [(module, one) for module in room.modules for one in mutants(source_of(module))]
    return [(module, one) for module, one in found if key_of(module, one) not in skipped]


def key_of(module: str, mutant: Mutant) -> Key:
    """By which `equal.txt` knows it: numbers move when a module is changed."""
    line = source_of(module).splitlines()[mutant.line - 1]
    return module.removeprefix("lnwallet_tui."), line.strip(), mutant.words


def equal() -> dict[Key, str]:
    """The mistakes that change nothing, each with its reason: module, line, mistake, reason, each
    in a line of its own, and an empty one between two."""
    blocks = (block.splitlines() for block in EQUAL.read_text().strip().split("\n\n") if block)
    return {(module, line, words): reason for module, line, words, reason in blocks}


@cache
def source_of(module: str) -> str:
    """Its text."""
    return (ROOT / f"{module.replace('.', '/')}.py").read_text()


def drawn(room: Room, count: int, seed: int) -> list[tuple[str, Mutant]]:
    """So many of a room's, always the same of the same code."""
    found = all_of(room)
    return Random(f"{seed} {room.name}").sample(found, min(count, len(found)))


def _run(tests: Sequence[str], mutant: str, seconds: float | None) -> tuple[int, str]:
    """How pytest ended, and the first test that failed; 1 and no name where it took too long."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "tests.mutation.plugin"]
    command += ["-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "LNWALLET_MUTANT": mutant, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
            timeout=seconds,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return 1, "goes on for ever"
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return done.returncode, failed[0].split(" - ")[0] if failed else ""


def _try(room: Room, seconds: float, one: tuple[str, Mutant]) -> Outcome:
    module, mutant = one
    code, by = _run(room.tests, f"{module}:{mutant.number}", seconds)
    return Outcome(module, mutant, noticed=code != 0, by=by)


def outcomes(room: Room, chosen: Sequence[tuple[str, Mutant]], jobs: int) -> Iterator[Outcome]:
    """Of these, after the control."""
    began = time.monotonic()
    code, failed = _run(room.tests, "", None)
    if code:
        raise SystemExit(f"without any mistake: {failed}")
    seconds = _SECONDS + _TIMES * (time.monotonic() - began)
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(partial(_try, room, seconds), chosen)


def score(room: Room, count: int = COUNT, seed: int = SEED, jobs: int = 2) -> Score:
    """Try so many of a room, and tell what survives."""
    found = []
    for outcome in outcomes(room, drawn(room, count, seed), jobs):
        found.append(outcome)
        print(outcome.line, flush=True)
    left = tuple(one.place for one in found if not one.noticed)
    print(f"{room.name}: {len(found) - len(left)} of {len(found)} were noticed", flush=True)
    return Score(room.name, len(found) - len(left), len(found), left)


def count_mutants(room: Room) -> tuple[tuple[int, int], str]:
    """How many of the drawn mistakes the room's tests noticed, and where the others are."""
    found = score(room)
    left = ", ".join(found.survivors) or "none"
    remark = f"drawn from {len(all_of(room))}; module and line of those that survived: {left}"
    return (found.noticed, found.tried), remark


def _only(names: Sequence[str], jobs: int) -> int:
    """These alone; how many survive."""
    left = 0
    for room in ROOMS:
        wanted = [(m, one) for m, one in all_of(room) if f"{m}:{one.number}" in names]
        for outcome in outcomes(room, wanted, jobs) if wanted else ():
            left += not outcome.noticed
            print(outcome.line, flush=True)
    return left


def main() -> int:
    """0 if everything was noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.campaign")
    parser.add_argument("rooms", nargs="*", metavar="ROOM")
    parser.add_argument("--count", type=int, default=COUNT, help=f"of each room ({COUNT})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"by which they are drawn ({SEED})")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="+", default=[], metavar="MODULE:NUMBER")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if asked.only:
        return int(_only(asked.only, asked.jobs) > 0)
    rooms = [room for room in ROOMS if not asked.rooms or room.name in asked.rooms]
    scores = [score(room, asked.count, asked.seed, asked.jobs) for room in rooms]
    if asked.json:
        asked.json.write_text(json.dumps([asdict(one) for one in scores], indent=2) + "\n")
    return int(any(one.survivors for one in scores))


if __name__ == "__main__":
    sys.exit(main())
