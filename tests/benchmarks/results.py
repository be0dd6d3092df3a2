"""What the benchmarks measured last, rendered from `results.json` to `RESULTS.md`.

    tests/benchmarks/run --keep              measure all rows, keep them, render the table
    tests/benchmarks/run --keep onion pay    only those that begin so; the others stay as they are
    python -m tests.benchmarks.results       render the table
    python -m tests.benchmarks.results --check

The first is what to do on a quiet machine: nothing else running, on mains, with Electrum from
Debian and a disk (not memory) under the checkout. A run belongs to a commit: nothing is kept while
a file differs from it. No figure is typed by hand.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from tests.benchmarks.measuring import NO_TARGET, Row

SOURCE: Final = Path(__file__).with_name("results.json")
TABLE: Final = Path(__file__).with_name("RESULTS.md")
_BUSY: Final = 0.5  # of its processors others want


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows that were measured together, and what the machine was like: `load` is how many
    processes wanted to run on its `processors` before."""

    commit: str
    date: str
    python: str
    system: str
    processors: int
    load: float
    calibration_ns: dict[str, int]
    rows: tuple[Row, ...]


def runs() -> list[Run]:
    """The runs of the file, validated; the newest last."""
    return msgspec.json.decode(SOURCE.read_bytes(), type=list[Run]) if SOURCE.exists() else []


def run_of(commit: str, load: float, calibrated: Mapping[str, int], rows: Sequence[Row]) -> Run:
    """What was measured now."""
    return Run(
        commit=commit,
        date=datetime.now(UTC).date().isoformat(),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        processors=os.cpu_count() or 1,
        load=round(load, 1),
        calibration_ns=dict(calibrated),
        rows=tuple(rows),
    )


def kept(old: Sequence[Run], new: Run) -> list[Run]:
    """The runs of the file afterwards: a row that was measured anew is in the new run only."""
    names = {row.name for row in new.rows}
    left = [
        msgspec.structs.replace(run, rows=tuple(row for row in run.rows if row.name not in names))
        for run in old
    ]
    return [*(run for run in left if run.rows), new]


def keep(new: Run) -> None:
    """Write the file and its table."""
    encoded = msgspec.json.encode(kept(runs(), new))
    SOURCE.write_bytes(msgspec.json.format(encoded, indent=2) + b"\n")
    TABLE.write_text(rendered(runs(), all_names()))


def all_names() -> list[str]:
    """Those of the rows that are measured, or are to be."""
    from tests.benchmarks.suite import BENCHMARKS  # which keeps its rows by this module

    return [benchmark.name for benchmark in BENCHMARKS]


def rendered(of: Sequence[Run], names: Sequence[str] = ()) -> str:
    """The whole page; `names` are those of all rows that there should be."""
    lines = [
        "# What the benchmarks measured",
        "",
        "Rendered by `python -m tests.benchmarks.results`, measured by",
        "`tests/benchmarks/run --keep`. Each row is a ratio of medians, of ours and of",
        "something else in the same run: a peer, or what nobody can do without. In",
        "brackets: the middle half of the rounds.",
        "",
        "| row | what | beside | ratio | mark | met | run |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_cells(row, number) for number, run in enumerate(of, 1) for row in run.rows]
    measured = {row.name for run in of for row in run.rows}
    if lacking := [f"`{name}`" for name in names if name not in measured]:
        lines += ["", f"Not measured yet: {', '.join(lacking)}."]
    missed = [row for run in of for row in run.rows if not row.met]
    if missed:
        lines += ["", "## Why a mark was missed", ""]
        lines += [f"- `{row.name}`: {row.why_missed}" for row in missed]
    lines += ["", "## The runs", ""]
    lines += [_told(run, number) for number, run in enumerate(of, 1)]
    return "\n".join(lines) + "\n"


def _cells(row: Row, number: int) -> str:
    low, high = row.spread
    what = f"{row.says} ({row.a_second:,} a second)" if row.a_second else row.says
    sign = "≥" if row.how_much_faster else "≤"
    cells = (
        f"`{row.name}`",
        what,
        row.beside,
        f"{row.ratio:.2f} ({low:.2f}–{high:.2f})",
        "none" if row.target == NO_TARGET else f"{sign} {row.target:g}",
        "–" if row.target == NO_TARGET else "yes" if row.met else "no",
        str(number),
    )
    return "| " + " | ".join(cells) + " |"


def _told(run: Run, number: int) -> str:
    calibrated = ", ".join(f"{name} {ns:,} ns" for name, ns in run.calibration_ns.items())
    load = f"on average {run.load:g} processes wanted to run before"
    if run.load >= _BUSY * run.processors:
        load = f"**busy with other work**: {load}"
    return (
        f"{number}. commit {run.commit}, {run.date}, Python {run.python}, {run.system}, "
        f"{run.processors} processors; {load}. {calibrated}."
    )


def main() -> int:
    """Write, or check."""
    wanted = rendered(runs(), all_names())
    if "--check" in sys.argv[1:]:
        return int(not TABLE.exists() or TABLE.read_text() != wanted)
    TABLE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
