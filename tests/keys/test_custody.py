"""The seed in its file: every state it can be found in, each with a sentence and a way on."""

from __future__ import annotations

import base64
import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from keyring import errors

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.keys import custody, custody_errors, envelope, seed_file
from lnwallet_tui.keys.custody_errors import CustodyError
from lnwallet_tui.keys.envelope import Parts, Stretch, Way
from lnwallet_tui.keys.keyring_vault import SERVICE, Backend, KeyringVault
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import words_of
from tests.keys.test_keyring_vault import GoodKeyring

WORDS = words_of(bytes(range(16)))
PASSPHRASE = Secret(b"correct horse battery staple")


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with the least that a file may ask for."""
    monkeypatch.setattr(envelope, "_new_stretch", lambda salt: Stretch(salt, 64, 1, 1))


class Home:
    """A user's keyring and the folder of a wallet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "wallet"
        self.keyring = GoodKeyring()

    def vault(self) -> KeyringVault:
        return KeyringVault(Backend(self.keyring, "the keyring"))

    def create(self, *ways: Way, passphrase: Secret | None = None) -> custody.Unlocked:
        return custody.create(
            self.folder,
            WORDS,
            ways or (Way.KEYRING,),
            network=Network.REGTEST,
            birthday=100,
            passphrase=passphrase,
            open_vault=self.vault,
        )

    def load(self, passphrase: Secret | None = None) -> custody.Unlocked:
        return custody.load(self.folder, passphrase=passphrase, open_vault=self.vault)

    @property
    def file(self) -> Path:
        return self.folder / seed_file.SEED_FILE


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def no_vault() -> KeyringVault:
    raise AssertionError("nobody needs the keyring here")


def test_a_wallet_is_made_and_opened(home: Home) -> None:
    made = home.create()
    assert made.words == home.load().words == WORDS
    assert home.load().header.birthday == 100
    assert [account for _, account in home.keyring.kept] == [made.header.wallet]


def test_it_is_for_its_owner_only(home: Home) -> None:
    before = os.umask(0)
    try:
        home.create()
    finally:
        os.umask(before)
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.file.stat().st_mode) == 0o600


def test_the_file_is_useless_without_the_keyrings_entry(home: Home) -> None:
    """Whatever else one has: it holds nothing of the seed, and no key but that one opens it."""
    home.create()
    file = home.file.read_bytes()
    entropy = WORDS.entropy().reveal()
    for form in (entropy, entropy.hex().encode(), base64.b64encode(entropy)[:16]):
        assert form not in file
    assert not [word for word in WORDS.reveal() if b" " + word.encode() + b" " in file]
    found = seed_file.read(home.folder)
    for parts in (Parts(), Parts(None, PASSPHRASE), Parts(Secret(bytes(32)), PASSPHRASE)):
        with pytest.raises(envelope.SlotsStayShut):
            envelope.open_envelope(found, parts)
    home.keyring.kept.clear()
    for passphrase in (None, PASSPHRASE):
        with pytest.raises(custody_errors.EntryGone, match="useless"):
            home.load(passphrase)


def test_a_passphrase_needs_no_keyring(home: Home) -> None:
    custody.create(
        home.folder,
        WORDS,
        [Way.PASSPHRASE],
        network=Network.REGTEST,
        passphrase=PASSPHRASE,
        open_vault=no_vault,
    )
    opened = custody.load(home.folder, passphrase=PASSPHRASE, open_vault=no_vault)
    assert opened.words == WORDS
    assert home.keyring.kept == {}


def test_either_opens_where_the_owner_wants_both_ways(home: Home) -> None:
    home.create(Way.KEYRING, Way.PASSPHRASE, passphrase=PASSPHRASE)
    assert home.load().words == WORDS
    assert custody.load(home.folder, passphrase=PASSPHRASE, open_vault=no_vault).words == WORDS
    assert custody.look(home.folder).ways == (Way.KEYRING, Way.PASSPHRASE)


def test_both_are_needed_where_the_owner_wants_both(home: Home) -> None:
    home.create(Way.BOTH, passphrase=PASSPHRASE)
    assert home.load(PASSPHRASE).words == WORDS
    assert custody.look(home.folder).ways == (Way.BOTH,)


def test_looking_opens_nothing_and_tells_what_will_be_asked(home: Home) -> None:
    home.create()
    closed = custody.look(home.folder)
    assert closed.ways == (Way.KEYRING,)
    assert not closed.header.words_verified


# -- every state that it can be found in


def rewrite(home: Home, change: Callable[[dict[str, object]], None]) -> None:
    rough = msgspec.json.decode(home.file.read_bytes())
    change(rough)
    home.file.write_bytes(msgspec.json.encode(rough))


def forget_entry(home: Home) -> None:
    home.keyring.kept.clear()


def lock(home: Home) -> None:
    def locked(service: str, username: str) -> str | None:
        raise errors.KeyringLocked("no")

    home.keyring.get_password = locked  # type: ignore[method-assign]  # fails from now on


def break_off(home: Home) -> None:
    def gone(service: str, username: str) -> str | None:
        raise errors.InitError("no such name on the bus")

    home.keyring.get_password = gone  # type: ignore[method-assign]  # fails from now on


def take_another_entry(home: Home) -> None:
    other = Home(home.folder.parent / "other")
    other.create()
    for _, account in home.keyring.kept:
        home.keyring.kept[SERVICE, account] = next(iter(other.keyring.kept.values()))


def damage_entry(home: Home) -> None:
    for place in home.keyring.kept:
        home.keyring.kept[place] = "not base64!"


def cut_file(home: Home) -> None:
    home.file.write_bytes(home.file.read_bytes()[:-40])


def empty_file(home: Home) -> None:
    home.file.write_bytes(b"")


def write_what_is_no_text(home: Home) -> None:
    home.file.write_bytes(home.file.read_bytes().replace(b"network", b"\xeeetwork"))


def nest_deeply(home: Home) -> None:
    home.file.write_bytes(b'{"version":' + b"[" * 60_000)


def turn_a_bit_of_the_body(home: Home) -> None:
    def turn(rough: dict[str, object]) -> None:
        body = str(rough["body"])
        rough["body"] = ("B" if body[0] == "A" else "A") + body[1:]

    rewrite(home, turn)


def turn_a_bit_of_the_slot(home: Home) -> None:
    def turn(rough: dict[str, object]) -> None:
        (slot,) = rough["slots"]  # type: ignore[misc]
        slot["box"] = ("B" if slot["box"][0] == "A" else "A") + slot["box"][1:]  # type: ignore[has-type]

    rewrite(home, turn)


def write_with_a_newer_version(home: Home) -> None:
    rewrite(home, lambda rough: rough.update(version=2, something_new=True))


def remove_file(home: Home) -> None:
    home.file.unlink()


STATES = [
    (forget_entry, custody_errors.EntryGone),
    (lock, custody_errors.KeyringLocked),
    (break_off, custody_errors.KeyringFailed),
    (take_another_entry, custody_errors.EntryWrong),
    (damage_entry, custody_errors.EntryDamaged),
    (cut_file, custody_errors.SeedFileDamaged),
    (empty_file, custody_errors.SeedFileDamaged),
    (write_what_is_no_text, custody_errors.SeedFileDamaged),
    (nest_deeply, custody_errors.SeedFileDamaged),
    (turn_a_bit_of_the_body, custody_errors.SeedFileDamaged),
    (turn_a_bit_of_the_slot, custody_errors.SeedFileDamaged),
    (write_with_a_newer_version, custody_errors.SeedFileTooNew),
    (remove_file, custody_errors.NoSeedFile),
]


@pytest.mark.parametrize(("change", "expected"), STATES, ids=lambda one: one.__name__)
def test_every_state_has_a_sentence_and_a_way_on(
    home: Home, change: Callable[[Home], None], expected: type[CustodyError]
) -> None:
    home.create()
    change(home)
    with pytest.raises(expected) as refused:
        home.load()
    assert str(refused.value).endswith(".")
    assert refused.value.remedy.endswith(".")


@pytest.mark.parametrize(("change", "expected"), STATES, ids=lambda one: one.__name__)
def test_opening_never_makes_anything(
    home: Home, change: Callable[[Home], None], expected: type[CustodyError]
) -> None:
    """The trap of others: a keyring that was locked at the start, and a new seed in its place."""
    home.create()
    change(home)
    file = home.file.read_bytes() if home.file.exists() else None
    kept, written = dict(home.keyring.kept), home.keyring.written
    with pytest.raises(expected):
        home.load()
    assert (home.file.read_bytes() if home.file.exists() else None) == file
    assert (home.keyring.kept, home.keyring.written) == (kept, written)


@pytest.mark.parametrize("way", [Way.PASSPHRASE, Way.BOTH])
def test_a_wrong_passphrase(home: Home, way: Way) -> None:
    home.create(way, passphrase=PASSPHRASE)
    with pytest.raises(custody_errors.PassphraseWrong, match="does not open"):
        home.load(Secret(b"another passphrase"))
    with pytest.raises(custody_errors.PassphraseNeeded):
        home.load()


def test_another_keyring_key_is_told_from_a_wrong_passphrase(home: Home) -> None:
    home.create(Way.BOTH, passphrase=PASSPHRASE)
    take_another_entry(home)
    with pytest.raises(custody_errors.EntryWrong):
        home.load(PASSPHRASE)


def test_the_daemon_dies_between_two_calls(home: Home) -> None:
    """It took the key and was gone before it gave it back: there is no wallet then."""

    class Dying(GoodKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            if self.written:
                raise errors.InitError("no such name on the bus")
            return None

    home.keyring = Dying()
    with pytest.raises(custody_errors.KeyringFailed):
        home.create()
    assert not home.file.exists()


def test_a_keyring_that_forgets_gets_no_wallet(home: Home) -> None:
    class Forgetful(GoodKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            return

    home.keyring = Forgetful()
    with pytest.raises(custody_errors.KeyringForgets):
        home.create()
    assert not home.file.exists()


def test_without_a_keyring(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lnwallet_tui.keys.keyring_vault.find_backend", lambda: None)
    with pytest.raises(custody_errors.NoUsableKeyring) as refused:
        custody.create(home.folder, WORDS, [Way.KEYRING], network=Network.REGTEST)
    assert "passphrase" in refused.value.remedy


@pytest.mark.parametrize("typed", [b"", b"1234567", "äöüßäöü".encode()])
def test_a_short_passphrase_is_refused_before_anything_is_made(home: Home, typed: bytes) -> None:
    with pytest.raises(custody_errors.PassphraseTooShort, match="8 characters"):
        home.create(Way.PASSPHRASE, passphrase=Secret(typed))
    with pytest.raises(custody_errors.PassphraseNeeded):
        home.create(Way.BOTH)
    assert not home.folder.exists()
    assert home.keyring.kept == {}


def test_a_wallet_is_never_written_over(home: Home) -> None:
    home.create()
    before = home.file.read_bytes()
    with pytest.raises(custody_errors.SeedFileExists):
        home.create()
    assert home.file.read_bytes() == before
    assert len(home.keyring.kept) == 1


# -- words that were shown, and power that failed


def test_words_are_unverified_until_they_were_asked_back(home: Home) -> None:
    made = home.create(Way.KEYRING, Way.PASSPHRASE, passphrase=PASSPHRASE)
    assert not made.header.words_verified
    assert not home.load().header.words_verified  # the power failed while they were shown
    assert home.load().words == WORDS  # so they can be shown again
    verified = custody.words_were_verified(home.folder, home.load())
    assert verified.header.words_verified
    assert home.load().header.words_verified
    assert home.load(PASSPHRASE).header.words_verified  # the other way still opens


# -- a disk that fails, and a process that dies


class Killed(BaseException):
    """The process ends here."""


class Faults:
    """The system's calls on files, one of which does not come back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self.fails_at = -1
        self.fault: BaseException = Killed()
        for name in ("open", "write", "fsync"):
            monkeypatch.setattr(os, name, self._around(name, getattr(os, name)))
        for name in ("replace", "unlink", "read_bytes"):
            monkeypatch.setattr(Path, name, self._around(name, getattr(Path, name)))

    def _around(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **named: object) -> object:
            self.made.append(name)
            if len(self.made) - 1 == self.fails_at:
                raise self.fault
            return real(*args, **named)

        return call


def places(count: int) -> Iterator[int]:
    assert count >= 6, "the calls were seen"
    yield from range(count)


@pytest.mark.parametrize("fault", [Killed(), OSError(errno.ENOSPC, "No space left on device")])
def test_a_cut_anywhere_in_the_making_leaves_no_wallet_or_a_whole_one(
    tmp_path: Path, fault: BaseException
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        seen = Faults(patch)
        Home(tmp_path / "whole").create()
        count = len(seen.made)
    for place in places(count):
        home = Home(tmp_path / str(place))
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(patch)
            faults.fails_at, faults.fault = place, fault
            with pytest.raises((Killed, CustodyError)):
                home.create()
        if home.file.exists():
            assert home.load().words == WORDS
        else:
            home.create()  # what was left behind is in nobody's way
        assert home.load().words == WORDS


@pytest.mark.parametrize("fault", [Killed(), OSError(errno.EIO, "Input/output error")])
def test_a_cut_anywhere_in_a_change_leaves_the_old_file_or_the_new_one(
    home: Home, fault: BaseException
) -> None:
    home.create()
    opened = home.load()
    with pytest.MonkeyPatch.context() as patch:
        seen = Faults(patch)
        custody.words_were_verified(home.folder, opened)
        count = len(seen.made)
    for place in places(count):
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(patch)
            faults.fails_at, faults.fault = place, fault
            with pytest.raises((Killed, CustodyError)):
                custody.words_were_verified(home.folder, opened)
        assert home.load().words == WORDS
    custody.words_were_verified(home.folder, opened)
    assert home.load().header.words_verified


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "wallet").write_text("a file in the way")
    with pytest.raises(custody_errors.SeedFileUnusable, match=r"File exists|Not a directory"):
        Home(tmp_path).create()


def test_a_file_that_is_a_folder(home: Home) -> None:
    home.file.mkdir(parents=True)
    with pytest.raises(custody_errors.SeedFileUnusable, match="Is a directory"):
        home.load()


def test_whoever_gave_up_waiting_finds_nothing_written(home: Home) -> None:
    class GaveUpWaiting(Exception):
        """The user is somewhere else by now."""

    def is_gone() -> None:
        raise GaveUpWaiting

    with pytest.raises(GaveUpWaiting):
        custody.create(
            home.folder,
            WORDS,
            [Way.KEYRING],
            network=Network.REGTEST,
            open_vault=home.vault,
            before_writing=is_gone,
        )
    assert not home.folder.exists()
    assert home.keyring.kept == {}
    assert home.keyring.written == 1


def test_words_from_paper_are_verified_from_the_start(home: Home) -> None:
    custody.create(
        home.folder,
        WORDS,
        [Way.KEYRING],
        network=Network.REGTEST,
        words_verified=True,
        open_vault=home.vault,
    )
    assert custody.look(home.folder).header.words_verified


def test_a_file_is_put_aside_and_never_lost(home: Home) -> None:
    with pytest.raises(custody_errors.NoSeedFile):
        seed_file.put_aside(home.folder)
    home.create()
    first = home.file.read_bytes()
    assert seed_file.put_aside(home.folder).read_bytes() == first
    home.create()
    assert home.load().words == WORDS
    second = home.file.read_bytes()
    assert seed_file.put_aside(home.folder).read_bytes() == second
    assert [path.read_bytes() for path in sorted(home.folder.iterdir())] == [first, second]
    assert not home.file.exists()
