"""What was measured was measured at a commit of this history, so that it can be measured again."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Final

import pytest

from tests.house.test_names import ROOT

_MEASURED: Final = ("tests/figures.json", "tests/scenarios.json", "tests/benchmarks/results.json")


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def _commits(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["commit"]} if isinstance(value.get("commit"), str) else set()
        return own.union(*map(_commits, value.values()))
    if isinstance(value, list):
        return set[str]().union(*map(_commits, value))
    return set()


@pytest.mark.parametrize("path", _MEASURED)
def test_each_commit_is_in_the_history(path: str) -> None:
    if (
        shutil.which("git") is None
        or _git("rev-parse", "--is-shallow-repository").stdout != "false\n"
    ):
        pytest.skip("only git knows the history, and there is none, or not all of it")
    named = _commits(json.loads((ROOT / path).read_text()))
    assert named
    lost = {one for one in named if _git("merge-base", "--is-ancestor", one, "HEAD").returncode}
    assert lost == set()
