"""BIP340's signatures and what BIP341 has them sign, by the BIPs' own vectors and Core's engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.address import address_to_script, script_to_address
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.curve import (
    CurveError,
    public_key,
    sign_schnorr,
    verify_schnorr,
    x_only,
    x_only_secret_add,
    x_only_tweak_add,
)
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2tr
from lnwallet_tui.bitcoin.sighash import (
    SIGHASH_ALL,
    SIGHASH_ANYONECANPAY,
    SIGHASH_DEFAULT,
    SIGHASH_NONE,
    SIGHASH_SINGLE,
    taproot_digest,
)
from lnwallet_tui.bitcoin.taproot import output_key, output_secret, p2tr_of, tap_tweak
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from tests.bips import vectors
from tests.bitcoin.core import core_accepts

SIGNATURES: list[dict[str, Any]] = vectors("bip340")["cases"]
BIP341 = vectors("bip341")
UNSIGNED = Tx.parse(bytes.fromhex(BIP341["unsigned_tx"]))
SPENT = [TxOut(Sat(one["value"]), bytes.fromhex(one["script"])) for one in BIP341["spent"]]


def raw(case: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(case[name])


# -- BIP340


@pytest.mark.parametrize("case", SIGNATURES, ids=lambda case: f"{case['index']}")
def test_bip340(case: dict[str, Any]) -> None:
    message, signature = raw(case, "message"), raw(case, "signature")
    assert verify_schnorr(raw(case, "public_key"), message, signature) == case["valid"]
    if not case["secret"]:
        return
    secret = raw(case, "secret")
    assert x_only(public_key(secret)) == raw(case, "public_key")
    if len(message) == 32:
        assert sign_schnorr(secret, message, raw(case, "aux_rand")) == signature


@given(
    secret=st.integers(1, 2**255).map(lambda number: number.to_bytes(32, "big")),
    digest=st.binary(min_size=32, max_size=32),
)
def test_what_is_signed_verifies_and_nothing_else(secret: bytes, digest: bytes) -> None:
    key, signature = x_only(public_key(secret)), sign_schnorr(secret, digest)
    assert verify_schnorr(key, digest, signature)
    assert sign_schnorr(secret, digest) == signature
    assert not verify_schnorr(key, bytes(32) if any(digest) else bytes([1] * 32), signature)
    assert not verify_schnorr(key, digest, signature[:-1] + bytes([signature[-1] ^ 1]))


@pytest.mark.parametrize("secret", [b"", bytes(32), bytes([255] * 32), bytes(31)])
def test_no_key_signs_nothing(secret: bytes) -> None:
    with pytest.raises(CurveError):
        sign_schnorr(secret, bytes(32))


def test_what_is_no_key_or_signature_verifies_nothing() -> None:
    key, signature = x_only(public_key(bytes([1] * 32))), sign_schnorr(bytes([1] * 32), bytes(32))
    assert not verify_schnorr(key[1:], bytes(32), signature)
    assert not verify_schnorr(bytes([255] * 32), bytes(32), signature)
    assert not verify_schnorr(key, bytes(32), signature[1:])


# -- BIP341


@pytest.mark.parametrize("case", BIP341["outputs"], ids=lambda case: case["address"][-8:])
def test_bip341_outputs(case: dict[str, Any]) -> None:
    internal, root = raw(case, "internal_key"), raw(case, "merkle_root")
    assert tap_tweak(internal, root) == raw(case, "tweak")
    assert output_key(internal, root) == raw(case, "output_key")
    script = p2tr(output_key(internal, root))
    assert script == raw(case, "script")
    assert script_to_address(script, Network.MAINNET) == case["address"]
    assert address_to_script(case["address"], Network.MAINNET) == script


@pytest.mark.parametrize("case", BIP341["inputs"], ids=lambda case: f"{case['sighash']}")
def test_bip341_inputs(case: dict[str, Any]) -> None:
    internal = x_only(public_key(raw(case, "secret")))
    secret = output_secret(raw(case, "secret"), internal, raw(case, "merkle_root"))
    assert secret == raw(case, "output_secret")
    digest = taproot_digest(UNSIGNED, case["index"], SPENT, case["sighash"])
    assert digest == raw(case, "digest")
    kind = bytes([case["sighash"]]) if case["sighash"] else b""
    assert [(sign_schnorr(secret, digest) + kind).hex()] == case["witness"]


def test_bip341_s_transaction_is_valid() -> None:
    signed = Tx.parse(bytes.fromhex(BIP341["signed_tx"]))
    assert core_accepts(signed, SPENT)
    broken = replace(SPENT[0], value=SPENT[0].value + Sat(1))
    assert not core_accepts(signed, [broken, *SPENT[1:]])


@pytest.mark.parametrize(
    "sighash",
    [
        SIGHASH_DEFAULT,
        *(
            kind | alone
            for kind in (SIGHASH_ALL, SIGHASH_NONE, SIGHASH_SINGLE)
            for alone in (0, SIGHASH_ANYONECANPAY)
        ),
    ],
)
def test_core_takes_every_kind_of_signature(sighash: int) -> None:
    secrets = [bytes([at]) * 32 for at in (1, 2, 3)]
    spent = [TxOut(Sat(5_000), p2tr_of(public_key(secret))) for secret in secrets]
    inputs = tuple(TxIn(OutPoint(bytes([at]) * 32, at), sequence=at) for at in range(3))
    tx = Tx(2, inputs, tuple(TxOut(Sat(1_000 + at), spent[0].script_pubkey) for at in range(3)), 9)
    kind = bytes([sighash]) if sighash else b""
    signed = tx
    for at, secret in enumerate(secrets):
        output = output_secret(secret, x_only(public_key(secret)))
        digest = taproot_digest(tx, at, spent, sighash)
        signed = signed.with_witness(at, (sign_schnorr(output, digest) + kind,))
    assert core_accepts(signed, spent)


@pytest.mark.parametrize("sighash", [0x04, 0x80, 0x84, 0x100])
def test_other_kinds_are_none(sighash: int) -> None:
    with pytest.raises(ValueError, match="no sighash type"):
        taproot_digest(UNSIGNED, 0, SPENT, sighash)


def test_single_without_an_output_of_its_own_is_none() -> None:
    with pytest.raises(ValueError, match="no output"):
        taproot_digest(UNSIGNED, len(UNSIGNED.outputs), SPENT, SIGHASH_SINGLE)


def test_a_tweak_that_is_too_large_is_none() -> None:
    key = x_only(public_key(bytes([1] * 32)))
    with pytest.raises(CurveError):
        x_only_tweak_add(key, bytes([255] * 32))
    with pytest.raises(CurveError):
        x_only_secret_add(bytes([1] * 32), bytes([255] * 32))
