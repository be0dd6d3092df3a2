"""A process with wallets in it is killed at a write, a sync, a rename or a send, and started again;
or its disk fails there. At the end all is as if nothing had happened."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.crash.sqlite_layer import WHY_NOT
from tests.sampling import ROOT


# Of hundreds with --full; the command gives up each process that takes too long.
@pytest.mark.timeout(7_200)
@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
def test_at_points_that_the_commit_draws() -> None:
    """In a process that has no threads, for it forks."""
    command = [sys.executable, "-m", "tests.crash.kill_points", "--drawn", "--jobs", "1"]
    tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr
