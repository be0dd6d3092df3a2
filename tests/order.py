"""Which files several processes of pytest begin with: who begins a long one last is waited for.

The long ones that stand here are of few tests; of the others, those with most tests come first.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parent
LONG: Final = (
    "sim/test_lives.py",
    "crash/test_kill_points.py",
    "cli/test_guard.py",
    "cli/test_whole_life.py",
    "cli/test_screen_life.py",
    "cli/test_screen_closes.py",
    "ui/hostile/test_terminal.py",
    "cli/test_play_first_run.py",
    "network/test_payments.py",
    "sim/test_breaking.py",
    "cli/test_screen.py",
    "ui/terminals/test_receive.py",
    "peers/bitcoind/test_command_line.py",
    "peers/bitcoind/test_killed_at_every_stage.py",
    "ui/test_in_tmux.py",
    "ui/browser/test_browser.py",
    "network/test_together.py",
    "ui/test_guard_real.py",
    "ui/test_first_run_secrets.py",
    "ui/test_first_run_snapshots.py",
)
"""Longest first, of those that take more than about five seconds."""


def long_first(items: list[pytest.Item]) -> None:
    """Put the files of these tests in that order; within a file nothing changes."""
    ranks = {TESTS / name: rank for rank, name in enumerate(LONG)}
    counts = Counter(item.path for item in items)
    items.sort(key=lambda item: (ranks.get(item.path, len(ranks)), -counts[item.path], item.path))
