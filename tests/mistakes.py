"""Disclosed mistakes of Lightning and Bitcoin software, each of which has tests here that are named
`test_vuln_NNN_…` after its number; what went wrong stands in their docstrings.

Those of opening, of commitments and their fees, of what happens on chain, and of the chain's data.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.cases import Case

ROWS: Final = {
    1: "a funding output that is not what was agreed",
    2: "fake channels",
    4: "channels that nobody funds, kept for ever",
    5: "a race of two openings of one peer",
    7: "a missing channel_type",
    8: "the same funding output or temporary id twice",
    10: "a channel funded by a coinbase",
    11: "channel_ready twice, early, and across reorganisations",
    13: "dual funding that the peer never completes",
    14: "a funding transaction whose id can change",
    16: "dust without a bound",
    17: "fees of old states that the payer cannot pay any more",
    19: "a funder drained to its reserve",
    20: "two tests of what is dust",
    22: "the limit of dust, off by one",
    23: "a wrong number of HTLC signatures",
    25: "signatures that let the peer take the fee",
    26: "an HTLC spent as fee",
    28: "a feature that was lost at a reconnection",
    29: "shutdown scripts that are not relayed or not the agreed ones",
    31: "a preimage revealed for somebody else's HTLC",
    32: "the preimage of an incomplete set, on chain",
    34: "an HTLC failed back while it can still be taken",
    35: "a preimage looked for in one commitment only",
    37: "twins on a revoked commitment",
    38: "claims that are not made anew when one of their inputs is spent",
    40: "commitments of some kind without a claim, and the other one after a reorganisation",
    41: "a reorganisation in the middle of claims",
    43: "one output of several in the second stage",
    44: "an anchor's child that stays cheap",
    46: "a fee that begins again",
    47: "replacements that cycle",
    49: "many closes at once",
    50: "a penalty outbid by the cheat",
    52: "too little kept for closes",
    53: "an eclipse",
    55: "old data after a restore",
    56: "a close by a state that was never written",
    58: "a question about the balance that ends the process",
    59: "transactions that are valid and cannot be parsed",
    61: "a transaction that stands in a block twice",
    62: "a transaction of 64 bytes",
    64: "headers without work",
}  # fmt: skip
_NAME: Final = re.compile(r"test_vuln_(\d{3})_\w+")
_TESTS: Final = Path(__file__).parent


def shown_by() -> dict[int, list[str]]:
    """The tests of each row, named as pytest is asked for them."""
    found: dict[int, list[str]] = {number: [] for number in ROWS}
    for path in sorted(_TESTS.rglob("test_*.py")):
        text = path.read_text()
        if "test_vuln_" not in text:
            continue
        place = path.relative_to(_TESTS.parent).as_posix()
        for name in _functions(ast.parse(text)):
            named = _NAME.fullmatch(name.rpartition("::")[2])
            if named and int(named[1]) in ROWS:
                found[int(named[1])].append(f"{place}::{name}")
    return found


def _functions(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    for one in node.body:
        if isinstance(one, ast.ClassDef):
            yield from (f"{one.name}::{name}" for name in _functions(one))
        elif isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            yield one.name


def rows_passed(cases: Sequence[Case]) -> int:
    """How many rows have cases, all of which passed."""
    rows: dict[int, bool] = {}
    for case in cases:
        named = _NAME.search(case.test)
        assert named is not None, case.test
        rows[int(named[1])] = rows.get(int(named[1]), True) and case.has_passed
    return sum(rows.values())
