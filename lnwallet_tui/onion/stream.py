"""The keys and the pseudo-random stream that every layer of an onion is made with (BOLT 4)."""

from __future__ import annotations

from typing import Literal

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

from lnwallet_tui.bitcoin.hashes import hmac_sha256

KeyType = Literal["rho", "mu", "um", "ammag", "pad"]

# A 32-bit block counter, then BOLT 4's "fixed 96-bit null-nonce": "the keys are never reused".
_COUNTER_AND_NONCE = bytes(16)


def generate_key(key_type: KeyType, secret: bytes) -> bytes:
    """BOLT 4: HMAC-SHA256 with the key type as the key and the 32-byte secret as the message."""
    return hmac_sha256(key_type.encode(), secret)


def pseudo_random_stream(key: bytes, length: int) -> bytes:
    """The first `length` bytes of the ChaCha20 stream of a 32-byte key."""
    return _chacha20(key, bytes(length))


def apply_stream(key: bytes, data: bytes) -> bytes:
    """`data` XOR the stream of `key`: obfuscates, and takes the obfuscation away again."""
    return _chacha20(key, data)


def _chacha20(key: bytes, data: bytes) -> bytes:
    return Cipher(ChaCha20(key, _COUNTER_AND_NONCE), mode=None).encryptor().update(data)
