"""The test line's own words: samples by the commit, groups and what was skipped and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import in_memory, order, runner, sampling

WHOLE = range(100)
JUNIT = """<testsuites><testsuite>
<testcase classname="tests.wire.test_tlv" name="a" time="1.5" />
<testcase classname="tests.wire.test_tlv" name="b" time="0.5"><failure message="no" /></testcase>
<testcase classname="tests.peers.ldk.test_x" name="c"><skipped message="no node"/></testcase>
<testcase classname="tests.peers.ldk.test_x" name="d"><skipped message="no node"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setattr(sampling, "FULL", False)
    monkeypatch.setattr(sampling, "LEDGER", None)
    yield monkeypatch
    monkeypatch.undo()


def sample_of(at: pytest.MonkeyPatch, commit: str) -> list[int]:
    at.setattr(sampling, "commit", lambda: commit)
    return sampling.sampled("a set", WHOLE, 5)


def test_a_commit_has_its_sample(at: pytest.MonkeyPatch) -> None:
    chosen = sample_of(at, "one")
    assert len(chosen) == 5
    assert chosen == sorted(chosen)
    assert chosen == sample_of(at, "one")
    assert chosen != sample_of(at, "another")


def test_over_many_commits_all_of_a_set_is_covered(at: pytest.MonkeyPatch) -> None:
    covered = {item for number in range(200) for item in sample_of(at, f"commit {number}")}
    assert covered == set(WHOLE)


def test_the_full_run_takes_all(at: pytest.MonkeyPatch) -> None:
    at.setattr(sampling, "FULL", True)
    assert sampling.sampled("a set", WHOLE, 5) == list(WHOLE)


def test_of_the_largest_the_full_run_takes_a_larger_sample(at: pytest.MonkeyPatch) -> None:
    few = sampling.sampled("a set", WHOLE, 5, 50)
    at.setattr(sampling, "FULL", True)
    many = sampling.sampled("a set", WHOLE, 5, 50)
    assert (len(few), len(many)) == (5, 50)


def test_what_was_sampled_is_noted(at: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ledger = tmp_path / "samples"
    at.setattr(sampling, "LEDGER", str(ledger))
    for _ in range(2):  # as two processes of pytest do
        sampling.sampled("a set", WHOLE, 5)
    assert runner.sampled_lines(ledger) == ["  a set: 5 of 100"]


@dataclass(frozen=True)
class Test:
    """As much of one as is asked for."""

    __test__ = False
    path: Path
    number: int


def left_of(at: pytest.MonkeyPatch, config: pytest.Config, commit: str) -> list[Test]:
    at.setattr(sampling, "commit", lambda: commit)
    tests = (
        (folder, number)
        for folder in ("ui/test_a", "ui/test_b", "node/test_c")
        for number in range(9)
    )
    items = [Test(sampling.ROOT / "tests" / f"{folder}.py", number) for folder, number in tests]
    sampling.leave_halves(config, items)  # type: ignore[arg-type]  # all that is asked of one
    return items


def test_of_screens_each_commit_has_half_of_every_file_and_of_others_all(
    at: pytest.MonkeyPatch, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    assert len(left_of(at, pytestconfig, "by hand")) == 27
    ledger = tmp_path / "samples"
    at.setattr(sampling, "LEDGER", str(ledger))
    at.setattr(pytestconfig.hook, "pytest_deselected", lambda items: None)
    left = left_of(at, pytestconfig, "one")
    assert Counter(test.path.name for test in left) == {
        "test_a.py": 5,
        "test_b.py": 5,
        "test_c.py": 9,
    }
    assert "  tests of ui: 10 of 18" in runner.sampled_lines(ledger)
    assert left == left_of(at, pytestconfig, "one")
    assert (
        len({one for number in range(20) for one in left_of(at, pytestconfig, f"{number}")}) == 27
    )
    at.setattr(sampling, "FULL", True)
    assert len(left_of(at, pytestconfig, "one")) == 27


def test_the_table_says_what_ran_and_why_something_did_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "junit.xml"
    report.write_text(JUNIT)
    runner.print_table({"lint": True}, runner.groups_of(report), ["  a set: 5 of 100"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[-3:]]
    assert rows == [
        ["lint", "1", "0", "0"],
        ["peers/ldk", "0", "0", "2", "0.0", "no", "node", "(x2)"],
        ["wire", "2", "1", "0", "2.0"],
    ]


def test_long_files_come_first_and_stay_whole(request: pytest.FixtureRequest) -> None:
    assert all((order.TESTS / name).is_file() for name in order.LONG)

    def item(name: str, test: str) -> pytest.Item:
        one = pytest.Module.from_parent(request.session, path=order.TESTS / name)
        return pytest.Function.from_parent(one, name=test, callobj=lambda: None)

    names = ["a.py one", "b.py two", "b.py three", f"{order.LONG[1]} four", f"{order.LONG[0]} five"]
    items = [item(*name.split()) for name in names]
    order.long_first(items)
    assert [one.name for one in items] == ["five", "four", "two", "three", "one"]


def test_what_was_left_behind_is_named(tmp_path: Path) -> None:
    for name in ("pytest-of-somebody", "lnwallet-play-1", "lnwallet-drill-2", "dbus-3"):
        (tmp_path / name).mkdir()
    assert runner.left_behind(tmp_path) == ["lnwallet-drill-2", "lnwallet-play-1"]


def test_files_lie_in_memory_only_where_there_is_room(tmp_path: Path) -> None:
    assert in_memory.place(tmp_path, room=0) == tmp_path
    assert in_memory.place(tmp_path, room=1 << 60) is None
    assert in_memory.place(tmp_path / "not there", room=0) is None
