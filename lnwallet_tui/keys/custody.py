"""Where the seed lives: encrypted in a file, by a key that only its owner's keyring holds, a
passphrase, or both. `create` makes, `load` opens, and neither ever does the other's work.

The order of `create` is what makes a crash harmless: the keyring's key first (alone it opens
nothing), then the file, and only after both gave back what they were given are the words shown.
Power that fails while they are read leaves a wallet whose words are not verified; `look` says so,
and the screen shows them again.

With a passphrase every call takes a second and 256 MiB: not on the event loop.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.keys import seed_file
from lnwallet_tui.keys.custody_errors import (
    CustodyError,
    EntryGone,
    EntryWrong,
    PassphraseNeeded,
    PassphraseTooShort,
    PassphraseWrong,
    SeedFileDamaged,
    SeedFileExists,
)
from lnwallet_tui.keys.envelope import (
    BodyDamaged,
    Envelope,
    Header,
    Parts,
    SlotsStayShut,
    Way,
    new_header,
    open_envelope,
    seal,
    with_header,
)
from lnwallet_tui.keys.keyring_vault import KEY_LENGTH, KeyringVault
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import SeedWords

SHORTEST_PASSPHRASE: Final = 8
"""Characters. Argon2id makes each guess dear, it cannot make a short word long."""

OpenVault = Callable[[], KeyringVault]
Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Closed:
    """What the file of a closed wallet tells anybody."""

    header: Header
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Unlocked:
    """An open wallet's seed, and the parts that opened it."""

    header: Header
    words: SeedWords
    parts: Parts


def look(folder: Path) -> Closed:
    """What can be said before anything is opened. Raises as `seed_file.read`."""
    found = seed_file.read(folder)
    return Closed(found.header, tuple(slot.way for slot in found.slots))


def create(
    folder: Path,
    words: SeedWords,
    ways: Sequence[Way],
    *,
    network: Network,
    birthday: int = 0,
    words_verified: bool = False,
    passphrase: Secret | None = None,
    open_vault: OpenVault = KeyringVault.open,
    random: Random = os.urandom,
    before_writing: Callable[[], None] = lambda: None,
    putting_aside: bool = False,
) -> Unlocked:
    """Keep the words of a new wallet, and open it again from what was kept.

    `birthday` is a height (blocks); `words_verified` where they were typed from paper. A keyring
    may let one wait for ever: whoever gave up waiting raises in `before_writing`, and nothing is
    written. A file that is there is in the way, unless it is to be put aside: the words of one
    that does not open were typed. Raises any `CustodyError`; then there is no new file.
    """
    there = folder / seed_file.SEED_FILE
    if there.exists() and not putting_aside:
        raise SeedFileExists(folder)
    fresh = new_header(network, birthday, random)
    header = msgspec.structs.replace(fresh, words_verified=words_verified)
    parts = _new_parts(ways, passphrase, header.wallet, open_vault, random)
    sealed = seal(words, header, ways, parts, random)
    try:
        before_writing()
    except Exception:  # whatever keeps it from being written; it goes on to the caller
        with suppress(CustodyError):  # what stays there opens nothing
            _forget(ways, header.wallet, open_vault)
        raise
    if putting_aside and there.exists():
        seed_file.put_aside(folder)
    seed_file.write_new(folder, sealed)
    _expect_words(words, folder, ways, passphrase, open_vault)
    return Unlocked(header, words, parts)


def _new_parts(
    ways: Sequence[Way],
    passphrase: Secret | None,
    wallet: str,
    open_vault: OpenVault,
    random: Random,
) -> Parts:
    """What these ways need: the keyring's key is kept there before anything is sealed with it."""
    _expect_passphrase(ways, passphrase)
    is_kept = any(way.needs_keyring for way in ways)
    return Parts(_key_in(open_vault(), wallet, random) if is_kept else None, passphrase)


def _expect_words(
    words: SeedWords,
    folder: Path,
    ways: Sequence[Way],
    passphrase: Secret | None,
    open_vault: OpenVault,
) -> None:
    """Each way opens what was written."""
    for way in ways:
        given = passphrase if way.needs_passphrase else None
        again = load(folder, passphrase=given, open_vault=open_vault)
        assert again.words == words, "what was sealed is what opens"


def _expect_passphrase(ways: Sequence[Way], passphrase: Secret | None) -> None:
    if any(way.needs_passphrase for way in ways):
        if passphrase is None:
            raise PassphraseNeeded
        if len(passphrase.reveal().decode()) < SHORTEST_PASSPHRASE:
            raise PassphraseTooShort(SHORTEST_PASSPHRASE)


def load(
    folder: Path, *, passphrase: Secret | None = None, open_vault: OpenVault = KeyringVault.open
) -> Unlocked:
    """Open the wallet. Where the file has several ways, a passphrase that was given is tried
    without asking the keyring. Raises any `CustodyError`."""
    found = seed_file.read(folder)
    parts, vault = _gather(found, passphrase, open_vault)
    try:
        return Unlocked(found.header, open_envelope(found, parts), parts)
    except BodyDamaged:
        raise SeedFileDamaged(folder / seed_file.SEED_FILE) from None
    except SlotsStayShut as shut:
        if shut.keyring_is_wrong and vault is not None:
            raise EntryWrong(vault.name) from None
        if parts.passphrase is not None:
            raise PassphraseWrong from None
        # The keyring's key is the right one, so the slot is not what was written.
        raise SeedFileDamaged(folder / seed_file.SEED_FILE) from None


def words_were_verified(folder: Path, unlocked: Unlocked, random: Random = os.urandom) -> Unlocked:
    """Note that the owner has shown to have the words on paper. Raises as `seed_file.replace`."""
    header = msgspec.structs.replace(unlocked.header, words_verified=True)
    found = seed_file.read(folder)
    seed_file.replace(folder, with_header(found, unlocked.parts, header, random))
    return Unlocked(header, unlocked.words, unlocked.parts)


def _forget(ways: Sequence[Way], wallet: str, open_vault: OpenVault) -> None:
    if any(way.needs_keyring for way in ways):
        open_vault().forget(wallet)


def _key_in(vault: KeyringVault, wallet: str, random: Random) -> Secret:
    """The wallet's key in the keyring; a new one only where there is none: one that is replaced
    would leave the file behind shut, were the power to fail before it is replaced too."""
    known = vault.load(wallet)
    if known is not None:
        return known
    key = Secret(random(KEY_LENGTH))
    vault.store(wallet, key)
    return key


def _gather(
    found: Envelope, passphrase: Secret | None, open_vault: OpenVault
) -> tuple[Parts, KeyringVault | None]:
    ways = [slot.way for slot in found.slots]
    if passphrase is not None and Way.PASSPHRASE in ways:
        return Parts(None, passphrase), None
    if not any(way.needs_keyring for way in ways):
        raise PassphraseNeeded
    if passphrase is None and Way.KEYRING not in ways:
        raise PassphraseNeeded
    vault = open_vault()
    key = vault.load(found.header.wallet)
    if key is None:
        raise EntryGone(vault.name, found.header.wallet)
    return Parts(key, passphrase), vault
