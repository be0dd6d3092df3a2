"""Where the seed's key lives, in sentences."""

from __future__ import annotations

import pytest

from lnwallet_tui.api.custody import CustodyView, Keeping, KeyringView
from lnwallet_tui.ui import custody_words

A_KEYRING = "KWallet"


def test_every_way_of_keeping_is_worded() -> None:
    for table in (custody_words.TITLES, custody_words.OPENS, custody_words.LOST):
        assert table.keys() == set(Keeping)


@pytest.mark.parametrize(
    ("keeping", "words"),
    [
        (Keeping.KEYRING, "by a key that only KWallet holds. Without this keyring"),
        (Keeping.PASSPHRASE, "by a key that only your passphrase gives. A forgotten"),
        (Keeping.BOTH, "by a key that KWallet and your passphrase give together. Where either"),
        (None, "made this wallet's keys from its own seed, and keeps them nowhere."),
    ],
)
def test_where_the_key_lives(keeping: Keeping | None, words: str) -> None:
    assert words in custody_words.describe(CustodyView(keeping=keeping, keyring=A_KEYRING))


def test_a_keyring_that_was_not_asked_yet_has_no_name() -> None:
    assert "only your system's keyring holds" in custody_words.describe(
        CustodyView(keeping=Keeping.KEYRING)
    )
    assert custody_words.describe(None) == ""


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (KeyringView(""), "No keyring that keeps secrets safe was found here."),
        (KeyringView(A_KEYRING, locked=True), "Found: KWallet. It is locked: your system will ask"),
        (KeyringView(A_KEYRING, locked=False), "Found: KWallet. It keeps what it holds encrypted"),
        (KeyringView(A_KEYRING), "Found: KWallet. It keeps what it holds encrypted"),
    ],
)
def test_what_was_found_of_a_keyring(found: KeyringView, words: str) -> None:
    assert custody_words.describe_keyring(found).startswith(words)
