"""Whole lives from seeds: whatever breaks, nobody honest loses anything."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache

import pytest

from tests.sampling import FULL, ROOT, sampled
from tests.sim.campaigns import Campaign
from tests.sim.light_life import LIGHT_FAULTS
from tests.sim.run import run_light_seed, run_seed

WHOLE, QUICK, AT_A_TIME = 2_000, 300, 50
BATCHES = range(0, WHOLE if FULL else QUICK, AT_A_TIME)
LIGHT, LIGHT_QUICK = range(1, 61), 8
CAMPAIGN = Campaign()


@cache
def wrongs(first: int) -> str:
    """What was wrong with fifty lives; nothing where all went well."""
    wrong = []
    for seed in range(first + 1, first + 1 + AT_A_TIME):
        verdict = run_seed(seed)
        CAMPAIGN.add(verdict)
        if not verdict.passed:
            wrong.append("\n    ".join((verdict.line, *verdict.wrongs)))
    return "\n".join(wrong)


# Fifty lives are minutes of work, and more than the 300 seconds of a test beside other work.
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("first", BATCHES)
def test_some_lives(first: int) -> None:
    wrong = wrongs(first)
    assert not wrong, wrong


def test_everything_broke_that_can() -> None:
    """In all lives above together, and in nearly each enough: a deadline may end one early."""
    for first in BATCHES:
        wrongs(first)
    print(CAMPAIGN.line())
    assert not CAMPAIGN.missing()
    assert len(CAMPAIGN.short) * 100 <= CAMPAIGN.verdicts


def test_lives_over_the_light_node() -> None:
    campaign = Campaign(LIGHT_FAULTS)
    for seed in sampled("lives over the light node", LIGHT, LIGHT_QUICK):
        campaign.add(run_light_seed(seed))
    print(campaign.line())
    assert not campaign.failed
    assert not campaign.missing()


def test_a_seed_lives_the_same_life_again() -> None:
    assert run_seed(7) == run_seed(7)


def test_another_process_lives_the_same_life() -> None:
    """Nothing depends on how a process happens to order what it hashes."""
    program = "from tests.sim.run import run_seed; print(run_seed(5).tip)"
    tips = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(tips) == 1
