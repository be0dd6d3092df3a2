"""The README's table is what `tests/figures.json` says."""

import ast

import pytest

from tests.figures import README, ROOT, figures, rendered
from tests.measure import CASES, TOURS, Cases


def test_the_readme_shows_the_figures_of_the_file() -> None:
    readme = README.read_text()
    assert readme == rendered(readme, figures()), "run: python -m tests.figures"


def test_no_figure_claims_more_than_was_possible() -> None:
    assert all(0 <= row.passed <= row.possible for row in figures())


def test_every_figure_is_measured_and_each_is_there() -> None:
    assert [row.name for row in figures()] == [TOURS, *(cases.name for cases in CASES)]


@pytest.mark.parametrize("cases", CASES, ids=lambda cases: cases.name)
def test_what_a_figure_counts_exists(cases: Cases) -> None:
    for test in cases.tests:
        path, _, name = test.partition("::")
        tree = ast.parse((ROOT / path).read_text())
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        names = {node.name for node in tree.body if isinstance(node, kinds)}
        assert not name or name in names
