"""The table of benchmarks is what `tests/benchmarks/results.json` says."""

from __future__ import annotations

from tests.benchmarks.measuring import LEAST_KEPT, NO_TARGET, Row
from tests.benchmarks.results import SOURCE, TABLE, Run, all_names, kept, rendered, runs
from tests.benchmarks.suite import main

ROWS = [row for run in runs() for row in run.rows]


def test_the_table_shows_the_figures_of_the_file() -> None:
    assert SOURCE.exists()
    assert TABLE.read_text() == rendered(runs(), all_names()), (
        "run: python -m tests.benchmarks.results"
    )


def test_each_row_is_there_once_and_is_measured_by_somebody() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    assert set(names) <= set(all_names())


def test_a_row_is_met_if_its_figure_says_so_and_else_says_why_not() -> None:
    for row in ROWS:
        reached = row.ratio >= row.target if row.how_much_faster else row.ratio <= row.target
        assert row.met == reached or row.ratio == row.target, row.name
        assert row.met or row.why_missed, row.name


def row(name: str, *, met: bool = True) -> Row:
    return Row(name, "work", "a floor", 1.0, 2.0, met, (0.9, 1.1), 15, "" if met else "It is slow.")


def run(*rows: Row, load: float = 0.0) -> Run:
    return Run("abcdef0", "2000-01-01", "3.11.2", "Linux", 2, load, {"verify": 30_000}, rows)


def test_a_row_that_is_measured_anew_leaves_its_old_run() -> None:
    old = [run(row("a"), row("b")), run(row("c"))]
    assert kept(old, run(row("c"), row("b"))) == [run(row("a")), run(row("c"), row("b"))]


def test_the_page_says_what_is_missed_and_how_busy_it_was() -> None:
    page = rendered([run(row("a"), row("b", met=False), load=3.0)])
    assert "| `a` | work | a floor | 1.00 (0.90–1.10) | ≤ 2 | yes | 1 |" in page
    assert "- `b`: It is slow." in page
    assert "**busy with other work**: on average 3 processes wanted to run" in page
    assert "Not measured yet: `c`.\n" in rendered([run(row("a"))], ["a", "c"])
    assert "busy" not in rendered([run(row("a"), load=0.9)])


def test_what_has_no_mark_is_reported() -> None:
    only = Row("d", "work", "one process", 1.8, NO_TARGET, True, (1.7, 1.9), 15, "", True)
    assert "| `d` | work | one process | 1.80 (1.70–1.90) | none | – | 1 |" in rendered([run(only)])


def test_nothing_is_kept_of_a_few_rounds() -> None:
    kept_before = SOURCE.read_bytes()
    assert main(["onion", "--keep", "--rounds", str(LEAST_KEPT - 1)]) == 2
    assert SOURCE.read_bytes() == kept_before
