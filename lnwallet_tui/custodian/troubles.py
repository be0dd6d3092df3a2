"""What may be wrong with a seed, as `api.custody` names it."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.custody import CustodyRefused, Trouble
from lnwallet_tui.keys import custody_errors
from lnwallet_tui.keys.custody_errors import CustodyError

TROUBLES: Final[dict[type[CustodyError], Trouble]] = {
    custody_errors.NoUsableKeyring: Trouble.NO_KEYRING,
    custody_errors.KeyringLocked: Trouble.KEYRING_LOCKED,
    custody_errors.KeyringFailed: Trouble.KEYRING_FAILED,
    custody_errors.KeyringForgets: Trouble.KEYRING_FORGETS,
    custody_errors.EntryGone: Trouble.ENTRY_GONE,
    custody_errors.EntryDamaged: Trouble.ENTRY_DAMAGED,
    custody_errors.EntryWrong: Trouble.ENTRY_WRONG,
    custody_errors.PassphraseNeeded: Trouble.PASSPHRASE_NEEDED,
    custody_errors.PassphraseWrong: Trouble.PASSPHRASE_WRONG,
    custody_errors.PassphraseTooShort: Trouble.PASSPHRASE_TOO_SHORT,
    custody_errors.SeedFileExists: Trouble.FILE_EXISTS,
    custody_errors.NoSeedFile: Trouble.NO_FILE,
    custody_errors.SeedFileDamaged: Trouble.FILE_DAMAGED,
    custody_errors.SeedFileTooNew: Trouble.FILE_TOO_NEW,
    custody_errors.SeedFileUnusable: Trouble.FILE_UNUSABLE,
}

OTHER_WORDS: Final = CustodyRefused(
    Trouble.OTHER_WORDS,
    "These words belong together, but they are not those of the wallet that lives here.",
    "Type the words of this one; or take a new folder for a wallet of theirs.",
)

GIVEN_UP: Final = CustodyRefused(
    Trouble.GIVEN_UP,
    "These words were not kept: somebody stopped it, or began anew, perhaps on another screen.",
    "Begin anew.",
)

FILE_GONE: Final = CustodyRefused(
    Trouble.NO_FILE,
    "The wallet of this folder lives on words of yours, and their seed file is gone.",
    "Put it back from a copy, or restore it from the words on paper.",
)


def refused(error: CustodyError) -> CustodyRefused:
    """The error, as whoever asked is told."""
    return CustodyRefused(TROUBLES[type(error)], str(error), error.remedy)
