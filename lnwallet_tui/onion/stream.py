"""The keys and the pseudo-random stream that every layer of an onion is made with (BOLT 4)."""

from __future__ import annotations

import hmac
from typing import Final, Literal, get_args

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

KeyType = Literal["rho", "mu", "um", "ammag", "pad"]

# A 32-bit block counter, then BOLT 4's "fixed 96-bit null-nonce": "the keys are never reused".
_COUNTER_AND_NONCE = bytes(16)


# HMACs that have read their key and no message yet: a hop's keys are made of copies.
_KEYED: Final = {kind: hmac.new(kind.encode(), digestmod="sha256") for kind in get_args(KeyType)}


def generate_key(key_type: KeyType, secret: bytes) -> bytes:
    """BOLT 4: HMAC-SHA256 with the key type as the key and the 32-byte secret as the message."""
    keyed = _KEYED[key_type].copy()
    keyed.update(secret)
    return keyed.digest()


def pseudo_random_stream(key: bytes, length: int) -> bytes:
    """The first `length` bytes of the ChaCha20 stream of a 32-byte key."""
    return _chacha20(key, bytes(length))


def apply_stream(key: bytes, data: bytes) -> bytes:
    """`data` XOR the stream of `key`: obfuscates, and takes the obfuscation away again."""
    return _chacha20(key, data)


def _chacha20(key: bytes, data: bytes) -> bytes:
    return Cipher(ChaCha20(key, _COUNTER_AND_NONCE), mode=None).encryptor().update(data)
