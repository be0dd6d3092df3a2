"""A process that keeps keys leaves no picture of its memory behind, and shows none to others."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from typing import Final

_PR_SET_DUMPABLE: Final = 4  # prctl(2)


class NotHardened(Exception):
    """The system does not let the process protect itself. The message is a plain sentence."""

    remedy = "Start it where a process may call prctl(2) and setrlimit(2), outside of a sandbox."


def harden() -> None:
    """No core files; and on Linux no other process of this user may read this one's memory, or be
    its debugger. Other systems ask root for that by themselves. Raises `NotHardened`."""
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            _set_not_dumpable()
    except (OSError, ValueError) as error:
        raise NotHardened(f"This process cannot protect its memory ({error}).") from error


def _set_not_dumpable() -> None:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    if prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
