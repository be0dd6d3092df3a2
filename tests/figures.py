"""The figures that the README shows, rendered from `tests/figures.json`.

    python -m tests.figures          write the table into README.md
    python -m tests.figures --check  say whether the README shows what the file says

Each row was measured by `python -m tests.measure`: what, how many, with which seeds, at which
commit and date. No figure in the README is typed by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCE: Final = ROOT / "tests" / "figures.json"
README: Final = ROOT / "README.md"
BEGIN: Final = "<!-- figures: begin (rendered by python -m tests.figures) -->"
END: Final = "<!-- figures: end -->"


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


def figures() -> list[Figure]:
    """The rows of the file, validated."""
    return msgspec.json.decode(SOURCE.read_bytes(), type=list[Figure])


def table(rows: list[Figure]) -> str:
    """The Markdown table of `rows`."""
    lines = ["| what | passed | seeds | shown by | commit | date |", "|---|---|---|---|---|---|"]
    for row in rows:
        seeds = "" if row.first_seed is None else f"{row.first_seed}–{row.last_seed}"
        what = f"{row.name} ({row.remark})" if row.remark else row.name
        passed = f"{row.passed} of {row.possible}"
        cells = (what, passed, seeds, f"`{row.command}`", row.commit, row.date)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def rendered(readme: str, rows: list[Figure]) -> str:
    """The README with its table made anew between the two marks."""
    head, rest = readme.split(BEGIN)
    _, tail = rest.split(END)
    return f"{head}{BEGIN}\n{table(rows)}\n{END}{tail}"


def main() -> int:
    """Write, or check."""
    readme = README.read_text()
    wanted = rendered(readme, figures())
    if "--check" in sys.argv[1:]:
        return int(readme != wanted)
    README.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
