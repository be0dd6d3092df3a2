"""BIP143's examples, and every sighash type against Core's engine."""

from __future__ import annotations

from typing import Any

import pytest

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.script import OP_CHECKSIG, assemble, p2wpkh, p2wpkh_script_code, p2wsh
from lnwallet_tui.bitcoin.sighash import (
    SIGHASH_ALL,
    SIGHASH_ANYONECANPAY,
    SIGHASH_NONE,
    SIGHASH_SINGLE,
    SIGHASH_SINGLE_ANYONECANPAY,
    segwit_v0_digest,
)
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from tests.bips import vectors
from tests.bitcoin.core import core_accepts

CASES = vectors("bip143")["cases"]
SIGNED_CASES = [case for case in CASES if "secret" in case]


def digest_of(case: dict[str, Any]) -> bytes:
    tx = Tx.parse(bytes.fromhex(case["unsigned_tx"]))
    spends = [txin.outpoint.serialize().hex() for txin in tx.inputs]
    index = spends.index(case["outpoint"])
    script_code = bytes.fromhex(case["script_code"])
    return segwit_v0_digest(tx, index, script_code, Sat(case["value"]), case["sighash"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['title']}-{case['sighash']}")
def test_bip143_digest(case: dict[str, Any]) -> None:
    assert digest_of(case).hex() == case["digest"]


@pytest.mark.parametrize(
    "case", SIGNED_CASES, ids=lambda case: f"{case['title']}-{case['sighash']}"
)
def test_bip143_signature(case: dict[str, Any]) -> None:
    secret, pubkey = bytes.fromhex(case["secret"]), bytes.fromhex(case["public_key"])
    assert curve.public_key(secret) == pubkey
    theirs = bytes.fromhex(case["signature_der"])
    assert theirs[-1] == case["sighash"]
    assert curve.verify(pubkey, digest_of(case), curve.from_der(theirs[:-1]))
    assert curve.to_der(curve.sign(secret, digest_of(case))) == theirs[:-1]


def test_the_vectors_cover_every_type() -> None:
    assert {case["sighash"] for case in SIGNED_CASES} == {1, 2, 3, 0x81, 0x82, 0x83}


SECRET = bytes(31) + b"\x07"
PUBKEY = curve.public_key(SECRET)
SCRIPT = assemble(PUBKEY, OP_CHECKSIG)
SPENT = (TxOut(Sat(50_000), p2wpkh(PUBKEY)), TxOut(Sat(60_000), p2wsh(SCRIPT)))
UNSIGNED = Tx(
    2,
    (TxIn(OutPoint(b"\x11" * 32, 0)), TxIn(OutPoint(b"\x22" * 32, 5), sequence=7)),
    (TxOut(Sat(70_000), b"\x51"), TxOut(Sat(30_000), b"\x52")),
    locktime=9,
)


def signed(sighash: int) -> Tx:
    script_codes = (p2wpkh_script_code(PUBKEY), SCRIPT)
    tails = (PUBKEY, SCRIPT)
    tx = UNSIGNED
    for index, spent in enumerate(SPENT):
        digest = segwit_v0_digest(UNSIGNED, index, script_codes[index], spent.value, sighash)
        signature = curve.to_der(curve.sign(SECRET, digest)) + bytes((sighash,))
        tx = tx.with_witness(index, (signature, tails[index]))
    return tx


@pytest.mark.parametrize("kind", [SIGHASH_ALL, SIGHASH_NONE, SIGHASH_SINGLE])
@pytest.mark.parametrize("alone", [0, SIGHASH_ANYONECANPAY])
def test_core_accepts_what_we_sign(kind: int, alone: int) -> None:
    assert core_accepts(signed(kind | alone), SPENT)


def test_core_refuses_another_value() -> None:
    richer = (SPENT[0], TxOut(Sat(60_001), SPENT[1].script_pubkey))
    assert not core_accepts(signed(SIGHASH_ALL), richer)


def test_the_name_of_the_htlc_type() -> None:
    assert SIGHASH_SINGLE_ANYONECANPAY == 0x83
