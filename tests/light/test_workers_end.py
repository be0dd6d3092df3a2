"""Processes that work for a node do not outlive it, however it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_A_NODE = """
import asyncio, os, signal
from lnwallet_tui.light.workers import Workers
from tests.light.test_workers import MUCH_WORK

async def live():
    workers = Workers()
    await workers.run(MUCH_WORK)
    print(len(workers._processes._processes), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(live())
"""


def test_a_node_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    script = tmp_path / "a_node.py"
    script.write_text(_A_NODE)
    with subprocess.Popen(
        [sys.executable, str(script)],
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as node:
        assert node.stdout is not None
        # They have its standard output, too: its end comes when the last of them is gone.
        out, _ = node.communicate(timeout=60)
        assert int(out) >= 1
