"""Every point of the scripted day: at each a process dies, or its disk fails, and is started again.

    python -m tests.crash.kill_points                      all of them; it takes hours
    python -m tests.crash.kill_points --points 1-500       a stretch of them
    python -m tests.crash.kill_points --drawn              those that the commit draws
    python -m tests.crash.kill_points --jobs J             so many at a time (2)

Each point is two real processes: the first ends there or goes on with a disk that failed, the
second takes the day up from the files. Both are forked from this one, which has loaded everything
and has no threads, so that no point waits for that. The last line says what passed, of how many.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Final

from tests import in_memory, processors
from tests.crash.killed_day import COUNT, EIO, ENOSPC, KILL, live_through
from tests.node.test_kill import judge
from tests.sampling import commit, sampled

FEW, MANY = 6, 1_000
"""Drawn by a commit, and with --full."""
LEAST: Final = 10_000
KINDS: Final = frozenset({"write", "sync", "rename", "send", "create"})
_LONGEST_S: Final = 600
_FORK: Final = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Point:
    """What happens at which point of the day."""

    what: str
    at: int

    def __str__(self) -> str:
        return f"{self.what} at {self.at}"


@dataclass(frozen=True)
class Verdict:
    """What came of point number `number`; `wrong` is empty where all was as it must be."""

    number: int
    point: Point
    wrong: str

    @property
    def line(self) -> str:
        """Repeats it, at that commit."""
        again = f"python -m tests.crash.kill_points --points {self.number}"
        return f"{self.point} commit={commit()[:12]} ({again})\n{self.wrong}"


@dataclass(frozen=True)
class Ended:
    """How a process ended, as `subprocess` says it, and what it had said."""

    code: int
    said: str


def live_apart(folder: Path, what: str = COUNT, at: int = 0) -> Ended:
    """The day in a process of its own, whose files lie in `folder`. AssertionError if it never
    ends."""
    said = folder.with_suffix(".said")
    process = _FORK.Process(target=_live, args=(folder, said, what, at))
    process.start()
    process.join(_LONGEST_S)
    code = process.exitcode
    if code is None:
        process.kill()
        process.join()
    assert code is not None, "it never ended"
    return Ended(code, said.read_text())


def _live(folder: Path, said: Path, what: str, at: int) -> None:
    """What it cannot take away when it is killed lies beside its wallets."""
    descriptor = os.open(said, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    tempfile.tempdir = str(folder)
    live_through(folder, what, at)


def day() -> list[Point]:
    """All points that it has, in order of what happens: counted in a day in which nothing does."""
    with _folder() as name:
        ended = live_apart(_made(Path(name) / "day"))
    assert ended.code == 0, ended.said
    told, counts, calls = map(json.loads, ended.said.splitlines())
    judge(told)
    assert counts.keys() >= KINDS, counts
    many = {KILL: sum(counts.values()), EIO: calls, ENOSPC: calls}
    return [Point(what, at) for what, last in many.items() for at in range(1, last + 1)]


def check(folder: Path, point: Point) -> None:
    """Raises AssertionError where something is lost."""
    first = live_apart(folder, point.what, point.at)
    assert first.code == -signal.SIGKILL if point.what == KILL else first.code >= 0, first
    finished = live_apart(folder)
    assert finished.code == 0, finished.said
    judge(json.loads(finished.said.splitlines()[0]))


def verdicts(points: Sequence[tuple[int, Point]], jobs: int) -> Iterator[Verdict]:
    """Of these, as they come; fewer where a process that tries them died itself."""
    readers, processes = [], []
    for job in range(jobs):
        reader, writer = _FORK.Pipe(duplex=False)
        processes.append(_FORK.Process(target=_try, args=(points[job::jobs], writer)))
        processes[-1].start()
        writer.close()
        readers.append(reader)
    while readers:
        for ready in wait(readers):
            assert isinstance(ready, Connection)
            try:
                yield ready.recv()
            except EOFError:
                readers.remove(ready)
    for process in processes:
        process.join()  # the time that it spent is then known


def _try(points: Sequence[tuple[int, Point]], writer: Connection) -> None:
    for number, point in points:
        wrong = ""
        with _folder() as name:
            try:
                check(_made(Path(name) / "day"), point)
            except Exception:  # whatever it is, it is this point's verdict, and others go on
                wrong = traceback.format_exc()
        writer.send(Verdict(number, point, wrong))


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="lnw-point-", dir=in_memory.place())


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main() -> int:
    """0 if all of them passed."""
    asked = _arguments()
    known = list(enumerate(day(), 1))
    assert len(known) >= LEAST, "the day has become shorter"
    if asked.drawn:
        chosen = sampled("kill points", known, FEW, MANY)
    else:
        chosen = known[asked.points[0] - 1 : asked.points[-1]] if asked.points else known
    passed = 0
    for verdict in verdicts(chosen, asked.jobs):
        passed += not verdict.wrong
        if verdict.wrong:
            print(verdict.line, flush=True)
    print(json.dumps(_told(passed, len(chosen), len(known))))
    return int(passed != len(chosen))


def _told(passed: int, tried: int, points: int) -> dict[str, float]:
    each = processors.spent_by_children() / max(tried, 1)
    return {
        "passed": passed,
        "tried": tried,
        "points": points,
        "seconds_each": round(each, 2),
        "hours_for_all_on_two_cores": round(processors.hours(each * points), 1),
    }


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.kill_points")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--points", type=_range, metavar="FIRST-LAST")
    which.add_argument("--drawn", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
