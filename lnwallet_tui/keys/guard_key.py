"""Closes and opens what the guard may use without the wallet: the key kit's rows.

    row = version || nonce || ChaCha20-Poly1305(guard key, content),
          authenticated with the version and the channel's number

The guard key is made of the wallet's words (keys/derive.py), so that the node can write a row with
every channel that it opens and ask nobody. The guard itself has no words: it has this key from a
file that a passphrase of its own opens (keys/guard_file.py). The nonce is made of the content by a
key of its own, as in keys/backup_key.py.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from lnwallet_tui.bitcoin.hashes import hkdf_sha256, hmac_sha256
from lnwallet_tui.keys.secret import Secret

VERSION: Final = 1
_NONCE: Final = 12


class KitUnreadable(Exception):
    """A row of the key kit is not what was written, or was written by a newer program."""


class GuardKey:
    """The key of one wallet's key kit."""

    __slots__ = ("_key",)

    def __init__(self, key: Secret) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "GuardKey(hidden)"

    @property
    def secret(self) -> Secret:
        """To be put into the guard's file."""
        return self._key

    def close(self, number: int, content: Secret) -> bytes:
        """The row of channel `number`."""
        made_of = hkdf_sha256(b"", self._key.reveal(), 32, b"nonces of the key kit")
        nonce = hmac_sha256(made_of, _bound_to(number) + content.reveal())[:_NONCE]
        box = ChaCha20Poly1305(self._key.reveal())
        return bytes([VERSION]) + nonce + box.encrypt(nonce, content.reveal(), _bound_to(number))

    def open(self, number: int, row: bytes) -> Secret:
        """What was closed. Raises `KitUnreadable`."""
        if row[:1] != bytes([VERSION]):
            raise KitUnreadable(f"The key kit of channel {number} is of another version.")
        nonce, sealed = row[1 : 1 + _NONCE], row[1 + _NONCE :]
        try:
            box = ChaCha20Poly1305(self._key.reveal())
            return Secret(box.decrypt(nonce, sealed, _bound_to(number)))
        except (InvalidTag, ValueError):  # the second for a nonce that is cut off
            raise KitUnreadable(f"The key kit of channel {number} does not open.") from None


def _bound_to(number: int) -> bytes:
    return bytes([VERSION]) + number.to_bytes(8, "big")
