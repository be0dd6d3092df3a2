"""The command as a user starts it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

Done = subprocess.CompletedProcess[str]


def lnwallet(
    *arguments: str | Path,
    hash_seed: str = "random",
    module: str = "lnwallet_tui",
    **environment: str,
) -> Done:
    """Run `lnwallet-tui` to its end."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
