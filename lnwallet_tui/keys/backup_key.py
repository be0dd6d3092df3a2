"""Closes and opens the channel backup: what is in it, its peers above all, is nobody's business.

    file = "lnwallet channels" || version || check || nonce
           || ChaCha20-Poly1305(backup key, content), authenticated with all that stands before

`check` are 8 bytes that tell the backup of other words from a damaged one without hinting at the
key: they are a hash of 256 secret bits. The nonce is made of the content by a key of its own, so
that no two contents ever have the same one, whatever copy of the wallet wrote them.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from lnwallet_tui.bitcoin.hashes import hkdf_sha256, hmac_sha256
from lnwallet_tui.keys.secret import Secret

VERSION: Final = 1
_MAGIC: Final = b"lnwallet channels"
_CHECK, _NONCE = 8, 12


class BackupUnreadable(Exception):
    """The channel backup cannot be opened; `remedy` says what the user can do."""

    remedy = ""


class NoBackup(BackupUnreadable):
    """Not a file that we wrote."""

    remedy = "Choose the file whose name begins with “channels”; it lies beside the wallet."


class BackupTooNew(BackupUnreadable):
    """A newer program wrote it."""

    remedy = "Start the newer version: an older one could lose what it does not know about."


class BackupOfOtherWords(BackupUnreadable):
    """Whole, as far as can be seen, and another wallet's."""

    remedy = "Type the words of the wallet that wrote it, or choose the backup of these words."


class BackupDamaged(BackupUnreadable):
    """Of these words, and not what was written."""

    remedy = "Choose another copy of it, from the second place for example."


class BackupKey:
    """The key of one wallet's backups."""

    __slots__ = ("_key",)

    def __init__(self, key: Secret) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "BackupKey(hidden)"

    def close(self, content: bytes) -> bytes:
        """The file to write."""
        nonce = hmac_sha256(self._made("nonces of the channel backup", 32), content)[:_NONCE]
        head = self._head() + nonce
        return head + ChaCha20Poly1305(self._key.reveal()).encrypt(nonce, content, head)

    def open(self, file: bytes) -> bytes:
        """What was closed. Raises a `BackupUnreadable`."""
        if not file.startswith(_MAGIC) or len(file) <= len(_MAGIC):
            raise NoBackup("This is not a channel backup of this program.")
        if file[len(_MAGIC)] > VERSION:
            raise BackupTooNew("A newer version of this program wrote this channel backup.")
        head = self._head()
        if len(file) >= len(head) and not file.startswith(head):
            raise BackupOfOtherWords("This channel backup is of a wallet with other words.")
        box = len(head) + _NONCE
        try:
            key = ChaCha20Poly1305(self._key.reveal())
            return key.decrypt(file[len(head) : box], file[box:], file[:box])
        except (InvalidTag, ValueError):  # the second for a nonce that is cut off
            raise BackupDamaged("This channel backup is damaged.") from None

    def _head(self) -> bytes:
        return _MAGIC + bytes([VERSION]) + self._made("check of the channel backup", _CHECK)

    def _made(self, purpose: str, length: int) -> bytes:
        return hkdf_sha256(b"", self._key.reveal(), length, purpose.encode())
