"""No test asserts how long something takes: on a busy machine that is no fault. Work is counted
instead (`tests.work`), or timed and reported beside a floor (`tests.benchmarks`)."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
CLOCKS = {
    name + unit
    for name in ("monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime")
    for unit in ("", "_ns")
}
PATIENT = {
    "bitcoin_node/clock.py": "a node of the network mines blocks of about now",
    "cli/terminal.py": "how long a program on a terminal is waited for before it is called stuck",
    "ui/hostile/terminal.py": "the same",
    "ui/tmux.py": "the same",
    "peers/electrum/world.py": "Electrum believes only blocks of about now",
    "peers/ldk/clock.py": "our node's clock beside processes that have clocks of their own",
    "running/test_process_alive.py": "a wallet pays only by blocks of about now",
    "runner.py": "reports how long the whole run took",
    "mutation/campaign.py": "how long tests take, to know when a mistake makes them go on for ever",
    "sim/campaigns.py": "reports how many lives an hour were lived",
}
"""Where a clock is read all the same, and what for; no assertion depends on how fast it goes."""


def reads_a_clock(source: str) -> bool:
    """Whether a module asks the machine for the time."""
    return any(map(is_of_a_clock, ast.walk(ast.parse(source))))


def is_of_a_clock(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module="time"):
            return True
        case ast.Attribute(value=ast.Name(id="time"), attr="time" | "time_ns"):
            return True
        case ast.Call(func=ast.Attribute(attr="time"), args=[]):  # of an event loop
            return True
        case ast.Attribute(attr=name):
            return name in CLOCKS
        case _:
            return False


def test_no_test_reads_a_clock_to_judge_by_it() -> None:
    reading = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("*.py")
        if "node_modules" not in path.parts
        and path.relative_to(TESTS).parts[0] != "benchmarks"
        and reads_a_clock(path.read_text())
    }
    assert reading == set(PATIENT)


@pytest.mark.parametrize(
    "source",
    [
        "import time\nbegan = time.process_time()",
        "from time import perf_counter",
        "assert clock.monotonic_ns() < 5",
        "import time\nassert time.time() < 5",
        "began = asyncio.get_running_loop().time()",
    ],
)
def test_a_clock_is_found(source: str) -> None:
    assert reads_a_clock(source)
