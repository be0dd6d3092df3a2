"""Measures the figures that the README shows, and writes them to `tests/figures.json`, and the
scenarios with nodes that others wrote to `tests/scenarios.json`.

    python -m tests.measure                    all of them
    python -m tests.measure tours BIP          those whose names contain one of these words
    python -m tests.measure scenarios          all scenarios with nodes that others wrote
    python -m tests.measure LDK                those with LDK
    python -m tests.measure 'force close'      those whose sentences contain these words
    python -m tests.measure tours --seeds 1-5  tours of these seeds (1-100); so with lives (1-2000)

A figure belongs to a commit: nothing is measured while a file differs from it. Afterwards
`python -m tests.figures` shows them in the README and in `tests/peers/SCENARIOS.md`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from tests import cases as cases_of_tests
from tests import mistakes
from tests.audit.facts import Contradiction
from tests.cases import Case, variations
from tests.crash.rows import ALL as DECLARED
from tests.crash.test_power_cut import count_images
from tests.figures import PLAYED, ROOT, SOURCE, Figure, Played, counts_of, figures, played
from tests.mutation.campaign import ROOMS, count_mutants
from tests.onchain.bundle_sizes import SIZES, told_sizes
from tests.peers.electrum import conftest as electrum
from tests.peers.ldk import conftest as ldk
from tests.playground.tours import tour
from tests.sabotage.campaign import SEEDS, count_switches
from tests.scenarios import ELECTRUM, LDK, SCENARIOS, folder_of
from tests.sim.campaigns import Campaign, verdicts
from tests.sim.run import run_seed

TOURS: Final = "Tours, each msat found by the audit"
LIVES: Final = "Lives of channels in which everything breaks, nobody honest short of a satoshi"
TOUR_SEEDS: Final = range(1, 101)
LIFE_SEEDS: Final = range(1, 2_001)
MISTAKES: Final = "Disclosed mistakes of others that are tests here"
COUNTERPARTS: Final = {LDK: ldk, ELECTRUM: electrum}


@dataclass(frozen=True)
class Cases:
    """A figure that counts cases of tests."""

    name: str
    tests: tuple[str, ...]
    remark: str = ""


CASES: Final = (
    Cases(
        "Vectors of BOLT 1",
        (
            "tests/wire/test_reader.py::test_bigsize_decoding",
            "tests/wire/test_reader.py::test_bigsize_encoding",
            "tests/wire/test_tlv.py::test_stream",
            "tests/wire/test_bolt1.py::test_extension_of_init",
        ),
        "a TLV stream in each of its namespaces",
    ),
    Cases(
        "Vectors of BOLT 3",
        (
            "tests/channel/test_funding_script.py::test_funding_output_of_appendix_b",
            "tests/channel/test_transactions.py::test_commitment_is_the_same_byte_for_byte",
            "tests/channel/test_transactions.py::test_htlc_transactions_are_the_same_byte_for_byte",
            "tests/channel/test_shachain.py::test_generation",
            "tests/channel/test_shachain.py::test_storage",
            "tests/channel/test_keys.py::test_public_keys_of_appendix_e",
            "tests/channel/test_keys.py::test_secrets_of_appendix_e",
            "tests/channel/test_keys.py::test_points_of_appendix_e",
            "tests/channel/test_funding_script.py::test_signatures_of_appendix_g",
        ),
        "a commitment and all its HTLC transactions are two",
    ),
    Cases(
        "Vectors of BOLT 4",
        (
            "tests/onion/test_sphinx.py::test_the_vector_is_built",
            "tests/onion/test_sphinx.py::test_the_vector_is_peeled_hop_by_hop",
            "tests/onion/test_payload.py::test_the_vector_of_bolt_4",
            "tests/onion/test_failure.py::test_the_error_vector",
            "tests/onion/test_failure.py::test_the_vector_in_the_text_of_bolt_4",
        ),
    ),
    Cases(
        "Vectors of BOLT 8",
        (
            "tests/peer/test_noise.py::test_handshake",
            "tests/peer/test_noise.py::test_messages_over_two_key_rotations",
        ),
    ),
    Cases(
        "Examples of BOLT 11",
        (
            "tests/invoice/test_bolt11_vectors.py::test_a_valid_example_says_what_the_bolt_says",
            "tests/invoice/test_bolt11_vectors.py::test_an_invalid_example_is_refused_for_its_reason",
        ),
        "not counted: one that the BOLT's own text contradicts",
    ),
    Cases(
        "Vectors of BIP 32",
        (
            "tests/bitcoin/test_bip32.py::test_bip32_chain",
            "tests/bitcoin/test_bip32.py::test_bip32_invalid_keys",
        ),
    ),
    Cases(
        "Vectors of BIP 39",
        (
            "tests/keys/test_seed.py::test_bip39_words",
            "tests/keys/test_seed.py::test_lengths_that_no_wallet_of_ours_has_are_refused",
        ),
        "those of 18 words are refused, as no wallet here has them",
    ),
    Cases(
        "Vectors of BIP 84 and 86",
        (
            "tests/keys/test_derive.py::test_the_first_wallet_is_the_one_of_bip84",
            "tests/keys/test_taproot_coins.py::test_bip86",
        ),
    ),
    Cases(
        "Vectors of BIP 143",
        (
            "tests/bitcoin/test_sighash.py::test_bip143_digest",
            "tests/bitcoin/test_sighash.py::test_bip143_signature",
        ),
    ),
    Cases(
        "Vectors of BIP 158",
        (
            "tests/chain/test_filters.py::test_bip158_vectors",
            "tests/chain/test_filter_headers.py::test_filter_headers_of_bip158",
        ),
    ),
    Cases(
        "Vectors of BIP 340 and 341",
        (
            "tests/bitcoin/test_schnorr.py::test_bip340",
            "tests/bitcoin/test_schnorr.py::test_bip341_outputs",
            "tests/bitcoin/test_schnorr.py::test_bip341_inputs",
            "tests/bitcoin/test_schnorr.py::test_bip341_s_transaction_is_valid",
        ),
    ),
    Cases(
        "Vectors of BIP 173 and 350",
        (
            "tests/bitcoin/test_address.py::test_valid_bech32",
            "tests/bitcoin/test_address.py::test_valid_bech32m",
            "tests/bitcoin/test_address.py::test_invalid_text",
            "tests/bitcoin/test_address.py::test_bip350_addresses",
            "tests/bitcoin/test_address.py::test_bip350_invalid_addresses",
        ),
    ),
    Cases(
        "A process killed by signal and started again",
        ("tests/node/test_kill.py::test_killed_at_many_points",),
    ),
    Cases(
        "A node cut between a commit and its effect",
        ("tests/node/test_cuts.py::test_a_cut_at_every_effect",),
        "more places than the day has, for each of the two",
    ),
    Cases(
        "Cells of the crash-consistency contract",
        ("tests/crash/test_contract.py::test_a_cell",),
        f"of {len(DECLARED):,} declared, in channels of two types; the others say why not",
    ),
    Cases(
        "A connection that ends around a message",
        ("tests/crash/test_disconnects.py::test_a_disconnect",),
        "in five ways, around the first three of each kind that either node says in a day",
    ),
    Cases(
        "A process killed, or its disk failing, at a write, sync, rename or send",
        ("tests/crash/test_kill_points.py::test_at_a_point",),
    ),
    Cases(
        "Force-close scenarios exact to the sat",
        (
            "tests/onchain/test_matrix.py::test_it_ends_as_the_model_says",
            "tests/onchain/test_matrix.py::"
            "test_it_ends_as_the_model_says_when_the_close_comes_twice",
        ),
        "whose commitment, which way the payment goes, how it ends, both types, either funder",
    ),
)
SABOTAGE: Final = (
    "Rules of ours broken one at a time, noticed by lives or properties that know none"
)
BUNDLE: Final = "Sizes of the guard's bundle within their limits"
MUTANTS: Final = {
    f"Small mistakes in code of {room.name}, noticed by its tests": room for room in ROOMS
}
IMAGES: Final = "Disks that a power cut may leave, opened"
AWAITED: Final = frozenset[str]()
"""Figures that were declared, and wait to be measured first."""


def names() -> list[str]:
    """All figures, in the order in which they are measured."""
    cases = (cases.name for cases in CASES)
    return [TOURS, LIVES, *cases, IMAGES, MISTAKES, SABOTAGE, BUNDLE, *MUTANTS]


def count_cases(tests: Sequence[str]) -> tuple[int, int]:
    """How many cases of these tests passed, and how many there are."""
    return _count(cases_of_tests.run(tests))


def _count(cases: Sequence[Case]) -> tuple[int, int]:
    return sum(case.has_passed for case in cases), len(cases)


def count_mistakes() -> tuple[int, int]:
    """How many rows have tests all of whose cases passed, and how many rows there are."""
    tests = [test for tests in mistakes.shown_by().values() for test in tests]
    return mistakes.rows_passed(cases_of_tests.run(tests)), len(mistakes.ROWS)


def count_tours(seeds: range) -> tuple[int, int]:
    """How many tours passed and were audited without a contradiction, and how many were told."""
    passed = 0
    for seed in seeds:
        told = tour(seed)
        try:
            told.audit()
        except Contradiction as contradiction:
            print(f"  seed {seed}: {contradiction}", flush=True)
            continue
        passed += told.code == 0 and bool(told.lines) and all(line["ok"] for line in told.lines)
    return passed, len(seeds)


def count_lives(seeds: range) -> tuple[tuple[int, int], str]:
    """How many lives went well, of how many, and how often what broke in all of them together. A
    kind of fault that never happened is a failure."""
    campaign = Campaign()
    for verdict in verdicts(run_seed, seeds, jobs=2):
        campaign.add(verdict)
        if not verdict.passed:
            print(f"  {verdict.line}", flush=True)
    if missing := campaign.missing():
        raise SystemExit(f"Never happened: {', '.join(missing)}")
    return (len(seeds) - len(campaign.failed), len(seeds)), campaign.faults_in_words()


def commit() -> str:
    """The commit that is measured; SystemExit if the files are not those of one."""
    changed = _git("status", "--porcelain", "--untracked-files=no")
    if changed:
        raise SystemExit(f"A figure belongs to a commit, and these files differ:\n{changed}")
    return _git("rev-parse", "--short=7", "HEAD")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def kept(old: Sequence[Figure], new: Sequence[Figure]) -> list[Figure]:
    """The rows of the file afterwards, in the order in which they are measured."""
    rows = {row.name: row for row in (*old, *new)}
    return [rows[name] for name in names() if name in rows]


def kept_scenarios(old: Sequence[Played], new: Sequence[Played]) -> list[Played]:
    """The same of the scenarios."""
    rows = {(row.peer, row.scenario): row for row in (*old, *new)}
    names = [(peer, scenario) for peer, tests in SCENARIOS.items() for scenario in tests.values()]
    return [rows[name] for name in names if name in rows]


@dataclass(frozen=True)
class Measure:
    """What is asked for: all, or whatever has one of `words` in its name. At one commit."""

    words: Sequence[str]
    seeds: range | None
    at: str = field(default_factory=commit)
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())

    def figures(self) -> Iterator[Figure]:
        """A row for every figure that is wanted."""
        if self._is_wanted(TOURS):
            seeds = self.seeds or TOUR_SEEDS
            yield self._figure(TOURS, count_tours(seeds), seeds[0], seeds[-1])
        if self._is_wanted(LIVES):
            seeds = self.seeds or LIFE_SEEDS
            counts, remark = count_lives(seeds)
            yield self._figure(LIVES, counts, seeds[0], seeds[-1], remark=remark)
        for cases in CASES:
            if self._is_wanted(cases.name):
                counts = count_cases(cases.tests)
                yield self._figure(cases.name, counts, remark=cases.remark)
        if self._is_wanted(IMAGES):
            yield self._figure(IMAGES, count_images())
        if self._is_wanted(MISTAKES):
            yield self._figure(MISTAKES, count_mistakes())
        if self._is_wanted(SABOTAGE):
            counts, remark = count_switches()
            yield self._figure(SABOTAGE, counts, 1, SEEDS, remark=remark)
        if self._is_wanted(BUNDLE):
            yield self._figure(BUNDLE, count_cases(SIZES), remark=told_sizes())
        for name, room in MUTANTS.items():
            if self._is_wanted(name):
                counts, remark = count_mutants(room)
                yield self._figure(name, counts, remark=remark)

    def scenarios(self) -> Iterator[Played]:
        """A row for every scenario that is wanted; those with one peer are played in one go."""
        for peer, scenarios in SCENARIOS.items():
            wanted = {
                f"{folder_of(peer)}/{test}": scenario
                for test, scenario in scenarios.items()
                if self._is_wanted(f"Scenarios with {peer}: {scenario}")
            }
            if wanted:
                yield from self._play(peer, wanted)

    def _play(self, peer: str, scenarios: Mapping[str, str]) -> Iterator[Played]:
        there = COUNTERPARTS[peer]
        if missing := there.why_not():
            raise SystemExit(f"{peer} cannot be played with: {missing}")
        cases = cases_of_tests.run(list(scenarios))
        for test, scenario in scenarios.items():
            own = [case for case in cases if case.test == test]
            passed, possible = _count(own)
            if not own:
                raise SystemExit(f"{test}: no case of it ran")
            print(f"{peer}: {scenario}: {passed} of {possible}", flush=True)
            counts = variations(own), passed, possible
            yield Played(peer, there.version(), scenario, *counts, self.at, self.date)

    def _is_wanted(self, name: str) -> bool:
        return not self.words or any(word.lower() in name.lower() for word in self.words)

    def _figure(
        self,
        name: str,
        counts: tuple[int, int],
        first: int | None = None,
        last: int | None = None,
        remark: str = "",
    ) -> Figure:
        print(f"{name}: {counts[0]} of {counts[1]}", flush=True)
        command = f"python -m tests.measure '{name}'"
        return Figure(name, command, *counts, first, last, self.at, self.date, remark)


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _write(path: Path, rows: Sequence[Figure | Played]) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n")


def main() -> int:
    """0 if everything that was measured passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.measure")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--seeds", type=_range, metavar="FIRST-LAST")
    options = parser.parse_args()
    measure = Measure(options.words, options.seeds)
    rows, scenarios = list(measure.figures()), list(measure.scenarios())
    if commit() != measure.at:
        raise SystemExit("The commit is another than when the measuring began")
    _write(SOURCE, kept(figures(), rows))
    _write(PLAYED, kept_scenarios(played(), scenarios))
    counts = [*map(counts_of, rows), *map(counts_of, scenarios)]
    return int(any(passed != possible for passed, possible in counts))


if __name__ == "__main__":
    sys.exit(main())
