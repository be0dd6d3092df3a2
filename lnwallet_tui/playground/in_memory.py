"""Where files go that are worth nothing afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # Linux keeps its files in memory


def temporary_place() -> Path | None:
    """A folder in memory where there is one; None: wherever temporary files go."""
    return _IN_MEMORY if _IN_MEMORY.is_dir() else None
