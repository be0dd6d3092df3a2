"""The seed words in the operating system's keyring, which keeps them encrypted on disk.

Only backends that are known to do so are used. Which ones is decided here and not by `keyring`,
which would follow an environment variable or a file in the home folder to any class at all, among
them ones that store plain text or nothing. What was written is read back, always.

`keyring` takes a fifth of a second to import, so it is imported when it is needed.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lnwallet_tui.keys.seed import SeedError, SeedWords, parse_words

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE: Final = "lnwallet-tui"

ALLOWED: Final = (
    ("keyring.backends.SecretService", "Keyring", "Secret Service (GNOME Keyring, KeePassXC)"),
    ("keyring.backends.kwallet", "DBusKeyring", "KWallet"),
    ("keyring.backends.libsecret", "Keyring", "libsecret"),
    ("keyring.backends.macOS", "Keyring", "macOS Keychain"),
    ("keyring.backends.Windows", "WinVaultKeyring", "Windows Credential Manager"),
)
"""Module, class and the name that people know; the first that works is used."""

_HOW_TO_HAVE_ONE: Final = (
    "Install and unlock GNOME Keyring, KWallet or KeePassXC (with Secret Service on), log in to a "
    "desktop session, and try again."
)


class VaultError(Exception):
    """The keyring cannot be used: what happened, and as `remedy` what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class NoUsableKeyring(VaultError):
    """No backend of the list works here."""

    def __init__(self) -> None:
        super().__init__("This system has no keyring that keeps secrets safe.", _HOW_TO_HAVE_ONE)


class KeyringFailed(VaultError):
    """It is locked, the user declined, or the service is gone."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(
            f"{name} did not answer as it should ({kind}).", "Unlock it and try again."
        )


class KeyringLied(VaultError):
    """What was written did not come back."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} accepted the words but does not give them back.",
            "Do not rely on it: write the words down, and try another keyring.",
        )


class WalletExists(VaultError):
    """Other words are stored under that name; they are not replaced."""

    def __init__(self, wallet: str) -> None:
        super().__init__(
            f"The keyring holds the words of a wallet named {wallet} already.",
            "Choose another name; the words of a wallet are never replaced.",
        )


class DamagedWords(VaultError):
    """What is stored under that name are no seed words."""

    def __init__(self, wallet: str) -> None:
        super().__init__(
            f"What the keyring holds for {wallet} are not the words of a wallet.",
            "Restore the wallet from the words on paper, under another name.",
        )


@dataclass(frozen=True, slots=True)
class Backend:
    """A keyring that works, and what people call it."""

    keyring: KeyringBackend
    name: str


class KeyringVault:
    """Seed words by the name of their wallet."""

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

    def store(self, wallet: str, words: SeedWords) -> None:
        """Keep the words of a new wallet; storing the same ones again does nothing."""
        known = self.load(wallet)
        if known is not None and known != words:
            raise WalletExists(wallet)
        if known is None:
            self._write(wallet, " ".join(words.reveal()))
            if self.load(wallet) != words:
                raise KeyringLied(self._backend.name)

    def load(self, wallet: str) -> SeedWords | None:
        """The words of a wallet, None where the keyring holds none of that name."""
        text = self._read(wallet)
        if text is None:
            return None
        try:
            return parse_words(text)
        except SeedError:
            raise DamagedWords(wallet) from None

    # Backends raise what their libraries raise, of any type, and nobody knows what its message
    # holds: the type's name is passed on, and nothing is chained.
    def _write(self, wallet: str, text: str) -> None:
        try:
            self._backend.keyring.set_password(SERVICE, wallet, text)
        except Exception as error:
            raise KeyringFailed(self._backend.name, type(error).__name__) from None

    def _read(self, wallet: str) -> str | None:
        try:
            return self._backend.keyring.get_password(SERVICE, wallet)
        except Exception as error:
            raise KeyringFailed(self._backend.name, type(error).__name__) from None


def find_backend() -> Backend | None:
    """The first keyring of `ALLOWED` that works on this system."""
    for module, class_name, name in ALLOWED:
        kind: type[KeyringBackend] = getattr(importlib.import_module(module), class_name)
        if kind.viable:
            return Backend(kind(), name)
    return None


def describe_backend() -> str:
    """Which keyring would be used, or what to do to have one; whole sentences."""
    backend = find_backend()
    if backend is None:
        missing = NoUsableKeyring()
        return f"{missing} {missing.remedy}"
    return f"Seed words are kept by {backend.name}."
