"""Cases of tests, run by pytest and told apart."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.figures import ROOT

_FLAWS: Final = ("failure", "error", "skipped")


@dataclass(frozen=True)
class Case:
    """One case of `test`, which is named as pytest is asked for it; a skipped one did not pass."""

    test: str
    parameters: str
    has_passed: bool


def run(tests: Sequence[str]) -> list[Case]:
    """All cases of these tests, none of a large set left out."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "junit.xml")
        command = [sys.executable, "-m", "pytest", "--junitxml", str(report), *tests]
        environment = {**os.environ, "LNWALLET_TESTS_FULL": "1"}
        subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.DEVNULL)
        return cases_of(report.read_text())


def cases_of(report: str) -> list[Case]:
    """The cases of a junit report. One that failed, and whose fixtures failed to end, stands there
    twice."""
    passed: dict[tuple[str, str], bool] = {}
    for element in ET.fromstring(report).iter("testcase"):
        name, _, parameters = element.get("name", "").removesuffix("]").partition("[")
        path = element.get("classname", "").replace(".", "/")
        key = f"{path}.py::{name}", parameters
        is_flawless = all(element.find(flaw) is None for flaw in _FLAWS)
        passed[key] = passed.get(key, True) and is_flawless
    return [Case(test, parameters, good) for (test, parameters), good in passed.items()]


def variations(cases: Sequence[Case]) -> str:
    """What the cases of one test differ in: the values of each parameter, in their order."""
    rows = [case.parameters.split("-") for case in cases if case.parameters]
    if len({len(row) for row in rows}) > 1:
        return ", ".join(case.parameters for case in cases)
    return "; ".join(", ".join(dict.fromkeys(column)) for column in zip(*rows, strict=True))
