"""What a process that keeps keys shows of its memory, as the kernel says it."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SAYS = """
import ctypes, os, resource, sys
from lnwallet_tui.running.hardening import harden
before = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)  # PR_GET_DUMPABLE
harden()
core = next(line for line in open("/proc/self/limits") if line.startswith("Max core file size"))
owner = os.stat("/proc/self/mem").st_uid
print(before, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), owner, core.split()[4:6])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the other systems have no such switch")
def test_no_core_and_no_memory_for_others() -> None:
    done = subprocess.run([sys.executable, "-c", _SAYS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 0 0 ['0', '0']"
