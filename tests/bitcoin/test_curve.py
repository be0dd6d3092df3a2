"""The group law, signatures and what is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import coincurve
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin import curve

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
GENERATOR = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")

secrets = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
digests = st.binary(min_size=32, max_size=32)


def number(value: int) -> bytes:
    return (value % ORDER).to_bytes(32, "big")


def negated(pubkey: bytes) -> bytes:
    return bytes((pubkey[0] ^ 1,)) + pubkey[1:]


def high_s(signature: bytes) -> bytes:
    return signature[:32] + number(-int.from_bytes(signature[32:], "big"))


def test_the_secret_one_has_the_generator() -> None:
    assert curve.public_key(number(1)) == GENERATOR


@given(secrets, secrets)
def test_secrets_and_points_follow_one_law(a: bytes, b: bytes) -> None:
    point_a, point_b = curve.public_key(a), curve.public_key(b)
    assert curve.point_mul(point_a, b) == curve.public_key(curve.secret_mul(a, b))
    if (int.from_bytes(a, "big") + int.from_bytes(b, "big")) % ORDER:
        total = curve.public_key(curve.secret_add(a, b))
        assert curve.point_add(point_a, point_b) == curve.point_tweak_add(point_a, b) == total


@given(secrets, secrets)
def test_ecdh_is_the_same_from_both_sides(a: bytes, b: bytes) -> None:
    shared = curve.ecdh(a, curve.public_key(b))
    assert shared == curve.ecdh(b, curve.public_key(a))
    assert shared == hashlib.sha256(curve.point_mul(curve.public_key(b), a)).digest()


@given(secrets, digests)
def test_signatures_are_low_s_deterministic_and_verify(secret: bytes, digest: bytes) -> None:
    signature, pubkey = curve.sign(secret, digest), curve.public_key(secret)
    assert curve.sign(secret, digest) == signature
    assert int.from_bytes(signature[32:], "big") <= ORDER // 2
    assert curve.verify(pubkey, digest, signature)
    assert not curve.verify(pubkey, digest, high_s(signature))
    assert not curve.verify(curve.point_mul(pubkey, number(3)), digest, signature)
    assert not curve.verify(pubkey, hashlib.sha256(digest).digest(), signature)


@given(secrets, digests)
def test_coincurves_own_layer_agrees(secret: bytes, digest: bytes) -> None:
    theirs = coincurve.PrivateKey(secret)
    assert curve.public_key(secret) == theirs.public_key.format()
    assert curve.to_der(curve.sign(secret, digest)) == theirs.sign(digest, hasher=None)


@given(secrets, digests)
def test_der_there_and_back(secret: bytes, digest: bytes) -> None:
    signature = curve.sign(secret, digest)
    assert curve.from_der(curve.to_der(signature)) == signature
    assert curve.from_der(curve.to_der(high_s(signature))) == high_s(signature)


@given(secrets, digests)
def test_a_recoverable_signature_names_its_key(secret: bytes, digest: bytes) -> None:
    signature, recid = curve.sign_recoverable(secret, digest)
    assert signature == curve.sign(secret, digest)
    assert curve.recover(digest, signature, recid) == curve.public_key(secret)
    assert curve.recover(digest, high_s(signature), recid ^ 1) == curve.public_key(secret)


@given(st.binary(max_size=80), digests)
def test_garbage_never_verifies(garbage: bytes, digest: bytes) -> None:
    good = curve.sign(number(7), digest)
    assert not curve.verify(curve.public_key(number(7)), digest, garbage)
    assert not curve.verify(garbage, digest, good)


NOT_SECRETS = [
    bytes(32),
    number(ORDER - 1)[:31],
    ORDER.to_bytes(32, "big"),
    b"\xff" * 32,
    bytes(33),
]
NOT_POINTS = [
    b"",
    bytes(33),
    b"\x04" + GENERATOR[1:],
    b"\x05" + GENERATOR[1:],
    GENERATOR + b"\x00",
    # BIP32's test vector 5 has this one: there is no such point.
    bytes.fromhex("020000000000000000000000000000000000000000000000000000000000000007"),
    coincurve.PublicKey(GENERATOR).format(compressed=False),
]


@pytest.mark.parametrize("wrong", NOT_SECRETS)
def test_what_is_no_secret_is_refused(wrong: bytes) -> None:
    assert not curve.is_secret(wrong)
    refusals: list[Callable[[], object]] = [
        lambda: curve.public_key(wrong),
        lambda: curve.sign(wrong, bytes(32)),
        lambda: curve.sign_recoverable(wrong, bytes(32)),
        lambda: curve.ecdh(wrong, GENERATOR),
        lambda: curve.secret_add(wrong, number(1)),
        lambda: curve.secret_mul(wrong, number(1)),
        lambda: curve.point_mul(GENERATOR, wrong),
    ]
    for refused in refusals:
        with pytest.raises(curve.CurveError):
            refused()


@pytest.mark.parametrize("wrong", NOT_POINTS)
def test_what_is_no_point_is_refused(wrong: bytes) -> None:
    assert not curve.is_public_key(wrong)
    assert not curve.verify(wrong, bytes(32), curve.sign(number(1), bytes(32)))
    refusals: list[Callable[[], object]] = [
        lambda: curve.ecdh(number(1), wrong),
        lambda: curve.point_mul(wrong, number(1)),
        lambda: curve.point_add(GENERATOR, wrong),
        lambda: curve.point_tweak_add(wrong, number(1)),
    ]
    for refused in refusals:
        with pytest.raises(curve.CurveError):
            refused()


def test_infinity_is_no_result() -> None:
    with pytest.raises(curve.CurveError):
        curve.point_add(GENERATOR, negated(GENERATOR))
    with pytest.raises(curve.CurveError):
        curve.point_add()
    with pytest.raises(curve.CurveError):
        curve.point_tweak_add(GENERATOR, number(-1))
    with pytest.raises(curve.CurveError):
        curve.secret_add(number(1), number(-1))


def test_adding_nothing_changes_nothing() -> None:
    assert curve.secret_add(number(5), bytes(32)) == number(5)
    assert curve.point_tweak_add(GENERATOR, bytes(32)) == GENERATOR


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30\x00",
        bytes.fromhex("3006020101020101") + b"\x01",  # the sighash byte is not part of it
        bytes.fromhex("300702020001020101"),  # a number with a byte too many
        b"\x30\x26\x02\x21\x00" + ORDER.to_bytes(32, "big") + b"\x02\x01\x01",  # r is no scalar
    ],
)
def test_only_strict_der_is_read(der: bytes) -> None:
    with pytest.raises(curve.CurveError):
        curve.from_der(der)


@pytest.mark.parametrize("signature", [bytes(63), ORDER.to_bytes(32, "big") + number(1)])
def test_what_is_no_signature_has_no_der(signature: bytes) -> None:
    with pytest.raises(curve.CurveError):
        curve.to_der(signature)


def test_only_digests_are_signed_and_verified() -> None:
    refusals: list[Callable[[], object]] = [
        lambda: curve.sign(number(1), b"short"),
        lambda: curve.verify(GENERATOR, b"short", bytes(64)),
        lambda: curve.sign_recoverable(number(1), b"short"),
        lambda: curve.recover(b"short", bytes(64), 0),
    ]
    for refused in refusals:
        with pytest.raises(curve.CurveError):
            refused()


@pytest.mark.parametrize(
    ("signature", "recid"), [(bytes(64), 0), (bytes(63), 0), (b"\x01" * 64, 4), (b"\x01" * 64, -1)]
)
def test_what_no_key_signed_is_not_recovered(signature: bytes, recid: int) -> None:
    with pytest.raises(curve.CurveError):
        curve.recover(bytes(32), signature, recid)
