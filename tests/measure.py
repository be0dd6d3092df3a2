"""Measures the figures that the README shows, and writes them to `tests/figures.json`.

    python -m tests.measure                    all of them
    python -m tests.measure tours LDK          those whose names contain one of these words
    python -m tests.measure tours --seeds 1-5  tours of these seeds (1-100)

A figure belongs to a commit: nothing is measured while a file differs from it. Afterwards
`python -m tests.figures` puts the table into the README.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from tests.audit.facts import Contradiction
from tests.figures import ROOT, SOURCE, Figure, figures
from tests.playground.tours import tour

TOURS: Final = "Tours, each msat found by the audit"


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
        "Vectors of BIP 143",
        (
            "tests/bitcoin/test_sighash.py::test_bip143_digest",
            "tests/bitcoin/test_sighash.py::test_bip143_signature",
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
        "Scenarios with LDK",
        (
            "tests/peers/ldk/test_peer.py",
            "tests/peers/ldk/test_channel.py",
            "tests/peers/ldk/test_cuts.py",
            "tests/peers/ldk/test_node.py",
            "tests/peers/ldk/test_unilateral.py",
        ),
    ),
    Cases(
        "Scenarios with Electrum",
        (
            "tests/peers/electrum/test_channel.py",
            "tests/peers/electrum/test_routes.py",
            "tests/peers/electrum/test_unilateral.py",
            "tests/peers/electrum/test_breach.py",
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
)


def count_cases(tests: Sequence[str]) -> tuple[int, int]:
    """How many cases of these tests passed, and how many there are."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "junit.xml")
        command = [sys.executable, "-m", "pytest", "--junitxml", str(report), *tests]
        environment = {**os.environ, "LNWALLET_TESTS_FULL": "1"}
        subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.DEVNULL)
        cases = list(ET.parse(report).getroot().iter("testcase"))
    flaws = ("failure", "error", "skipped")
    passed = [case for case in cases if all(case.find(flaw) is None for flaw in flaws)]
    return len(passed), len(cases)


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
    names = [TOURS, *(cases.name for cases in CASES)]
    return [rows[name] for name in names if name in rows]


def measure(words: Sequence[str], seeds: range) -> list[Figure]:
    """A row for every figure whose name has one of `words` in it; for all without."""
    rows: list[Figure] = []
    at, date = commit(), datetime.now(UTC).date().isoformat()

    def wanted(name: str) -> bool:
        return not words or any(word.lower() in name.lower() for word in words)

    def note(name: str, counts: tuple[int, int], seeds: range | None, remark: str = "") -> None:
        first, last = (seeds[0], seeds[-1]) if seeds is not None else (None, None)
        command = f"python -m tests.measure '{name}'"
        rows.append(Figure(name, command, *counts, first, last, at, date, remark))
        print(f"{name}: {counts[0]} of {counts[1]}", flush=True)

    if wanted(TOURS):
        note(TOURS, count_tours(seeds), seeds)
    for cases in CASES:
        if wanted(cases.name):
            note(cases.name, count_cases(cases.tests), None, cases.remark)
    return rows


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main() -> int:
    """0 if everything that was measured passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.measure")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--seeds", type=_range, default=range(1, 101), metavar="FIRST-LAST")
    options = parser.parse_args()
    rows = measure(options.words, options.seeds)
    text = msgspec.json.format(msgspec.json.encode(kept(figures(), rows)), indent=2)
    SOURCE.write_bytes(text + b"\n")
    return int(any(row.passed != row.possible for row in rows))


if __name__ == "__main__":
    sys.exit(main())
