"""What an input tells of the script that it spends; Core's engine is the judge."""

from __future__ import annotations

from typing import Any

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.hashes import hash160
from lnwallet_tui.bitcoin.script import p2pkh, p2sh, p2wsh, push, witness_program
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.chain.spent_scripts import certainly_spent, probably_spent
from tests.bips import vectors
from tests.bitcoin.core import core_accepts
from tests.chain.inputs import DISGUISED, FORMS, LOOKS_LIKE_P2WPKH, SIGNATURE

SPENT = OutPoint(b"\x11" * 32, 0)


@pytest.mark.parametrize("name", sorted(FORMS))
def test_each_form_is_known_for_what_it_is(name: str) -> None:
    form = FORMS[name]
    txin = form.txin(SPENT)
    assert certainly_spent(txin) == (form.script if form.certain else None)
    seen = probably_spent(txin)
    assert (form.script in seen) == (form.recognised and not form.certain)
    assert form.recognised or not seen
    assert not form.looks_like or form.looks_like in seen


def accepts(txin: TxIn, script: bytes) -> bool:
    """Whether Core lets the input spend an output with this script."""
    return core_accepts(Tx(2, (txin,), (TxOut(Sat(1), b"\x51"),)), [TxOut(Sat(1_000), script)])


def test_core_takes_an_input_that_looks_like_p2wpkh_and_is_not() -> None:
    form = FORMS[LOOKS_LIKE_P2WPKH]
    assert len(DISGUISED) == 33
    assert accepts(form.txin(SPENT), form.script)


def test_core_takes_a_witness_version_without_a_meaning_with_any_witness() -> None:
    """So no native witness is proof of a script."""
    for name in ("P2WPKH", "P2WSH"):
        assert accepts(FORMS[name].txin(SPENT), witness_program(16, b"\x01" * 32))


def test_core_takes_a_bare_script_under_what_looks_like_p2pkh() -> None:
    drop_twice = b"\x6d\x51"
    assert accepts(FORMS["P2PKH"].txin(SPENT), drop_twice)
    assert not accepts(FORMS["P2PKH"].txin(SPENT), p2pkh(bytes(20)))


REDEEM = p2wsh(b"\x51")


@pytest.mark.parametrize(
    ("script_sig", "script"),
    [
        (push(REDEEM), REDEEM),  # native, but with a script of its own
        (push(REDEEM), b"\x75\x51"),  # no program, but with a witness
        (push(REDEEM), p2sh(bytes(20))),  # another P2SH
        (push(b"\x51") + push(REDEEM), p2sh(hash160(REDEEM))),  # more than the push
        (b"\x4c" + push(REDEEM), p2sh(hash160(REDEEM))),  # not the shortest push
    ],
)
def test_core_takes_a_witness_beside_a_script_in_one_form_only(
    script_sig: bytes, script: bytes
) -> None:
    txin = TxIn(SPENT, script_sig, witness=(b"\x51",))
    assert not accepts(txin, script)
    assert certainly_spent(txin) in (None, p2sh(hash160(REDEEM)))
    right = TxIn(SPENT, push(REDEEM), witness=(b"\x51",))
    assert accepts(right, p2sh(hash160(REDEEM)))
    assert certainly_spent(right) == p2sh(hash160(REDEEM))


def test_without_a_witness_a_push_of_a_program_proves_nothing() -> None:
    txin = TxIn(SPENT, push(REDEEM))
    assert accepts(txin, b"\x75\x51")
    assert certainly_spent(txin) is None


@pytest.mark.parametrize("case", vectors("bip158")["cases"], ids=lambda case: f"{case['height']}")
def test_blocks_of_testnet_spend_what_their_inputs_tell(case: dict[str, Any]) -> None:
    block = Block.parse(bytes.fromhex(case["block"]))
    spent = {bytes.fromhex(script) for script in case["previous_output_scripts"]}
    inputs = [txin for tx in block.transactions[1:] for txin in tx.inputs]
    assert {certainly_spent(txin) for txin in inputs} <= {None, *spent}
    seen = [probable for txin in inputs if (probable := probably_spent(txin))]
    assert all(probable & spent for probable in seen)


def test_odd_inputs_are_told_apart_without_an_error() -> None:
    for script_sig in (b"", b"\x00", b"\xff", b"\x09", b"\x4c\x20" + bytes(32), bytes(600)):
        for witness in ((), (b"",), (b"", b""), (SIGNATURE, b"\x02" * 33), (bytes(600),)):
            txin = TxIn(SPENT, script_sig, witness=witness)
            assert certainly_spent(txin) is None
            assert all(probably_spent(txin))
