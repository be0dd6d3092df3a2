"""Hierarchical deterministic keys (BIP32).

An `ExtendedKey` holds a secret and never shows it: its `repr` is the fingerprint.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lnwallet_tui.bitcoin import base58, curve
from lnwallet_tui.bitcoin.hashes import hash160, hmac_sha512

HARDENED: Final = 0x8000_0000
_MASTER: Final = b"\0\0\0\0"
_LENGTH: Final = 78
_MOST_DIGITS: Final = len(str(HARDENED))

# Version bytes for (secret, mainnet).
_VERSIONS: Final = {
    (True, True): bytes.fromhex("0488ade4"),
    (False, True): bytes.fromhex("0488b21e"),
    (True, False): bytes.fromhex("04358394"),
    (False, False): bytes.fromhex("043587cf"),
}


class Bip32Error(ValueError):
    """Not a seed, path or extended key; or, once in 2^127, a child that does not exist."""


def parse_path(path: str) -> tuple[int, ...]:
    """The numbers of a path such as `m/84'/0'/0'/1/7`; a prime or h stands for hardened."""
    head, *steps = path.split("/")
    if head != "m":
        raise Bip32Error("a path begins with m")
    return tuple(_parse_step(step) for step in steps)


def _parse_step(step: str) -> int:
    digits = step.rstrip("'h")
    if not digits.isascii() or not digits.isdigit() or len(step) - len(digits) > 1:
        raise Bip32Error("a step of a path is a number, perhaps with a prime")
    # Python refuses to read a number of thousands of digits, with another error.
    if len(digits) > _MOST_DIGITS or (index := int(digits)) >= HARDENED:
        raise Bip32Error("a step of a path is below 2^31")
    return index + HARDENED if step != digits else index


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the tree a key stands."""

    depth: int = 0
    parent_fingerprint: bytes = _MASTER
    index: int = 0

    def below(self, fingerprint: bytes, index: int) -> _Place:
        if self.depth == 255:
            raise Bip32Error("the tree is 255 levels deep")
        return _Place(self.depth + 1, fingerprint, index)

    def serialize(self) -> bytes:
        return bytes((self.depth,)) + self.parent_fingerprint + self.index.to_bytes(4, "big")


@dataclass(frozen=True, slots=True, repr=False)
class ExtendedPublicKey:
    """A public key and its chain code: derives the public keys below it, unless hardened."""

    pubkey: bytes
    chain_code: bytes
    place: _Place = _Place()

    @property
    def fingerprint(self) -> bytes:
        """The first 4 bytes of the key's hash."""
        return hash160(self.pubkey)[:4]

    def child(self, index: int) -> ExtendedPublicKey:
        """The child `index`, below 2^31."""
        if index >= HARDENED:
            raise Bip32Error("a hardened child needs the secret key")
        tweak, chain_code = _halves(self.chain_code, self.pubkey, index)
        try:
            pubkey = curve.point_tweak_add(self.pubkey, tweak)
        except curve.CurveError as error:
            raise Bip32Error("there is no such child") from error
        return ExtendedPublicKey(pubkey, chain_code, self.place.below(self.fingerprint, index))

    def derive(self, path: str) -> ExtendedPublicKey:
        """The key at `path` below this one, which is its m."""
        key = self
        for index in parse_path(path):
            key = key.child(index)
        return key

    def serialize(self, mainnet: bool) -> str:
        """The text that begins with xpub or tpub."""
        return _to_text(_VERSIONS[False, mainnet], self.place, self.chain_code, self.pubkey)

    def __repr__(self) -> str:
        # Whoever holds it and one child secret has every secret: not for logs either.
        return f"ExtendedPublicKey(fingerprint={self.fingerprint.hex()})"


# Without slots: a child names its parent's public key, and a key of ours has many children.
@dataclass(frozen=True, repr=False)
class ExtendedKey:
    """A secret key and its chain code: derives everything below it."""

    secret: bytes
    chain_code: bytes
    place: _Place = _Place()

    @classmethod
    def from_seed(cls, seed: bytes) -> ExtendedKey:
        """The master key of 16 to 64 random bytes."""
        if not 16 <= len(seed) <= 64:
            raise Bip32Error("a seed has 16 to 64 bytes")
        digest = hmac_sha512(b"Bitcoin seed", seed)
        if not curve.is_secret(digest[:32]):
            raise Bip32Error("this seed has no master key")
        return cls(digest[:32], digest[32:])

    @cached_property
    def pubkey(self) -> bytes:
        """The public key, 33 bytes."""
        return curve.public_key(self.secret)

    def public(self) -> ExtendedPublicKey:
        """The same key without its secret."""
        return ExtendedPublicKey(self.pubkey, self.chain_code, self.place)

    def child(self, index: int) -> ExtendedKey:
        """The child `index`; hardened from 2^31."""
        pubkey = self.pubkey
        data = b"\0" + self.secret if index >= HARDENED else pubkey
        tweak, chain_code = _halves(self.chain_code, data, index)
        try:
            secret = curve.secret_add(self.secret, tweak)
        except curve.CurveError as error:
            raise Bip32Error("there is no such child") from error
        return ExtendedKey(secret, chain_code, self.place.below(hash160(pubkey)[:4], index))

    def derive(self, path: str) -> ExtendedKey:
        """The key at `path` below this one, which is its m."""
        key = self
        for index in parse_path(path):
            key = key.child(index)
        return key

    def serialize(self, mainnet: bool) -> str:
        """The text that begins with xprv or tprv. It is a secret."""
        return _to_text(_VERSIONS[True, mainnet], self.place, self.chain_code, b"\0" + self.secret)

    def __repr__(self) -> str:
        return f"ExtendedKey(fingerprint={hash160(self.pubkey)[:4].hex()})"


def parse_extended_key(text: str) -> ExtendedKey | ExtendedPublicKey:
    """An xprv, xpub, tprv or tpub; `Bip32Error` for anything that BIP32 calls invalid."""
    try:
        data = base58.decode_check(text)
    except base58.Base58Error as error:
        raise Bip32Error(str(error)) from error
    if len(data) != _LENGTH:
        raise Bip32Error(f"an extended key has {_LENGTH} bytes")
    kinds = [secret for (secret, _), version in _VERSIONS.items() if version == data[:4]]
    if not kinds:
        raise Bip32Error("version bytes of no extended key")
    place, chain_code, key = _parse_place(data[4:13]), data[13:45], data[45:]
    if not kinds[0] and curve.is_public_key(key):
        return ExtendedPublicKey(key, chain_code, place)
    if kinds[0] and key[0] == 0 and curve.is_secret(key[1:]):
        return ExtendedKey(key[1:], chain_code, place)
    raise Bip32Error("the key is not of the kind that its version says, or none at all")


def _parse_place(data: bytes) -> _Place:
    place = _Place(data[0], data[1:5], int.from_bytes(data[5:], "big"))
    if place.depth == 0 and place != _Place():
        raise Bip32Error("a master key has neither parent nor index")
    return place


def _halves(chain_code: bytes, data: bytes, index: int) -> tuple[bytes, bytes]:
    digest = hmac_sha512(chain_code, data + index.to_bytes(4, "big"))
    return digest[:32], digest[32:]


def _to_text(version: bytes, place: _Place, chain_code: bytes, key: bytes) -> str:
    return base58.encode_check(version + place.serialize() + chain_code + key)
