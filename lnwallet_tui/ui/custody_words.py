"""Where the seed's key lives, in sentences. Pure: for any page that wants to say it."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.custody import CustodyView, Keeping, KeyringView

TITLES: Final = {
    Keeping.KEYRING: "The keyring",
    Keeping.PASSPHRASE: "A passphrase",
    Keeping.BOTH: "The keyring and a passphrase",
}

OPENS: Final = {
    Keeping.KEYRING: "Opens by itself while you are logged in and the keyring is unlocked.",
    Keeping.PASSPHRASE: "Opens when you type the passphrase; no keyring is needed.",
    Keeping.BOTH: "Opens when you type the passphrase, and only where this keyring is.",
}

LOST: Final = {
    Keeping.KEYRING: "Without this keyring the file is useless: only the words bring it back.",
    Keeping.PASSPHRASE: "A forgotten passphrase cannot be reset: only the words bring it back. "
    "Whoever copies the file can try to guess it.",
    Keeping.BOTH: "Where either is lost, only the words bring it back. A copied file alone cannot "
    "be guessed at.",
}


def kept(view: CustodyView | None) -> str:
    """By what the wallet's seed is kept, in a word or two."""
    if view is None:
        return ""
    return "the playground's own" if view.keeping is None else TITLES[view.keeping]


def describe(view: CustodyView | None) -> str:
    """Where the key of the wallet's seed lives, in a sentence or three."""
    if view is None:
        return ""
    if view.keeping is None:
        return (
            "The playground made this wallet's keys from its own seed, and keeps them nowhere. "
            "First run gives it words of your own."
        )
    keyring = view.keyring or "your system's keyring"
    holder = {
        Keeping.KEYRING: f"that only {keyring} holds",
        Keeping.PASSPHRASE: "that only your passphrase gives",
        Keeping.BOTH: f"that {keyring} and your passphrase give together",
    }[view.keeping]
    return f"Your seed is encrypted in a file, by a key {holder}. {LOST[view.keeping]}"


def describe_keyring(found: KeyringView) -> str:
    """What was found of a keyring, in a sentence or two."""
    if not found.name:
        return (
            "No keyring that keeps secrets safe was found here. A passphrase needs none; for a "
            "keyring, unlock GNOME Keyring, KWallet or KeePassXC in your desktop session."
        )
    if found.locked:
        return (
            f"Found: {found.name}. It is locked: your system will ask you to unlock it, maybe in "
            "another window."
        )
    return f"Found: {found.name}. It keeps what it holds encrypted on the disk."
