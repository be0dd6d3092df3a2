"""Which keyrings are used, and that what they are given comes back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import keyring
import pytest
from keyring import errors
from keyring.backend import KeyringBackend

from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.keys import keyring_vault
from lnwallet_tui.keys.custody_errors import (
    EntryDamaged,
    KeyringFailed,
    KeyringForgets,
    KeyringLocked,
    NoUsableKeyring,
)
from lnwallet_tui.keys.keyring_vault import (
    ALLOWED,
    SERVICE,
    Backend,
    KeyringVault,
    find_backend,
)
from lnwallet_tui.keys.secret import Secret

KEY = Secret(sha256(b"a wrapping key"))
OTHER = Secret(sha256(b"another one"))


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


def test_a_key_comes_back() -> None:
    backend = GoodKeyring()
    vault(backend).store("main", KEY)
    assert vault(backend).load("main") == KEY
    assert vault(backend).load("other") is None
    assert list(backend.kept) == [(SERVICE, "main")]


def test_what_is_stored_fits_into_windows() -> None:
    """2,560 bytes of UTF-16."""
    backend = GoodKeyring()
    vault(backend).store("main", KEY)
    assert len(backend.kept[SERVICE, "main"].encode("utf-16-le")) == 88


def test_a_key_is_never_replaced() -> None:
    backend = GoodKeyring()
    vault(backend).store("main", KEY)
    with pytest.raises(AssertionError, match="new"):
        vault(backend).store("main", OTHER)
    assert vault(backend).load("main") == KEY


class ForgetfulKeyring(GoodKeyring):
    """As the null backend, or a chainer without children: writes succeed, reads give nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.written += 1


class CuttingKeyring(GoodKeyring):
    """Keeps a part."""

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password[:20])


class ChangingKeyring(GoodKeyring):
    """Gives back another key."""

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password[::-1].replace("=", "A", 1)[:43] + "=")


@pytest.mark.parametrize("kind", [ForgetfulKeyring, CuttingKeyring, ChangingKeyring])
def test_a_keyring_that_forgets(kind: type[GoodKeyring]) -> None:
    with pytest.raises(KeyringForgets, match="does not give it back") as refused:
        vault(kind()).store("main", KEY)
    assert refused.value.remedy


@pytest.mark.parametrize("text", ["something of somebody else", "", "ä" * 44, "AAAA", "A" * 43])
def test_what_is_no_key_is_said_to_be_none(text: str) -> None:
    backend = GoodKeyring()
    backend.set_password(SERVICE, "main", text)
    with pytest.raises(EntryDamaged) as refused:
        vault(backend).load("main")
    assert refused.value.remedy


class LibraryError(Exception):
    """Of a type that keyring knows nothing of."""


@pytest.mark.parametrize(
    "error",
    [errors.InitError, errors.PasswordSetError, OSError, LibraryError],
)
def test_a_keyring_that_fails(error: type[Exception]) -> None:
    class Failing(GoodKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            raise error(password)

    class Gone(GoodKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            raise error("gone")

    uses: list[Callable[[], object]] = [
        lambda: vault(Failing()).store("main", KEY),
        lambda: vault(Gone()).load("main"),
        lambda: vault(Gone()).store("main", KEY),
    ]
    for use in uses:
        with pytest.raises(KeyringFailed, match=error.__name__) as refused:
            use()
        assert refused.value.remedy
        assert refused.value.__suppress_context__


def test_a_keyring_that_is_locked() -> None:
    class Locked(GoodKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            raise errors.KeyringLocked("the user declined")

    uses: list[Callable[[], object]] = [
        lambda: vault(Locked()).load("main"),
        lambda: vault(Locked()).store("main", KEY),
    ]
    for use in uses:
        with pytest.raises(KeyringLocked, match="is locked") as refused:
            use()
        assert "Unlock" in refused.value.remedy


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
    with pytest.raises(NoUsableKeyring) as refused:
        KeyringVault.open()
    assert "GNOME Keyring" in refused.value.remedy


def test_with_a_keyring_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring_vault, "ALLOWED", ((__name__, "GoodKeyring", "a test's keyring"),))
    assert KeyringVault.open().name == "a test's keyring"
    KeyringVault.open().store("main", KEY)


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


def test_a_key_is_forgotten_where_nobody_will_open_its_wallet_again() -> None:
    kept = GoodKeyring()
    vault(kept).store("one", KEY)
    vault(kept).store("two", OTHER)
    vault(kept).forget("one")
    vault(kept).forget("one")
    assert vault(kept).load("one") is None
    assert vault(kept).load("two") == OTHER


def test_whether_a_keyring_in_memory_is_locked_cannot_be_told() -> None:
    assert keyring_vault.is_locked(Backend(GoodKeyring(), "a keyring")) is None
