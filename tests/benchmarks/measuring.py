"""Two things that do the same, measured in turn, so that what else the machine does meets both.

A row is a ratio of medians and never a time: times differ between machines, ratios hardly do.
Beside the rows stand calibrations of the same run, by which two runs can be compared.
"""

from __future__ import annotations

import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from coincurve import PrivateKey, verify_signature

Timed = Callable[[], int]
"""Does a batch of work and returns how long that took, in nanoseconds."""

ROUNDS: Final = 15
LEAST_KEPT: Final = 9
"""Rounds: the middle half of fewer says little."""
NO_TARGET: Final = 0.0
"""Of a row that is reported, and reaches any mark."""
ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Sides:
    """Ours, and a peer (work of others) or a floor (what nobody can do without)."""

    ours: Timed
    other: Timed
    other_name: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One row. `target` is for ours divided by the other: at most so many times as long; or, where
    `how_much_faster`, the other divided by ours: at least so many times as fast. One with
    `NO_TARGET` is of the second kind."""

    name: str
    says: str
    target: float
    sides: Callable[[], AbstractContextManager[Sides]]
    how_much_faster: bool = False
    why_missed: str = ""
    in_a_batch: int = 0  # where it is told how many a second: things that ours does in a batch


@dataclass(frozen=True, slots=True)
class Row:
    """What was seen. `spread` is the middle half of the ratios of single rounds."""

    name: str
    says: str
    beside: str
    ratio: float
    target: float
    met: bool
    spread: tuple[float, float]
    rounds: int
    why_missed: str
    how_much_faster: bool = False
    a_second: int = 0


class CannotRun(Exception):
    """What the row is measured beside is not here; the message says what to install."""


def batch(work: Callable[[], object], times: int) -> Timed:
    """A batch of one piece of work that only computes, in this process: its CPU time, which other
    programs on the machine do not lengthen."""

    def timed() -> int:
        began = time.process_time_ns()
        for _ in range(times):
            work()
        return time.process_time_ns() - began

    return timed


def measure(benchmark: Benchmark, rounds: int = ROUNDS) -> Row:
    """Raises `CannotRun`."""
    with benchmark.sides() as sides:
        sides.ours(), sides.other()  # what is loaded or compiled at first use
        pairs = [_round(sides, number) for number in range(rounds)]
    ours, other = zip(*pairs, strict=True)
    ratio = _ratio(benchmark, statistics.median(ours), statistics.median(other))
    singles = sorted(_ratio(benchmark, *pair) for pair in pairs)
    met = ratio >= benchmark.target if benchmark.how_much_faster else ratio <= benchmark.target
    return Row(
        benchmark.name,
        benchmark.says,
        sides.other_name,
        round(ratio, 2),
        benchmark.target,
        met,
        (round(singles[rounds // 4], 2), round(singles[-1 - rounds // 4], 2)),
        rounds,
        "" if met else benchmark.why_missed,
        benchmark.how_much_faster,
        round(benchmark.in_a_batch * 1e9 / statistics.median(ours)),
    )


def _round(sides: Sides, number: int) -> tuple[int, int]:
    gc.collect()
    if number % 2:
        other = sides.other()
        return sides.ours(), other
    return sides.ours(), sides.other()


def _ratio(benchmark: Benchmark, ours: float, other: float) -> float:
    return other / ours if benchmark.how_much_faster else ours / other


def calibration() -> Iterator[tuple[str, int]]:
    """Name and nanoseconds of single pieces of work that everything else is made of."""
    key, digest = PrivateKey(bytes(31) + b"\x01"), sha256(b"").digest()
    signature, public = key.sign(digest, hasher=None), key.public_key.format()
    pieces: dict[str, tuple[Callable[[], object], int]] = {
        "verify a signature": (lambda: verify_signature(signature, digest, public, None), 200),
        "sha256d of 80 bytes": (lambda: sha256(sha256(bytes(80)).digest()).digest(), 2_000),
        "count to 1,000 in Python": (lambda: sum(number & 1 for number in range(1_000)), 200),
    }
    for name, (work, times) in pieces.items():
        timed = batch(work, times)
        timed()
        yield name, statistics.median_low([timed() for _ in range(9)]) // times
    yield "write and fdatasync 4 KiB", _sync_ns()


def _sync_ns() -> int:
    with tempfile.TemporaryFile(dir=".") as file:

        def timed() -> int:
            began = time.perf_counter_ns()
            file.write(bytes(4096))
            file.flush()
            os.fdatasync(file.fileno())
            return time.perf_counter_ns() - began

        return statistics.median_low([timed() for _ in range(25)])
