"""One key for each wallet in the operating system's keyring, which keeps it encrypted on disk.

The key is not the seed: it opens one slot of the wallet's seed file (`keys/envelope.py`), and is
useless without it. Other programs of the same user may be able to read a keyring; no program can
pay with what this one keeps alone.

Only backends that are known to encrypt are used. Which ones is decided here and not by `keyring`,
which would follow an environment variable or a file in the home folder to any class at all, among
them ones that store plain text or nothing. What was written is read back, always.

`keyring` takes a fifth of a second to import, so it is imported when it is needed.
"""

from __future__ import annotations

import base64
import binascii
import importlib
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lnwallet_tui.keys.custody_errors import (
    EntryDamaged,
    KeyringFailed,
    KeyringForgets,
    KeyringLocked,
    NoUsableKeyring,
)
from lnwallet_tui.keys.secret import Secret

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE: Final = "lnwallet-tui"

KEY_LENGTH: Final = 32
"""Bytes of a wrapping key: 44 characters of base64, 88 bytes where Windows takes 2,560."""

ALLOWED: Final = (
    ("keyring.backends.SecretService", "Keyring", "Secret Service (GNOME Keyring, KeePassXC)"),
    ("keyring.backends.kwallet", "DBusKeyring", "KWallet"),
    ("keyring.backends.libsecret", "Keyring", "libsecret"),
    ("keyring.backends.macOS", "Keyring", "macOS Keychain"),
    ("keyring.backends.Windows", "WinVaultKeyring", "Windows Credential Manager"),
)
"""Module, class and the name that people know; the first that works is used."""

# What the libraries below `keyring` raise when the user has not unlocked it, or declined to.
_LOCKED: Final = ("KeyringLocked", "LockedException", "PromptDismissedException")


@dataclass(frozen=True, slots=True)
class Backend:
    """A keyring that works, and what people call it."""

    keyring: KeyringBackend
    name: str


class KeyringVault:
    """Wrapping keys by the id of their wallet."""

    __slots__ = ("_backend",)

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @classmethod
    def open(cls) -> KeyringVault:
        """With the system's own keyring; raises `NoUsableKeyring`."""
        backend = find_backend()
        if backend is None:
            raise NoUsableKeyring
        return cls(backend)

    @property
    def name(self) -> str:
        """What people call this keyring."""
        return self._backend.name

    def store(self, wallet: str, key: Secret) -> None:
        """Keep the key of a new wallet; `wallet` is its id, random, so that nothing is replaced.

        Raises `KeyringForgets` where it does not come back, `KeyringLocked`, `KeyringFailed`.
        """
        assert len(key.reveal()) == KEY_LENGTH, "a wrapping key has 32 bytes"
        assert self._read(wallet) is None, "the id of a new wallet is new"
        self._write(wallet, base64.b64encode(key.reveal()).decode())
        try:
            kept = self.load(wallet)
        except EntryDamaged:
            kept = None
        if kept != key:
            raise KeyringForgets(self._backend.name)

    def load(self, wallet: str) -> Secret | None:
        """The key of a wallet, None where the keyring holds none for it. Never makes one.

        Raises `EntryDamaged` where what is kept is no key, `KeyringLocked`, `KeyringFailed`.
        """
        text = self._read(wallet)
        if text is None:
            return None
        try:
            key = base64.b64decode(text.encode("ascii"), validate=True)
        except (UnicodeEncodeError, binascii.Error):
            raise EntryDamaged(self._backend.name) from None
        if len(key) != KEY_LENGTH:
            raise EntryDamaged(self._backend.name)
        return Secret(key)

    def forget(self, wallet: str) -> None:
        """Take the key of a wallet out that nobody will open again; harmless where there is none.

        Raises `KeyringLocked`, `KeyringFailed`.
        """
        if self._read(wallet) is None:
            return
        try:
            self._backend.keyring.delete_password(SERVICE, wallet)
        except Exception as error:
            raise self._translated(error) from None

    def _write(self, wallet: str, text: str) -> None:
        try:
            self._backend.keyring.set_password(SERVICE, wallet, text)
        except Exception as error:
            raise self._translated(error) from None

    def _read(self, wallet: str) -> str | None:
        try:
            return self._backend.keyring.get_password(SERVICE, wallet)
        except Exception as error:
            raise self._translated(error) from None

    def _translated(self, error: Exception) -> KeyringLocked | KeyringFailed:
        """Backends raise what their libraries raise, of any type, and nobody knows what its
        message holds: only the type's name is passed on, and nothing is chained."""
        kind = type(error).__name__
        if kind in _LOCKED:
            return KeyringLocked(self._backend.name)
        return KeyringFailed(self._backend.name, kind)


def find_backend() -> Backend | None:
    """The first keyring of `ALLOWED` that works on this system."""
    for module, class_name, name in ALLOWED:
        kind: type[KeyringBackend] = getattr(importlib.import_module(module), class_name)
        if kind.viable:
            return Backend(kind(), name)
    return None


def is_locked(backend: Backend) -> bool | None:
    """Whether its owner would be asked to unlock it now; None where that cannot be told without
    asking them. Opens no window."""
    if type(backend.keyring).__module__ != ALLOWED[0][0]:
        return None
    try:
        import secretstorage  # `keyring` brings it along where there is a Secret Service
        from secretstorage.collection import get_collection_by_alias

        with closing(secretstorage.dbus_init()) as bus:
            return bool(get_collection_by_alias(bus, "default").is_locked())
    except Exception:  # of any library below; whatever is wrong is told when the keyring is used
        return None
