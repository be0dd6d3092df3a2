"""secp256k1: every operation on keys and signatures that this project makes, over libsecp256k1.

Secrets and scalars are 32 bytes, public keys 33 (compressed; no other form is taken), signatures 64
(r || s). Secrets stay `bytes` and each call goes to coincurve's cffi layer directly: coincurve's
`PrivateKey` computes the public key whenever one is made, which is a hundred times the price of a
tweak. The library's context is only read here, so calls may run in several threads at once.
"""

from __future__ import annotations

from typing import Any, Final

from coincurve._libsecp256k1 import ffi, lib
from coincurve.context import GLOBAL_CONTEXT

_CTX: Final = GLOBAL_CONTEXT.ctx
_MAX_DER_BYTES: Final = 72

_Native = Any  # a cffi struct; cffi has no types


class CurveError(ValueError):
    """Not a key, scalar, digest or signature, or a result that is none (the point at infinity)."""


def is_secret(secret: bytes) -> bool:
    """Whether it is 32 bytes between 1 and the group's order less 1."""
    return len(secret) == 32 and lib.secp256k1_ec_seckey_verify(_CTX, secret) == 1


def is_public_key(pubkey: bytes) -> bool:
    """Whether it is a point of the curve in 33 bytes."""
    return _parse(pubkey) is not None


def public_key(secret: bytes) -> bytes:
    """The public key of `secret`."""
    native = ffi.new("secp256k1_pubkey *")
    if len(secret) != 32 or not lib.secp256k1_ec_pubkey_create(_CTX, native, secret):
        raise CurveError("not a secret key")
    return _serialize(native)


def _parse(pubkey: bytes) -> _Native | None:
    native = ffi.new("secp256k1_pubkey *")
    if len(pubkey) == 33 and lib.secp256k1_ec_pubkey_parse(_CTX, native, pubkey, 33):
        return native
    return None


def _point(pubkey: bytes) -> _Native:
    native = _parse(pubkey)
    if native is None:
        raise CurveError("not a public key")
    return native


def _serialize(native: _Native) -> bytes:
    out = ffi.new("unsigned char[33]")
    length = ffi.new("size_t *", 33)
    lib.secp256k1_ec_pubkey_serialize(_CTX, out, length, native, lib.SECP256K1_EC_COMPRESSED)
    return bytes(ffi.buffer(out))


def _expect_32(data: bytes, what: str) -> None:
    if len(data) != 32:
        raise CurveError(f"a {what} has 32 bytes, not {len(data)}")


# -- points and scalars


def point_mul(pubkey: bytes, scalar: bytes) -> bytes:
    """`scalar` times the point."""
    _expect_32(scalar, "scalar")
    native = _point(pubkey)
    if not lib.secp256k1_ec_pubkey_tweak_mul(_CTX, native, scalar):
        raise CurveError("the scalar is zero or not below the group's order")
    return _serialize(native)


def point_add(*pubkeys: bytes) -> bytes:
    """The sum of the points."""
    natives = [_point(pubkey) for pubkey in pubkeys]
    total = ffi.new("secp256k1_pubkey *")
    if not natives or not lib.secp256k1_ec_pubkey_combine(_CTX, total, natives, len(natives)):
        raise CurveError("the points add up to infinity")
    return _serialize(total)


def point_tweak_add(pubkey: bytes, scalar: bytes) -> bytes:
    """The point plus `scalar` times the generator."""
    _expect_32(scalar, "scalar")
    native = _point(pubkey)
    if not lib.secp256k1_ec_pubkey_tweak_add(_CTX, native, scalar):
        raise CurveError("the scalar is too large, or the sum is infinity")
    return _serialize(native)


def secret_add(secret: bytes, scalar: bytes) -> bytes:
    """`secret` plus `scalar`, modulo the group's order."""
    return _tweaked(lib.secp256k1_ec_seckey_tweak_add, secret, scalar)


def secret_mul(secret: bytes, scalar: bytes) -> bytes:
    """`secret` times `scalar`, modulo the group's order."""
    return _tweaked(lib.secp256k1_ec_seckey_tweak_mul, secret, scalar)


def _tweaked(tweak: Any, secret: bytes, scalar: bytes) -> bytes:
    _expect_32(secret, "secret key")
    _expect_32(scalar, "scalar")
    out = ffi.new("unsigned char[32]", secret)
    if not tweak(_CTX, out, scalar):
        raise CurveError("not a secret key, or not a scalar, or the result is zero")
    return bytes(ffi.buffer(out))


def ecdh(secret: bytes, pubkey: bytes) -> bytes:
    """SHA-256 of the compressed product: the shared secret of BOLT 4 and BOLT 8; 32 bytes."""
    _expect_32(secret, "secret key")
    out = ffi.new("unsigned char[32]")
    if not lib.secp256k1_ecdh(_CTX, out, _point(pubkey), secret, ffi.NULL, ffi.NULL):
        raise CurveError("not a secret key")
    return bytes(ffi.buffer(out))


# -- signatures


def sign(secret: bytes, digest: bytes) -> bytes:
    """ECDSA with the nonce of RFC 6979, low-S: the same every time; 64 bytes."""
    _expect_32(secret, "secret key")
    _expect_32(digest, "digest")
    native = ffi.new("secp256k1_ecdsa_signature *")
    if not lib.secp256k1_ecdsa_sign(_CTX, native, digest, secret, ffi.NULL, ffi.NULL):
        raise CurveError("not a secret key")
    return _compact(native)


def verify(pubkey: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether `signature` is the key's over `digest`, with a low S.

    False for a key or signature that is none. Consensus would take a high S; the BOLTs and the
    relay policy do not, and libsecp256k1 refuses it.
    """
    _expect_32(digest, "digest")
    point = _parse(pubkey)
    native = _from_compact(signature)
    if point is None or native is None:
        return False
    return bool(lib.secp256k1_ecdsa_verify(_CTX, native, digest, point))


def to_der(signature: bytes) -> bytes:
    """The signature as it stands in a witness, without the sighash byte."""
    native = _from_compact(signature)
    if native is None:
        raise CurveError("not a signature")
    out = ffi.new("unsigned char[]", _MAX_DER_BYTES)
    length = ffi.new("size_t *", _MAX_DER_BYTES)
    lib.secp256k1_ecdsa_signature_serialize_der(_CTX, out, length, native)
    return bytes(ffi.buffer(out, length[0]))


def from_der(der: bytes) -> bytes:
    """The 64 bytes of a strictly encoded DER signature (without the sighash byte)."""
    native = ffi.new("secp256k1_ecdsa_signature *")
    if not lib.secp256k1_ecdsa_signature_parse_der(_CTX, native, der, len(der)):
        raise CurveError("not a DER signature")
    signature = _compact(native)
    # A number above the group's order parses, as zero; such a signature is none.
    if to_der(signature) != der:
        raise CurveError("not a DER signature")
    return signature


def sign_recoverable(secret: bytes, digest: bytes) -> tuple[bytes, int]:
    """A signature and the recovery id (0 to 3) that lets `recover` find the key from it."""
    _expect_32(secret, "secret key")
    _expect_32(digest, "digest")
    native = ffi.new("secp256k1_ecdsa_recoverable_signature *")
    if not lib.secp256k1_ecdsa_sign_recoverable(_CTX, native, digest, secret, ffi.NULL, ffi.NULL):
        raise CurveError("not a secret key")
    out = ffi.new("unsigned char[64]")
    recid = ffi.new("int *")
    lib.secp256k1_ecdsa_recoverable_signature_serialize_compact(_CTX, out, recid, native)
    return bytes(ffi.buffer(out)), int(recid[0])


def recover(digest: bytes, signature: bytes, recid: int) -> bytes:
    """The public key that made `signature` over `digest`; `CurveError` where there is none.

    It takes a high S, as BOLT 11 payers must.
    """
    _expect_32(digest, "digest")
    if len(signature) != 64 or not 0 <= recid <= 3:
        raise CurveError("not a recoverable signature")
    native = ffi.new("secp256k1_ecdsa_recoverable_signature *")
    parse = lib.secp256k1_ecdsa_recoverable_signature_parse_compact
    point = ffi.new("secp256k1_pubkey *")
    if not parse(_CTX, native, signature, recid) or not lib.secp256k1_ecdsa_recover(
        _CTX, point, native, digest
    ):
        raise CurveError("no key made this signature")
    return _serialize(point)


def _compact(native: _Native) -> bytes:
    out = ffi.new("unsigned char[64]")
    lib.secp256k1_ecdsa_signature_serialize_compact(_CTX, out, native)
    return bytes(ffi.buffer(out))


def _from_compact(signature: bytes) -> _Native | None:
    native = ffi.new("secp256k1_ecdsa_signature *")
    if len(signature) != 64:
        return None
    if not lib.secp256k1_ecdsa_signature_parse_compact(_CTX, native, signature):
        return None
    return native


# -- BIP340: keys of 32 bytes, of which the y coordinate is even


def sign_schnorr(secret: bytes, digest: bytes, auxiliary: bytes = bytes(32)) -> bytes:
    """A signature over 32 bytes by the key that `x_only(secret)` names; 64 bytes.

    BIP340: "The auxiliary random data should be set to fresh randomness generated at signing time",
    but also that it may be left at zeros, which gives the same signature every time.
    """
    _expect_32(digest, "digest")
    _expect_32(auxiliary, "auxiliary random data")
    out = ffi.new("unsigned char[64]")
    pair = _key_pair(secret)
    signed = lib.secp256k1_schnorrsig_sign32(_CTX, out, digest, pair, auxiliary)
    assert signed, "a valid key signs anything"
    return bytes(ffi.buffer(out))


def verify_schnorr(x_only_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is the key's over `message`; False for a key or signature that is
    none."""
    native = ffi.new("secp256k1_xonly_pubkey *")
    if len(x_only_key) != 32 or len(signature) != 64:
        return False
    if not lib.secp256k1_xonly_pubkey_parse(_CTX, native, x_only_key):
        return False
    return bool(lib.secp256k1_schnorrsig_verify(_CTX, signature, message, len(message), native))


def x_only(pubkey: bytes) -> bytes:
    """The 32 bytes that BIP340 takes of a public key."""
    _point(pubkey)
    return pubkey[1:]


def x_only_tweak_add(x_only_key: bytes, scalar: bytes) -> bytes:
    """The x coordinate of the even point with that one, plus `scalar` times the generator."""
    return x_only(point_tweak_add(b"\x02" + x_only_key, scalar))


def x_only_secret_add(secret: bytes, scalar: bytes) -> bytes:
    """The secret of `x_only_tweak_add(x_only(public_key(secret)), scalar)`."""
    _expect_32(scalar, "scalar")
    pair, out = _key_pair(secret), ffi.new("unsigned char[32]")
    if not lib.secp256k1_keypair_xonly_tweak_add(_CTX, pair, scalar):
        raise CurveError("the scalar is too large, or the sum is zero")
    lib.secp256k1_keypair_sec(_CTX, out, pair)
    return bytes(ffi.buffer(out))


def _key_pair(secret: bytes) -> _Native:
    pair = ffi.new("secp256k1_keypair *")
    if len(secret) != 32 or not lib.secp256k1_keypair_create(_CTX, pair, secret):
        raise CurveError("not a secret key")
    return pair
