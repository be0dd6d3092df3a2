"""BOLT 3, Appendices B and G: the funding output, and a foreign signature over our digest."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.curve import from_der, verify
from lnwallet_tui.bitcoin.script import p2wpkh_script_code, p2wsh
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, segwit_v0_digest
from lnwallet_tui.bitcoin.tx import Tx, TxOut, txid_to_hex
from lnwallet_tui.channel.scripts import funding_script
from lnwallet_tui.playground.engine import Engine
from tests.channel.bolt3 import load


def raw(appendix: str, name: str) -> bytes:
    return bytes.fromhex(load(appendix)[name])


def test_funding_output_of_appendix_b(engine: Engine) -> None:
    script = funding_script(
        raw("funding", "local_funding_pubkey"), raw("funding", "remote_funding_pubkey")
    )
    assert script == raw("funding", "funding_witness_script")
    tx = Tx.parse(raw("funding", "funding_tx"))
    vectors = load("funding")
    funding = TxOut(Sat(vectors["funding_satoshis"]), p2wsh(script))
    assert tx.outputs[vectors["funding_output"]] == funding
    assert tx.outputs[1].value == Sat(vectors["change_satoshis"])
    assert txid_to_hex(tx.txid) == vectors["txid"]
    coinbase = Tx.parse(raw("funding", "coinbase_tx"))
    assert tx.inputs[0].outpoint == coinbase.outpoint(vectors["input_index"])
    assert engine.verify_inputs(tx, coinbase.outputs) is None


@pytest.mark.parametrize("swap", [False, True])
def test_funding_output_of_appendix_g(swap: bool) -> None:
    """The funding output is the same for a dual-funded channel, which we do not offer."""
    pubkeys = [raw("dual-funding", "pubkey1"), raw("dual-funding", "pubkey2")]
    script = funding_script(*reversed(pubkeys)) if swap else funding_script(*pubkeys)
    assert script == raw("dual-funding", "script")
    assert p2wsh(script) == raw("dual-funding", "script_pubkey")
    tx = Tx.parse(raw("dual-funding", "unsigned_tx"))
    assert TxOut(Sat(400_000_000), p2wsh(script)) in tx.outputs


def test_signatures_of_appendix_g(engine: Engine) -> None:
    unsigned = Tx.parse(raw("dual-funding", "unsigned_tx"))
    signed = Tx.parse(raw("dual-funding", "signed_tx"))
    parent = Tx.parse(raw("dual-funding", "parent_tx"))
    assert signed.txid == unsigned.txid
    assert txid_to_hex(signed.txid) == load("dual-funding")["txid"]
    assert signed.locktime == load("dual-funding")["locktime"]
    spent = [parent.outputs[txin.outpoint.vout] for txin in signed.inputs]
    assert engine.verify_inputs(signed, spent) is None
    der, pubkey = signed.inputs[0].witness
    assert pubkey == raw("dual-funding", "accepter_input_pubkey")
    digest = segwit_v0_digest(unsigned, 0, p2wpkh_script_code(pubkey), spent[0].value, SIGHASH_ALL)
    assert verify(pubkey, digest, from_der(der[:-1]))
