"""Hashes against the published vectors of their specifications."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin import hashes, ripemd

# From the RIPEMD-160 page of its authors (Bosselaers, KU Leuven).
RIPEMD160 = {
    b"": "9c1185a5c5e9fc54612808977ee8f548b2258d31",
    b"a": "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe",
    b"abc": "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
    b"message digest": "5d0689ef49d2fae572b881b123a85ffa21595f36",
    b"abcdefghijklmnopqrstuvwxyz": "f71c27109c692c1b56bbdceb5b9d2865b3708dbc",
    b"1234567890" * 8: "9b752e45573d4b39f4dbd3323cab82bf63326bfb",
}


@pytest.mark.parametrize(("data", "digest"), RIPEMD160.items())
def test_ripemd160(data: bytes, digest: str) -> None:
    assert hashes.ripemd160(data).hex() == digest
    assert ripemd.ripemd160(data).hex() == digest


@given(st.binary(max_size=300))
def test_both_ripemd160_agree(data: bytes) -> None:
    assert ripemd.ripemd160(data) == hashlib.new("ripemd160", data).digest()


def test_ours_is_used_where_openssl_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashlib, "algorithms_available", {"sha256"})
    monkeypatch.setattr(hashlib, "new", None)
    assert hashes.ripemd160(b"abc").hex() == RIPEMD160[b"abc"]


def test_sha256d_of_nothing() -> None:
    expected = "5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456"
    assert hashes.sha256d(b"").hex() == expected


def test_tagged_hash_is_bip340s() -> None:
    # BIP340: "SHA256(SHA256(tag) || SHA256(tag) || x)".
    tag = hashlib.sha256(b"BIP0340/nonce").digest()
    assert hashes.tagged_hash("BIP0340/nonce", b"x") == hashlib.sha256(tag + tag + b"x").digest()


def test_hmac_of_rfc_4231_case_2() -> None:
    key, data = b"Jefe", b"what do ya want for nothing?"
    assert hashes.hmac_sha256(key, data).hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert hashes.hmac_sha512(key, data).hex() == (
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    )


def test_hkdf_of_rfc_5869_case_1() -> None:
    key = hashes.hkdf_sha256(
        salt=bytes(range(13)), secret=b"\x0b" * 22, length=42, info=bytes(range(0xF0, 0xFA))
    )
    assert key.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_hkdf_of_rfc_5869_case_3() -> None:
    assert hashes.hkdf_sha256(salt=b"", secret=b"\x0b" * 22, length=42).hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


@pytest.mark.parametrize("length", [0, 255 * 32 + 1])
def test_hkdf_gives_no_more_than_it_can(length: int) -> None:
    with pytest.raises(ValueError, match="1 to 8160"):
        hashes.hkdf_sha256(b"", b"", length)
