"""From the command to a funded wallet on the screen, beside Python with Textual and nothing else.

python -m tests.benchmarks.first_screen [rounds]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

from tests.cli.terminal import Terminal

FUNDED: Final = r"[3-6],\d{3},\d{3} sat"
_EMPTY: Final = """
from textual.app import App
class Empty(App):
    def on_ready(self):
        self.exit()
Empty().run(headless=True)
"""


def ours_ms() -> int:
    """Until the screen shows the coins of a new world."""
    began = time.monotonic_ns()
    with Terminal("play") as terminal:
        terminal.wait_for(FUNDED)
        return _since(began)


def floor_ms() -> int:
    """An empty Textual application, from its start to its end."""
    began = time.monotonic_ns()
    subprocess.run([sys.executable, "-c", _EMPTY], check=True, stdout=subprocess.DEVNULL)
    return _since(began)


def _since(began: int) -> int:
    return (time.monotonic_ns() - began) // 1_000_000


def main(rounds: int) -> None:
    """Both in turn, so that whatever else the machine does meets both."""
    measured: dict[str, list[int]] = {"funded wallet": [], "empty Textual": []}
    measures: dict[str, Callable[[], int]] = dict(zip(measured, (ours_ms, floor_ms), strict=True))
    for _ in range(rounds):
        for name, measure in measures.items():
            measured[name].append(measure())
    for name, times in measured.items():
        middle = statistics.median_low(times)
        print(f"{name}: min {min(times)} ms, median {middle} ms, max {max(times)} ms")
    ours, floor = (statistics.median_low(times) for times in measured.values())
    print(f"ratio of the medians: {ours * 100 // floor}%, {rounds} rounds")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
