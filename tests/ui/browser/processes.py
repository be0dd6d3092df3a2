"""Which processes a process began, and which of them go on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_ZOMBIE: Final = "Z"
_TRIES, _BETWEEN = 600, 0.1
"""What has not ended within a minute is called left behind."""


def below(root: int) -> set[int]:
    """All that it began, directly or not, as it is now."""
    parents = {pid: stat[1] for pid in _all() if (stat := _stat(pid))}
    found: set[int] = set()
    while more := {pid for pid, parent in parents.items() if parent in {root, *found}} - found:
        found |= more
    return found


def left_of(pids: set[int]) -> set[int]:
    """Those that do not end."""
    left = pids
    for _ in range(_TRIES):
        left = {pid for pid in left if _runs(pid)}
        if not left:
            break
        time.sleep(_BETWEEN)
    return left


def _all() -> list[int]:
    return [int(one.name) for one in _PROC.iterdir() if one.name.isdigit()]


def _runs(pid: int) -> bool:
    stat = _stat(pid)
    return stat is not None and stat[0] != _ZOMBIE


def _stat(pid: int) -> tuple[str, int] | None:
    """Its state, and who began it; None where it is gone."""
    try:
        told = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    state, parent = told.rpartition(")")[2].split()[:2]
    return state, int(parent)
