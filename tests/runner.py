"""The checks of `tests/run`, in order, and the table at the end.

Run inside the environment that `tests/run` made. With CI=true a skipped test fails the run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests import in_memory
from tests.peers import bitcoind

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
CI = os.environ.get("CI") == "true"
FULL = os.environ.get("LNWALLET_TESTS_FULL") == "1"
COLLECT = [sys.executable, "-m", "pytest", "--collect-only", "-q"]
WORKERS = "3"
"""For two cores: now and then one waits for another process, or for time to pass."""
MOST_MINUTES = {"quick": 15, "full": 80}

CHECKS = {
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "lint": [str(BIN / "ruff"), "check", "."],
    "types": [str(BIN / "mypy")],
    "floors": [str(BIN / "lint-imports")],
}


@dataclass
class Group:
    """What one folder of tests did."""

    passed: int = 0
    failed: int = 0
    seconds: float = 0.0
    skipped: Counter[str] = field(default_factory=Counter)


def check(name: str, command: list[str]) -> bool:
    """Run one static check; its output is shown when it fails."""
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"== {name}: {verdict} ({time.monotonic() - began:.0f} s)", flush=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


def run_tests(report: Path, samples: Path, files: Path) -> int:
    """pytest on two cores, its files in that folder; returns its exit code."""
    command = [sys.executable, "-m", "pytest", "-n", WORKERS, "--dist", "loadfile"]
    command += ["--no-loadscope-reorder"]  # tests/order.py
    command += ["--junitxml", str(report), "-o", "junit_family=xunit1", "--durations=10"]
    files.mkdir()
    environment = {**os.environ, "LNWALLET_SAMPLES": str(samples), "TMPDIR": str(files)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def left_behind(files: Path) -> list[str]:
    """What of ours ended without cleaning up after itself; other programs have their own habits."""
    return sorted(one.name for one in files.glob("lnwallet-*"))


def groups_of(report: Path) -> dict[str, Group]:
    """The junit report by the folder below `tests`."""
    groups: dict[str, Group] = defaultdict(Group)
    for case in ET.parse(report).getroot().iter("testcase"):
        parts = case.get("classname", "").split(".")
        group = groups["/".join(parts[1:3]) if parts[1:2] == ["peers"] else "".join(parts[1:2])]
        group.seconds += float(case.get("time", 0))
        skipped = case.find("skipped")
        if skipped is not None:
            group.skipped[skipped.get("message", "no reason given")] += 1
        elif case.find("failure") is not None or case.find("error") is not None:
            group.failed += 1
        else:
            group.passed += 1
    return dict(sorted(groups.items()))


def sampled_lines(samples: Path) -> list[str]:
    """What was sampled of what, one line a set; each process of pytest noted it once."""
    rows = set(samples.read_text().splitlines()) if samples.exists() else set()
    fields = sorted(row.split("\t") for row in rows if row)
    return [f"  {name}: {some} of {whole}" for name, some, whole in fields]


def print_table(checks: dict[str, bool], groups: dict[str, Group], samples: list[str]) -> None:
    """The last lines of the run."""
    sampled, whole = "Sampled by the commit's hash (whole with --full):", "Large sets:"
    print(f"\n{whole if FULL else sampled}")
    print("\n".join(samples))
    print(f"\n{'group':<16}{'ran':>7}{'failed':>8}{'skipped':>9}{'seconds':>9}  why skipped")
    for name, passed in checks.items():
        print(f"{name:<16}{1:>7}{int(not passed):>8}{0:>9}")
    for name, group in groups.items():
        ran = group.passed + group.failed
        why = "; ".join(f"{reason} (x{count})" for reason, count in group.skipped.items())
        counts = f"{ran:>7}{group.failed:>8}{group.skipped.total():>9}{group.seconds:>9.1f}"
        print(f"{name:<16}{counts}  {why}")


def main() -> int:
    """Everything; exit code 0 only if all of it passed (and, in CI, nothing was skipped)."""
    began = time.monotonic()
    # Where nothing was compiled yet it is once, beside the checks, and not by each of the workers.
    compiling = subprocess.Popen(COLLECT, cwd=ROOT, stdout=subprocess.DEVNULL)
    checks = {name: check(name, command) for name, command in CHECKS.items()}
    compiling.wait()
    with tempfile.TemporaryDirectory(prefix="lnw-", dir=in_memory.place()) as folder:
        report, samples, files = (Path(folder, one) for one in ("junit.xml", "samples", "f"))
        code = run_tests(report, samples, files)
        left = left_behind(files)
        groups = groups_of(report) if report.exists() else {}
        print_table(checks, groups, sampled_lines(samples))
    if why := bitcoind.not_run():
        print(f"{'peers/bitcoind':<16}{why}")
    skipped = sum(group.skipped.total() for group in groups.values())
    minutes, tier = (time.monotonic() - began) / 60, "full" if FULL else "quick"
    print(f"tier {tier}: {minutes:.0f} minutes of at most {MOST_MINUTES[tier]} on two cores")
    if CI and skipped:
        print(f"{skipped} tests were skipped: in CI that is a failure")
    if left:
        print(f"left behind, which is a failure: {', '.join(left)}")
    failed = not all(checks.values()) or code != 0 or bool(left)
    return int(failed or (CI and skipped > 0))


if __name__ == "__main__":
    sys.exit(main())
