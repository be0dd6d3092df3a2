"""Broken rules are noticed by who does not know them."""

from __future__ import annotations

import subprocess
import sys

from tests.figures import ROOT
from tests.sabotage.switches import SWITCHES


def held(*words: str) -> subprocess.CompletedProcess[str]:
    """A campaign: in a process of its own, for what is broken stays so."""
    command = [sys.executable, "-m", "tests.sabotage.campaign", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_switch_has_a_name_and_a_rule_of_its_own() -> None:
    assert len({switch.name for switch in SWITCHES}) == len(SWITCHES) == 20
    assert len({switch.rule for switch in SWITCHES}) == len(SWITCHES)


def test_a_rule_broken_at_every_commitment_is_noticed_soon() -> None:
    done = held("trim at the limit", "--seeds", "6", "--jobs", "1")
    assert "caught      trim at the limit: life" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
