"""The seed's key in a real Secret Service: GNOME's keyring, on a session bus of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import secretstorage

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.keys import custody, custody_errors, seed_file
from lnwallet_tui.keys.envelope import Way
from lnwallet_tui.keys.keyring_vault import SERVICE, KeyringVault, find_backend, is_locked
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import new_words
from tests.keys.secret_service import Desktop, logged_in


@pytest.fixture
def session() -> Iterator[Desktop]:
    with logged_in() as running:
        yield running


def make(folder: Path, *ways: Way, passphrase: Secret | None = None) -> custody.Unlocked:
    return custody.create(
        folder,
        new_words(),
        ways or (Way.KEYRING,),
        network=Network.REGTEST,
        passphrase=passphrase,
    )


def test_it_is_the_one_that_is_found(session: Desktop) -> None:
    found = find_backend()
    assert found is not None
    assert found.name.startswith("Secret Service")


def test_whether_it_is_locked_is_told_without_a_window(session: Desktop) -> None:
    found = find_backend()
    assert found is not None
    assert is_locked(found) is False
    session.lock()
    assert is_locked(found) is True
    session.kill_keyring()
    assert is_locked(found) is None


def test_a_key_is_forgotten(session: Desktop, tmp_path: Path) -> None:
    made = make(tmp_path)
    KeyringVault.open().forget(made.header.wallet)
    assert items(made.header.wallet) == []
    KeyringVault.open().forget(made.header.wallet)


def test_a_wallet_is_kept_and_opened(session: Desktop, tmp_path: Path) -> None:
    made = make(tmp_path)
    assert custody.load(tmp_path).words == made.words
    verified = custody.words_were_verified(tmp_path, custody.load(tmp_path))
    assert verified.header.words_verified
    assert custody.load(tmp_path).words == made.words


def test_two_wallets_do_not_share_a_key(session: Desktop, tmp_path: Path) -> None:
    one, two = make(tmp_path / "one"), make(tmp_path / "two")
    assert one.parts.keyring != two.parts.keyring
    assert custody.load(tmp_path / "one").words == one.words
    assert custody.load(tmp_path / "two").words == two.words


def test_the_keyring_alone_is_as_useless_as_the_file_alone(
    session: Desktop, tmp_path: Path
) -> None:
    made = make(tmp_path)
    entry = items(made.header.wallet)
    assert len(entry) == 1
    secret = entry[0]
    for word in made.words.reveal():
        assert word.encode() not in secret or len(word) < 4
    assert made.words.entropy().reveal().hex().encode() not in secret
    session.kill_keyring()
    with pytest.raises(custody_errors.CustodyError):
        custody.load(tmp_path)


def test_an_entry_that_is_gone(session: Desktop, tmp_path: Path) -> None:
    made = make(tmp_path)
    remove(made.header.wallet)
    with pytest.raises(custody_errors.EntryGone, match=made.header.wallet):
        custody.load(tmp_path)


def test_an_entry_of_another_wallet(session: Desktop, tmp_path: Path) -> None:
    one, two = make(tmp_path / "one"), make(tmp_path / "two")
    remove(one.header.wallet)
    assert two.parts.keyring is not None
    KeyringVault.open().store(one.header.wallet, two.parts.keyring)
    with pytest.raises(custody_errors.EntryWrong):
        custody.load(tmp_path / "one")


def test_a_locked_keyring(session: Desktop, tmp_path: Path) -> None:
    """Nobody unlocks it: the window that would ask cannot open here, as if it were declined."""
    make(tmp_path / "one")
    session.lock()
    with pytest.raises((custody_errors.KeyringLocked, custody_errors.KeyringFailed)):
        custody.load(tmp_path / "one")
    with pytest.raises((custody_errors.KeyringLocked, custody_errors.KeyringFailed)):
        make(tmp_path / "two")
    assert not (tmp_path / "two" / seed_file.SEED_FILE).exists()


def test_the_service_dies_and_comes_back(session: Desktop, tmp_path: Path) -> None:
    made = make(tmp_path)
    vault = KeyringVault.open()  # from before
    session.kill_keyring()
    with pytest.raises(custody_errors.KeyringFailed):
        vault.load(made.header.wallet)
    with pytest.raises(custody_errors.KeyringFailed):
        custody.load(tmp_path, open_vault=lambda: vault)
    with pytest.raises(custody_errors.NoUsableKeyring):
        custody.load(tmp_path)  # found anew, and there is none
    session.log_in()
    assert custody.load(tmp_path).words == made.words


def test_with_a_passphrase_as_well(session: Desktop, tmp_path: Path) -> None:
    """The parameters of a real wallet: a second and 256 MiB."""
    passphrase = Secret("ein Satz für mich allein".encode())
    made = make(tmp_path, Way.BOTH, passphrase=passphrase)
    assert custody.load(tmp_path, passphrase=passphrase).words == made.words
    remove(made.header.wallet)
    with pytest.raises(custody_errors.EntryGone):
        custody.load(tmp_path, passphrase=passphrase)


def items(wallet: str) -> list[bytes]:
    bus = secretstorage.dbus_init()
    try:
        collection = secretstorage.get_default_collection(bus)
        found = collection.search_items({"service": SERVICE, "username": wallet})
        return [item.get_secret() for item in found]
    finally:
        bus.close()


def remove(wallet: str) -> None:
    found = find_backend()
    assert found is not None
    found.keyring.delete_password(SERVICE, wallet)
