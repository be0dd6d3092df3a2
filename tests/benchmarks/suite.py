"""Ratios beside a peer or a floor, measured in the same run.

    tests/benchmarks/run [NAME...] [--json FILE] [--rounds N] [--keep]

NAME is a row's or the beginning of one (`onion`); without any, all of them run. `--keep` puts what
was measured into the committed table; see `results`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tests.benchmarks import (
    beside_electrum,
    breach,
    chain,
    filters,
    paying,
    restart,
    results,
    screens,
    sync,
)
from tests.benchmarks.measuring import (
    LEAST_KEPT,
    NO_TARGET,
    ROUNDS,
    Benchmark,
    CannotRun,
    Row,
    calibration,
    measure,
)
from tests.measure import commit

BENCHMARKS: Final[tuple[Benchmark, ...]] = (
    *screens.BENCHMARKS,
    *paying.BENCHMARKS,
    *beside_electrum.BENCHMARKS,
    *breach.BENCHMARKS,
    *filters.BENCHMARKS,
    *chain.BENCHMARKS,
    *sync.BENCHMARKS,
    *restart.BENCHMARKS,
)


def main(arguments: list[str]) -> int:
    """0 if all rows that were asked for could run; a mark that is missed is no error."""
    options = _parser().parse_args(arguments)
    if options.keep and options.rounds < LEAST_KEPT:
        sys.stderr.write(f"What is kept has at least {LEAST_KEPT} rounds.\n")
        return 2
    at, load = commit() if options.keep else "", os.getloadavg()[0]
    chosen = _chosen(options.names)
    if not chosen:
        sys.stderr.write(f"No row begins so. There are: {', '.join(_names())}.\n")
        return 2
    rows, lacks = [], []
    for benchmark in chosen:
        try:
            rows.append(measure(benchmark, options.rounds))
        except CannotRun as reason:
            lacks.append(f"{benchmark.name}: {reason}")
        else:
            print(_line(rows[-1]), flush=True)
    calibrated = dict(calibration())
    for name, nanoseconds in calibrated.items():
        print(f"calibration: {name} {nanoseconds:,} ns")
    if options.json:
        _write(options.json, rows, calibrated)
    if options.keep:
        results.keep(results.run_of(at, load, calibrated, rows))
    for lack in lacks:
        sys.stderr.write(f"{lack}\n")
    return int(bool(lacks))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests/benchmarks/run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N")
    parser.add_argument("--keep", action="store_true")
    return parser


def _names() -> list[str]:
    return [benchmark.name for benchmark in BENCHMARKS]


def _chosen(names: list[str]) -> list[Benchmark]:
    return [one for one in BENCHMARKS if not names or one.name.startswith(tuple(names))]


def _line(row: Row) -> str:
    low, high = row.spread
    mark = f"target {row.target:g}  {'met' if row.met else 'MISSED'}"
    if row.target == NO_TARGET:
        mark = "no target"
    words = f"{row.name:<16}{row.ratio:>7.2f} (half of the rounds {low:.2f} to {high:.2f})"
    told = f"{words}  {mark}  beside {row.beside}: {row.says}"
    told += f" ({row.a_second:,} a second)" if row.a_second else ""
    return f"{told}\n{row.why_missed}" if row.why_missed else told


def _write(path: Path, rows: Iterable[Row], calibrated: dict[str, int]) -> None:
    told = {
        "python": platform.python_version(),
        "calibration_ns": calibrated,
        "rows": [asdict(row) for row in rows],
    }
    path.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
