"""Figures and scenarios are shown as `tests/figures.json` and `tests/scenarios.json` say."""

import ast
from pathlib import Path

import pytest

from tests.cases import Case, cases_of, variations
from tests.counted import CASES, Cases
from tests.figures import (
    LIST,
    README,
    ROOT,
    Played,
    counts_of,
    counts_of_scenarios,
    figures,
    played,
    rendered,
    table_of_scenarios,
)
from tests.measure import AWAITED, COUNTERPARTS, kept_scenarios, names
from tests.scenarios import OF_THE_HARNESS, SCENARIOS, folder_of


@pytest.mark.parametrize("path", [README, LIST], ids=lambda path: path.name)
def test_what_is_shown_is_what_the_files_say(path: Path) -> None:
    assert path.read_text() == rendered()[path], "run: python -m tests.figures"


def test_no_figure_claims_more_than_was_possible() -> None:
    counts = [*map(counts_of, figures()), *map(counts_of, played())]
    assert all(0 <= passed <= possible for passed, possible in counts)


def test_every_figure_is_measured_and_each_is_there() -> None:
    measured = [row.name for row in figures()]
    assert measured == [name for name in names() if name in measured or name not in AWAITED]


@pytest.mark.parametrize("cases", CASES, ids=lambda cases: cases.name)
def test_what_a_figure_counts_exists(cases: Cases) -> None:
    for test in cases.tests:
        path, _, name = test.partition("::")
        assert not name or name in functions_of(path)


def functions_of(path: str) -> set[str]:
    """The functions of a module."""
    tree = ast.parse((ROOT / path).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


@pytest.mark.parametrize("peer", SCENARIOS)
def test_each_test_with_a_peer_is_a_scenario_that_is_listed(peer: str) -> None:
    """Whoever adds a test adds its sentence to `tests/scenarios.py`, and measures it."""
    paths = [str(path.relative_to(ROOT)) for path in (ROOT / folder_of(peer)).glob("test_*.py")]
    tests = {
        f"{path.rpartition('/')[2]}::{name}"
        for path in paths
        if path not in OF_THE_HARNESS
        for name in functions_of(path)
        if name.startswith("test_")
    }
    assert tests == set(SCENARIOS[peer])


def test_every_folder_of_a_peer_is_looked_into() -> None:
    folders = {path.parent for path in (ROOT / "tests/peers").glob("*/test_*.py")}
    of_the_chain = {ROOT / "tests/peers/bitcoind"}  # a node of Bitcoin and not of Lightning
    assert {ROOT / folder_of(peer) for peer in SCENARIOS} == folders - of_the_chain
    assert set(COUNTERPARTS) == set(SCENARIOS)


def test_every_scenario_has_its_row_and_each_row_its_scenario() -> None:
    rows = [(row.peer, row.scenario) for row in played()]
    assert rows == [(peer, one) for peer, tests in SCENARIOS.items() for one in tests.values()]
    assert len(rows) == len(set(rows))


REPORT = """<testsuites><testsuite>
<testcase classname="tests.peers.ldk.test_x" name="test_a[anchors-we open]" />
<testcase classname="tests.peers.ldk.test_x" name="test_a[anchors-LDK opens]"><failure /></testcase>
<testcase classname="tests.peers.ldk.test_x" name="test_a[anchors-LDK opens]"><error /></testcase>
<testcase classname="tests.peers.ldk.test_x" name="test_b"><skipped /></testcase>
</testsuite></testsuites>"""


def test_a_case_that_failed_twice_is_one_and_one_skipped_has_not_passed() -> None:
    cases = cases_of(REPORT)
    assert cases == [
        Case("tests/peers/ldk/test_x.py::test_a", "anchors-we open", True),
        Case("tests/peers/ldk/test_x.py::test_a", "anchors-LDK opens", False),
        Case("tests/peers/ldk/test_x.py::test_b", "", False),
    ]
    assert variations(cases) == "anchors; we open, LDK opens"


def test_a_row_is_replaced_by_the_one_measured_last() -> None:
    (peer, tests), *_ = SCENARIOS.items()
    old = [
        Played(peer, "1.0", scenario, "", 1, 1, "0000000", "2000-01-01")
        for scenario in tests.values()
    ]
    new = Played(peer, "1.1", old[0].scenario, "", 1, 2, "abcdef0", "2000-01-02")
    assert kept_scenarios(old[::-1], [new]) == [new, *old[1:]]


def test_what_passed_with_each_peer_is_counted() -> None:
    one = Played("LDK", "1.0", "close", "we close, LDK closes", 1, 2, "abcdef0", "2000-01-01")
    two = Played("LDK", "1.0", "open", "", 3, 3, "abcdef0", "2000-01-01")
    counts = "- LDK: 4 of 5 cases of 2 scenarios passed"
    assert counts_of_scenarios([one, two]) == counts
    row = "| LDK 1.0 | close (we close, LDK closes) | 1 of 2 | abcdef0 | 2000-01-01 |"
    assert table_of_scenarios([one, two]).splitlines()[-2] == row
