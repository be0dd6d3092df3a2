"""Which keyrings are used, and that what they are given comes back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import keyring
import pytest
from keyring import errors
from keyring.backend import KeyringBackend

from lnwallet_tui.keys import keyring_vault
from lnwallet_tui.keys.keyring_vault import (
    ALLOWED,
    SERVICE,
    Backend,
    DamagedWords,
    KeyringFailed,
    KeyringLied,
    KeyringVault,
    NoUsableKeyring,
    WalletExists,
    describe_backend,
    find_backend,
)
from lnwallet_tui.keys.seed import words_of

WORDS = words_of(bytes(range(32)))
OTHERS = words_of(bytes(16))


class GoodKeyring(KeyringBackend):
    """A keyring in memory. Outside of tests only the system's own are used."""

    priority = 0.1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring left it without types
        self.kept: dict[tuple[str, str], str] = {}
        self.written = 0

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password
        self.written += 1

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def vault(backend: KeyringBackend) -> KeyringVault:
    return KeyringVault(Backend(backend, "the keyring of the tests"))


def test_words_come_back() -> None:
    backend = GoodKeyring()
    vault(backend).store("main", WORDS)
    assert vault(backend).load("main") == WORDS
    assert vault(backend).load("other") is None
    assert list(backend.kept) == [(SERVICE, "main")]


def test_what_is_stored_fits_into_windows() -> None:
    """2,560 bytes of UTF-16; the longest word has 8 letters."""
    backend = GoodKeyring()
    vault(backend).store("main", WORDS)
    assert len(backend.kept[SERVICE, "main"].encode("utf-16-le")) <= 2 * 24 * 9 < 2_560


def test_words_are_never_replaced() -> None:
    backend = GoodKeyring()
    vault(backend).store("main", WORDS)
    vault(backend).store("main", WORDS)
    assert backend.written == 1
    with pytest.raises(WalletExists, match="main") as refused:
        vault(backend).store("main", OTHERS)
    assert refused.value.remedy
    assert vault(backend).load("main") == WORDS


class ForgetfulKeyring(GoodKeyring):
    """As the null backend, or a chainer without children: writes succeed, reads give nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.written += 1


class CuttingKeyring(GoodKeyring):
    """Keeps a part."""

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, " ".join(password.split(" ")[:12]))


class ChangingKeyring(GoodKeyring):
    """Gives back other words."""

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, " ".join(OTHERS.reveal()))


@pytest.mark.parametrize("kind", [ForgetfulKeyring, ChangingKeyring])
def test_a_keyring_that_lies(kind: type[GoodKeyring]) -> None:
    with pytest.raises(KeyringLied, match="does not give them back") as refused:
        vault(kind()).store("main", WORDS)
    assert refused.value.remedy


def test_a_keyring_that_keeps_a_part() -> None:
    with pytest.raises(DamagedWords):
        vault(CuttingKeyring()).store("main", WORDS)


def test_stored_text_that_is_no_seed_is_not_overwritten() -> None:
    backend = GoodKeyring()
    backend.set_password(SERVICE, "main", "something of somebody else")
    uses: list[Callable[[], object]] = [
        lambda: vault(backend).load("main"),
        lambda: vault(backend).store("main", WORDS),
    ]
    for use in uses:
        with pytest.raises(DamagedWords) as refused:
            use()
        assert refused.value.remedy
    assert backend.written == 1


class LibraryError(Exception):
    """Of a type that keyring knows nothing of."""


@pytest.mark.parametrize(
    "error",
    [errors.KeyringLocked, errors.InitError, errors.PasswordSetError, OSError, LibraryError],
)
def test_a_keyring_that_fails(error: type[Exception]) -> None:
    class Failing(GoodKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            raise error(password)

    class Locked(GoodKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            raise error("locked")

    uses: list[Callable[[], object]] = [
        lambda: vault(Failing()).store("main", WORDS),
        lambda: vault(Locked()).load("main"),
        lambda: vault(Locked()).store("main", WORDS),
    ]
    for use in uses:
        with pytest.raises(KeyringFailed, match=error.__name__) as refused:
            use()
        assert refused.value.remedy
        assert refused.value.__suppress_context__


# -- which


def test_every_allowed_backend_is_one() -> None:
    for module, name, _ in ALLOWED:
        __import__(module)
        assert issubclass(getattr(sys.modules[module], name), KeyringBackend)


@pytest.mark.parametrize("name", ["null", "fail", "chainer"])
def test_backends_that_keep_nothing_are_not_allowed(name: str) -> None:
    assert not any(name in module for module, _, _ in ALLOWED)


def test_neither_environment_nor_configuration_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat: a backend that records everything, set by a variable or by any library."""
    before = find_backend()
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr(keyring.core, "_keyring_backend", GoodKeyring())
    after = find_backend()
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert type(before.keyring) is type(after.keyring)


def test_without_a_keyring_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring_vault, "find_backend", lambda: None)
    assert "no keyring" in describe_backend()
    assert "Install and unlock" in describe_backend()
    with pytest.raises(NoUsableKeyring) as refused:
        KeyringVault.open()
    assert "GNOME Keyring" in refused.value.remedy


def test_with_a_keyring_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring_vault, "ALLOWED", ((__name__, "GoodKeyring", "a test's keyring"),))
    assert describe_backend() == "Seed words are kept by a test's keyring."
    KeyringVault.open().store("main", WORDS)


def test_a_backend_that_does_not_work_here_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ("keyring.backends.Windows" if sys.platform != "win32" else "keyring.backends.macOS",)
    other = (*row, "WinVaultKeyring" if sys.platform != "win32" else "Keyring", "elsewhere")
    monkeypatch.setattr(keyring_vault, "ALLOWED", (other, (__name__, "GoodKeyring", "here")))
    found = find_backend()
    assert found is not None
    assert found.name == "here"


def test_keyring_is_imported_only_when_it_is_used() -> None:
    program = (
        "import sys, lnwallet_tui.keys.keyring_vault, lnwallet_tui.keys.signer;"
        "sys.exit('keyring' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
