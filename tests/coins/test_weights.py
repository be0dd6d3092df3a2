"""Weights by what transactions really weigh, dust by what the mempool refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.script import OP_RETURN, assemble, p2pkh, p2sh, p2tr, p2wpkh, p2wsh
from lnwallet_tui.bitcoin.script import witness_program as program
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.coins.weights import dust_threshold, most_inputs, tx_weight
from lnwallet_tui.playground.policy_outputs import dust_threshold as relayed

SCRIPTS = {
    "p2wpkh": (p2wpkh(b"\x02" * 33), 294),
    "p2wsh": (p2wsh(b""), 330),
    "p2tr": (p2tr(bytes(32)), 330),
    "p2pkh": (p2pkh(bytes(20)), 546),
    "p2sh": (p2sh(bytes(20)), 540),
    "p2a": (program(1, b"\x4e\x73"), 240),
    "future": (program(16, bytes(40)), 354),
    "data": (assemble(OP_RETURN, b"words"), 0),
}
WITNESS = (bytes(72), bytes(33))


@given(
    inputs=st.integers(1, 5) | st.sampled_from([252, 253, 300]),
    scripts=st.lists(st.sampled_from(sorted(SCRIPTS)), min_size=1, max_size=4)
    | st.sampled_from([["p2wpkh"] * 252, ["p2wsh"] * 253]),
)
def test_weight(inputs: int, scripts: list[str]) -> None:
    outputs = tuple(TxOut(Sat(0), SCRIPTS[name][0]) for name in scripts)
    txins = tuple(TxIn(OutPoint(bytes(32), at), witness=WITNESS) for at in range(inputs))
    weight = Tx(2, txins, outputs).weight
    assert tx_weight(inputs, [output.script_pubkey for output in outputs]) == weight


@pytest.mark.parametrize("name", SCRIPTS)
def test_dust(name: str) -> None:
    script, least = SCRIPTS[name]
    assert dust_threshold(script) == Sat(least)
    assert relayed(TxOut(Sat(0), script)) == least


@pytest.mark.parametrize("scripts", [[], [SCRIPTS["p2wpkh"][0]] * 2, [SCRIPTS["p2wsh"][0]] * 300])
def test_the_most_inputs_just_fit(scripts: list[bytes]) -> None:
    most = most_inputs(scripts)
    assert tx_weight(most, scripts) <= 400_000 < tx_weight(most + 1, scripts) + 8


def test_no_input_fits_beside_outputs_that_are_too_many() -> None:
    assert most_inputs([SCRIPTS["p2wsh"][0]] * 3_000) == 0
