"""The hash functions of Bitcoin and Lightning, each as one call from bytes to bytes."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache

from lnwallet_tui.bitcoin import ripemd


def sha256(data: bytes) -> bytes:
    """SHA-256; 32 bytes."""
    return hashlib.sha256(data).digest()


def sha256d(data: bytes) -> bytes:
    """SHA-256 twice: txids, block hashes, checksums; 32 bytes."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def sha512(data: bytes) -> bytes:
    """SHA-512; 64 bytes."""
    return hashlib.sha512(data).digest()


def ripemd160(data: bytes) -> bytes:
    """RIPEMD-160; 20 bytes. OpenSSL's, or ours where its builder left it out (3.0.0 to 3.0.6)."""
    if "ripemd160" in hashlib.algorithms_available:
        return hashlib.new("ripemd160", data).digest()
    return ripemd.ripemd160(data)


def hash160(data: bytes) -> bytes:
    """RIPEMD-160 of SHA-256: key hashes in scripts; 20 bytes."""
    return ripemd160(sha256(data))


@cache
def _tag_prefix(tag: str) -> bytes:
    return sha256(tag.encode()) * 2


def tagged_hash(tag: str, data: bytes) -> bytes:
    """BIP340's tagged hash: SHA-256(SHA-256(tag) || SHA-256(tag) || data); 32 bytes."""
    return sha256(_tag_prefix(tag) + data)


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104); 32 bytes."""
    return hmac.digest(key, data, "sha256")


def hmac_sha512(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-512 (RFC 2104); 64 bytes."""
    return hmac.digest(key, data, "sha512")


def hkdf_sha256(salt: bytes, secret: bytes, length: int, info: bytes = b"") -> bytes:
    """HKDF-SHA-256 (RFC 5869), extract then expand, to `length` bytes (at most 8160)."""
    if not 0 < length <= 255 * 32:
        raise ValueError(f"HKDF-SHA-256 gives 1 to 8160 bytes, not {length}")
    key = hmac_sha256(salt, secret)
    out = block = b""
    counter = 0
    while len(out) < length:
        counter += 1
        block = hmac_sha256(key, block + info + bytes((counter,)))
        out += block
    return out[:length]
