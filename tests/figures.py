"""The figures that the README shows, and the scenarios that `tests/peers/SCENARIOS.md` lists,
rendered from `tests/figures.json` and `tests/scenarios.json`.

    python -m tests.figures          write both
    python -m tests.figures --check  say whether they show what the files say

Each row was measured by `python -m tests.measure`: what, how many, with which seeds, at which
commit and date. None is typed by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCE: Final = ROOT / "tests" / "figures.json"
PLAYED: Final = ROOT / "tests" / "scenarios.json"
README: Final = ROOT / "README.md"
LIST: Final = ROOT / "tests" / "peers" / "SCENARIOS.md"
BEGIN: Final = "<!-- figures: begin (rendered by python -m tests.figures) -->"
END: Final = "<!-- figures: end -->"
BEGIN_PLAYED: Final = "<!-- scenarios: begin (rendered by python -m tests.figures) -->"
END_PLAYED: Final = "<!-- scenarios: end -->"
"""What `README` and `LIST` show stands between such marks; the rest of them is written by hand."""


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row. `passed` of `possible` cases, seeds from `first_seed` to `last_seed` where there
    are any."""

    name: str
    command: str
    passed: int
    possible: int
    first_seed: int | None
    last_seed: int | None
    commit: str
    date: str
    remark: str = ""


class Played(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One scenario with a node that others wrote, as it was last played: `passed` of `possible`
    cases, which differ in `variations`."""

    peer: str
    version: str
    scenario: str
    variations: str
    passed: int
    possible: int
    commit: str
    date: str


def figures() -> list[Figure]:
    """The rows of the file, validated."""
    return msgspec.json.decode(SOURCE.read_bytes(), type=list[Figure])


def played() -> list[Played]:
    """The scenarios of their file, validated."""
    return msgspec.json.decode(PLAYED.read_bytes(), type=list[Played])


def table(rows: list[Figure]) -> str:
    """The Markdown table of `rows`."""
    lines = ["| what | passed | seeds | commit | date |", "|---|---|---|---|---|"]
    for row in rows:
        seeds = "" if row.first_seed is None else f"{row.first_seed}–{row.last_seed}"
        what = f"{row.name} ({row.remark})" if row.remark else row.name
        passed = f"{row.passed} of {row.possible}"
        cells = (what, passed, seeds, row.commit, row.date)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def counts_of_scenarios(rows: list[Played]) -> str:
    """How many cases passed with each peer."""
    lines = []
    for peer in dict.fromkeys(row.peer for row in rows):
        theirs = [row for row in rows if row.peer == peer]
        passed, possible = (sum(column) for column in zip(*map(counts_of, theirs), strict=True))
        lines.append(f"- {peer}: {passed} of {possible} cases of {len(theirs)} scenarios passed")
    return "\n".join(lines)


def table_of_scenarios(rows: list[Played]) -> str:
    """The Markdown table of the scenarios."""
    lines = ["| with | scenario | passed | commit | date |", "|---|---|---|---|---|"]
    for row in rows:
        what = f"{row.scenario} ({row.variations})" if row.variations else row.scenario
        peer, passed = f"{row.peer} {row.version}", f"{row.passed} of {row.possible}"
        lines.append("| " + " | ".join((peer, what, passed, row.commit, row.date)) + " |")
    return "\n".join(lines)


def counts_of(row: Figure | Played) -> tuple[int, int]:
    """How many cases passed, of how many."""
    return row.passed, row.possible


def rendered() -> dict[Path, str]:
    """The README and the list of scenarios as they are to be."""
    readme = _between(README.read_text(), BEGIN, END, table(figures()))
    readme = _between(readme, BEGIN_PLAYED, END_PLAYED, counts_of_scenarios(played()))
    scenarios = _between(LIST.read_text(), BEGIN_PLAYED, END_PLAYED, table_of_scenarios(played()))
    return {README: readme, LIST: scenarios}


def _between(document: str, begin: str, end: str, text: str) -> str:
    head, rest = document.split(begin)
    _, tail = rest.split(end)
    return f"{head}{begin}\n{text}\n{end}{tail}"


def main() -> int:
    """Write, or check."""
    wanted = rendered()
    if "--check" in sys.argv[1:]:
        return int(any(path.read_text() != text for path, text in wanted.items()))
    for path, text in wanted.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
