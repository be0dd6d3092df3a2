"""Where the files of a run of tests lie: in memory where that is possible.

Wallets sync their files at every message, and tests make thousands of them that nobody keeps.
"""

from __future__ import annotations

import os
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
ROOM = 2 << 30
"""Bytes that a whole run may need, with what failed kept until its end."""


def place(folder: Path = IN_MEMORY, room: int = ROOM) -> Path | None:
    """A folder in memory with that much room, from which programs can be started; else None."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    fits = found.f_bavail * found.f_frsize >= room
    runs = not found.f_flag & os.ST_NOEXEC
    return folder if fits and runs and os.access(folder, os.W_OK | os.X_OK) else None
