"""Many lives, with what happened in all of them together: `tests/sim/campaign`.

    tests/sim/campaign --seeds N [--first-seed S] [--hours H] [--jobs J] [--light] [--json FILE]

Each seed is a life of its own (`run.run_seed`), so those that are still to come can be lived at the
same time. It ends with 1 if a life went wrong, and names it in a line that repeats it, or if some
kind of fault never happened.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.sampling import commit
from tests.sim.light_life import LIGHT_FAULTS
from tests.sim.run import Verdict, run_light_seed, run_seed
from tests.sim.tally import Fault, Tally, broken


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{what} {count}" for what, count in sorted(counts.items()))


_USUAL, _ENDLESS = 300, 10_000_000
Run = Callable[[int], Verdict]
CORE_FAULTS = frozenset(Fault) - {Fault.FILTER_LIES}
"""Filters are the light node's: its lives are lived apart (`light_life`)."""


@dataclass
class Campaign:
    """What came of some lives. `kinds` are the faults that must happen."""

    kinds: frozenset[Fault] = CORE_FAULTS
    verdicts: int = 0
    failed: list[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    least_updates: int = 1 << 30
    least_faults: int = 1 << 30
    short: list[int] = field(default_factory=list)
    """Seeds with fewer updates or faults than a life must have."""

    def add(self, verdict: Verdict) -> None:
        """One life more."""
        tally = verdict.tally
        self.verdicts += 1
        self.tally.add(tally)
        if not verdict.passed:
            self.failed.append(verdict.line)
            return
        self.least_updates = min(self.least_updates, tally.updates)
        self.least_faults = min(self.least_faults, broken(tally.faults))
        if not tally.is_long_enough:
            self.short.append(verdict.seed)

    def missing(self) -> list[str]:
        """The kinds of faults that never happened."""
        return [one.value for one in Fault if one in self.kinds and not self.tally.faults[one]]

    @property
    def passed(self) -> bool:
        """Whether all of it is as it must be."""
        return not self.failed and not self.missing()

    def line(self) -> str:
        """All counts in a line."""
        tally = self.tally
        return (
            f"{self.verdicts} lives, {len(self.failed)} wrong; {tally.updates} updates; "
            f"payments: {_counts(tally.payments)}; closes: {_counts(tally.closes)}; "
            f"HTLCs on chain: {_counts(tally.htlcs)}; {tally.blocks} blocks, deepest "
            f"reorganisation {tally.deepest}; {tally.commitments} commitments examined; "
            f"faults: {self.faults_in_words()}"
        )

    def faults_in_words(self) -> str:
        """How often what broke."""
        return _counts({one.value: self.tally.faults[one] for one in Fault if one in self.kinds})

    def figures(self, first: int, seconds: float) -> dict[str, object]:
        """For machines."""
        return {
            "first_seed": first,
            "seeds": self.verdicts,
            "commit": commit(),
            "failed": self.failed,
            "seconds": round(seconds, 1),
            "seeds_an_hour": round(self.verdicts * 3600 / seconds) if seconds else 0,
            "updates": self.tally.updates,
            "least_updates": self.least_updates,
            "least_faults": self.least_faults,
            "short_lives": len(self.short),
            "commitments_examined": self.tally.commitments,
            "blocks": self.tally.blocks,
            "deepest_reorganisation": self.tally.deepest,
            "payments": dict(self.tally.payments),
            "closes": dict(self.tally.closes),
            "htlcs_on_chain": dict(self.tally.htlcs),
            "faults": {one.value: self.tally.faults[one] for one in Fault},
            "missing": self.missing(),
        }


def verdicts(run: Run, seeds: Sequence[int], jobs: int) -> Iterator[Verdict]:
    """Of these lives, in their order."""
    if jobs == 1:
        yield from map(run, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(run, seeds)


def hold(campaign: Campaign, run: Run, asked: argparse.Namespace) -> dict[str, object]:
    """Live all of them, tell at once what goes wrong, and at the end the rest."""
    began = time.monotonic()
    count = asked.seeds or (_ENDLESS if asked.hours else _USUAL)
    seeds = range(asked.first_seed, asked.first_seed + count)
    for verdict in verdicts(run, seeds, asked.jobs):
        campaign.add(verdict)
        if not verdict.passed:
            print(verdict.line, *verdict.wrongs[1:], sep="\n    ", flush=True)
        if asked.hours and time.monotonic() - began > asked.hours * 3600:
            break
    figures = campaign.figures(asked.first_seed, time.monotonic() - began)
    print(campaign.line())
    print(f"{figures['seeds_an_hour']} seeds an hour with {asked.jobs} at a time")
    if missing := campaign.missing():
        print(f"never happened, which is a failure: {', '.join(missing)}")
    return figures


def main() -> int:
    """The command."""
    asked = arguments()
    campaign = Campaign(LIGHT_FAULTS if asked.light else CORE_FAULTS)
    figures = hold(campaign, run_light_seed if asked.light else run_seed, asked)
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n")
    return int(not campaign.passed)


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for, by those words or by the command's own."""
    parser = argparse.ArgumentParser(prog="tests/sim/campaign", description=__doc__)
    parser.add_argument("--seeds", type=int, default=0, help=f"how many ({_USUAL})")
    parser.add_argument("--first-seed", type=int, default=1, help="the first of them (1)")
    parser.add_argument("--hours", type=float, default=0, help="stop after so long")
    parser.add_argument("--jobs", type=int, default=2, help="lives at a time (2)")
    parser.add_argument("--light", action="store_true", help="over the light node, with lies")
    parser.add_argument("--json", type=Path, help="write the figures there")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
