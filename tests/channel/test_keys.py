"""BOLT 3, Appendix E, and that each secret belongs to the point derived beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.curve import CurveError, public_key
from lnwallet_tui.channel.keys import (
    commitment_keys,
    derive_privkey,
    derive_pubkey,
    derive_revocation_privkey,
    derive_revocation_pubkey,
)
from lnwallet_tui.channel.signing import Basepoints
from tests.channel.bolt3 import load, params, per_commitment_point

SECRET = st.integers(1, 2**255).map(lambda number: number.to_bytes(32, "big"))


def vector(name: str) -> bytes:
    return bytes.fromhex(load("keys")[name])


def test_public_keys_of_appendix_e() -> None:
    base, point = vector("base_point"), vector("per_commitment_point")
    assert derive_pubkey(base, point) == vector("localpubkey")
    assert derive_revocation_pubkey(base, point) == vector("revocationpubkey")


def test_secrets_of_appendix_e() -> None:
    base, secret = vector("base_secret"), vector("per_commitment_secret")
    assert derive_privkey(base, vector("per_commitment_point")) == vector("localprivkey")
    assert derive_revocation_privkey(base, secret) == vector("revocationprivkey")


def test_points_of_appendix_e() -> None:
    assert public_key(vector("base_secret")) == vector("base_point")
    assert public_key(vector("per_commitment_secret")) == vector("per_commitment_point")


@given(SECRET, SECRET)
def test_secrets_belong_to_their_points(base: bytes, commitment: bytes) -> None:
    basepoint, point = public_key(base), public_key(commitment)
    assert public_key(derive_privkey(base, point)) == derive_pubkey(basepoint, point)
    revocation = derive_revocation_privkey(base, commitment)
    assert public_key(revocation) == derive_revocation_pubkey(basepoint, point)


def test_keys_of_the_commitment_of_appendix_c() -> None:
    channel = params(anchors=False)
    keys = commitment_keys(channel.holder, channel.counterparty, per_commitment_point())
    expected = load("commitment")["keys"]
    assert keys.revocationpubkey.hex() == expected["local_revocation_pubkey"]
    assert keys.local_delayedpubkey.hex() == expected["local_delayedpubkey"]
    assert keys.local_htlcpubkey.hex() == expected["local_htlcpubkey"]
    assert keys.remote_htlcpubkey.hex() == expected["remote_htlcpubkey"]
    assert keys.remotepubkey.hex() == expected["remote_payment_basepoint"]


@pytest.mark.parametrize("point", [b"", bytes(33), b"\x02" + b"\xff" * 32, bytes(32)])
def test_a_point_that_is_none_is_an_error(point: bytes) -> None:
    key = public_key(bytes(31) + b"\x05")
    side = Basepoints(key, key, key, key, key)
    with pytest.raises(CurveError):
        commitment_keys(side, side, point)
