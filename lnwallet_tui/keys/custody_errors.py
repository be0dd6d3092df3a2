"""What can go wrong with the seed and its keys: a sentence each, and as `remedy` a way on."""

from __future__ import annotations

from typing import Final

_WORDS_LEAD_BACK: Final = "Or restore it from the words on paper; this file is put aside then."


class CustodyError(Exception):
    """The seed could not be kept or opened; nothing was changed."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


# -- the keyring


class NoUsableKeyring(CustodyError):
    """No backend of the allowed ones works here."""

    def __init__(self) -> None:
        super().__init__(
            "This system has no keyring that keeps secrets safe.",
            "Install and unlock GNOME Keyring, KWallet or KeePassXC (with Secret Service on), log "
            "in to a desktop session, and try again; or protect the seed with a passphrase.",
        )


class KeyringLocked(CustodyError):
    """It is there, but closed; or its owner declined to open it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is locked.", "Unlock it and try again; nothing is lost.")


class KeyringFailed(CustodyError):
    """Its service is gone, or broke off between two calls."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(
            f"{name} did not answer as it should ({kind}).",
            "See that its service runs and is unlocked, and try again; nothing is lost.",
        )


class KeyringForgets(CustodyError):
    """What was written did not come back."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} accepted a key but does not give it back.",
            "It cannot be relied on: try another keyring, or protect the seed with a passphrase.",
        )


class EntryGone(CustodyError):
    """The keyring works, and holds nothing for this wallet."""

    def __init__(self, name: str, wallet: str) -> None:
        super().__init__(
            f"{name} holds no key for this wallet ({wallet}); without it the seed file is useless.",
            "Open the keyring of the user and the computer where the wallet was made. "
            + _WORDS_LEAD_BACK,
        )


class EntryDamaged(CustodyError):
    """What the keyring holds for the wallet is not a key that we wrote."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"What {name} holds for this wallet is not a key that was stored there by it.",
            "Put the keyring back from a copy. " + _WORDS_LEAD_BACK,
        )


class EntryWrong(CustodyError):
    """A key, but that of another seed file."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The key that {name} holds for this wallet does not open its seed file.",
            "Either of them was replaced: put the newest copy of the folder or of the keyring "
            "back. " + _WORDS_LEAD_BACK,
        )


# -- the passphrase


class PassphraseNeeded(CustodyError):
    """The file has a slot for one, and none was given."""

    def __init__(self) -> None:
        super().__init__("This wallet opens with a passphrase.", "Type it.")


class PassphraseWrong(CustodyError):
    """It does not open the file (or, where the keyring's key is needed too, that one does not)."""

    def __init__(self) -> None:
        super().__init__(
            "The passphrase does not open this wallet.",
            "Try again: look at capitals and at the keyboard's language. " + _WORDS_LEAD_BACK,
        )


class PassphraseTooShort(CustodyError):
    """Whoever copies the file can try passphrases as fast as memory allows."""

    def __init__(self, least: int) -> None:
        super().__init__(
            f"A passphrase has {least} characters or more.",
            "Take several words that nobody would guess together.",
        )


# -- the file


class SeedFileExists(CustodyError):
    """A wallet is never written over."""

    def __init__(self, path: object) -> None:
        super().__init__(
            f"There is a wallet in {path} already.", "Open it, or choose another folder."
        )


class NoSeedFile(CustodyError):
    """Nothing was ever made there."""

    def __init__(self, path: object) -> None:
        super().__init__(f"There is no wallet in {path}.", "Make one, or choose another folder.")


class SeedFileDamaged(CustodyError):
    """Not what we wrote: a bit turned, a part is missing, or somebody changed it."""

    def __init__(self, path: object) -> None:
        super().__init__(
            f"The seed file {path} is damaged.", "Put it back from a copy. " + _WORDS_LEAD_BACK
        )


class SeedFileTooNew(CustodyError):
    """Of a version that did not exist when this program was written."""

    def __init__(self, path: object) -> None:
        super().__init__(
            f"A newer version of lnwallet-tui wrote {path}.", "Start the newer version."
        )


class SeedFileUnusable(CustodyError):
    """The disk refused to read or write it; `reason` is the system's own word."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(
            f"The seed file {path} cannot be used: {reason}.",
            "See that the disk has space and that the folder is yours, and try again.",
        )
