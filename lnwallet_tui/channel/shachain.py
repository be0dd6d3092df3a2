"""BOLT 3's per-commitment secrets: generated from one seed, kept by the other side in 49 entries.

Indices here are the BOLT's and count down from 2^48 - 1; commitment numbers count up from 0, and
`index_of` turns one into the other.
"""

from __future__ import annotations

from typing import Final

import msgspec

from lnwallet_tui.bitcoin.hashes import sha256

_BITS: Final = 48
LAST_INDEX: Final = (1 << _BITS) - 1
"""The index of the first secret used."""


class WrongSecret(ValueError):
    """A secret that is not of the chain which the earlier ones came from."""


def index_of(commitment_number: int) -> int:
    """The index of the secret of commitment `commitment_number`."""
    return LAST_INDEX - commitment_number


def generate_from_seed(seed: bytes, index: int) -> bytes:
    """Secret `index` of the chain with this 32-byte seed."""
    return _derive(seed, _BITS, index)


def _derive(base: bytes, bits: int, index: int) -> bytes:
    """The secret at `index`, from the one whose index agrees above the lowest `bits` bits."""
    secret = bytearray(base)
    for bit in reversed(range(bits)):
        if index >> bit & 1:
            secret[bit // 8] ^= 1 << bit % 8
            secret = bytearray(sha256(bytes(secret)))
    return bytes(secret)


def _bucket(index: int) -> int:
    """How many zeros `index` ends with: all secrets that differ only there follow from it."""
    return (index & -index).bit_length() - 1 if index else _BITS


class KnownSecret(msgspec.Struct, frozen=True, array_like=True):
    """An entry of the store: a secret and its index."""

    index: int
    secret: bytes


class ShachainStore(msgspec.Struct, frozen=True):
    """Every secret that the counterparty has revealed, in at most 49 entries.

    Entry `b` is the newest secret whose index ends with `b` zeros.
    """

    known: tuple[KnownSecret, ...] = ()

    def insert(self, index: int, secret: bytes) -> ShachainStore:
        """The store with the next secret in it; `WrongSecret` where it is of another chain.

        Secrets come in descending order of their indices, without gaps.
        """
        assert index == self.next_index, "secrets are revealed one by one"
        if len(secret) != 32:
            raise WrongSecret("a secret has 32 bytes")
        bucket = _bucket(index)
        for earlier in self.known[:bucket]:
            if _derive(secret, bucket, earlier.index) != earlier.secret:
                raise WrongSecret(f"secret {index} does not lead to secret {earlier.index}")
        entry = KnownSecret(index, secret)
        return ShachainStore((*self.known[:bucket], entry, *self.known[bucket + 1 :]))

    @property
    def next_index(self) -> int:
        """The index of the secret that will be revealed next."""
        return min((entry.index for entry in self.known), default=LAST_INDEX + 1) - 1

    @property
    def revoked(self) -> int:
        """How many commitments the counterparty has revoked: numbers 0 to this less one."""
        return LAST_INDEX - self.next_index

    def secret(self, index: int) -> bytes | None:
        """The secret at `index`, or None where it is not revealed yet (or there is none)."""
        if not self.next_index < index <= LAST_INDEX:
            return None
        for bucket, entry in enumerate(self.known):
            if index >> bucket == entry.index >> bucket:
                return _derive(entry.secret, bucket, index)
        return None

    def secret_of(self, commitment_number: int) -> bytes | None:
        """The secret of the counterparty's commitment `commitment_number`, if it is revoked."""
        return self.secret(index_of(commitment_number))
