"""What a command says where it cannot go on; needed by every one of them, so it loads nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

_ANOTHER_FOLDER: Final = "Choose another folder."


def cannot(problem: object, remedy: str) -> int:
    """Say what is wrong and what to do; the exit code."""
    sys.stderr.write(f"{problem}\n{remedy}\n")
    return 1


def is_made(folder: Path) -> bool:
    """Make a folder that was asked for, where it is not there; say why where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        cannot(f"{folder} cannot be made: {error.strerror}.", _ANOTHER_FOLDER)
        return False
    return True


def discard_output() -> None:
    """What is still in the buffer of standard output goes nowhere, else Python complains about it
    when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
