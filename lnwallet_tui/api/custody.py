"""What the screen may ask of whoever keeps the seed: its words, where their key lives, what went
wrong. Absent where the wallet's keys are somebody else's affair.

No secret is a plain text here: it comes and goes as `Hidden`, which does not show itself.
"""

from __future__ import annotations

import enum
from typing import Never, Protocol, SupportsIndex, final

import msgspec


@final
class Hidden:
    """Text that only `reveal` gives away: words, or a passphrase. Not printed, formatted, hashed
    or pickled; an error that drags it along does not show it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text, for the one line that shows it or computes with it."""
        return self._text

    def __repr__(self) -> str:
        return "Hidden(…)"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hidden) and other._text == self._text

    __hash__ = None  # type: ignore[assignment]  # as of every secret

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError("what is hidden is not pickled")


class Keeping(enum.Enum):
    """What opens the seed file."""

    KEYRING = "keyring"
    PASSPHRASE = "passphrase"  # noqa: S105  # the word, not one of them
    BOTH = "keyring and passphrase"

    @property
    def needs_keyring(self) -> bool:
        """Whether it stays shut without the keyring's key."""
        return self is not Keeping.PASSPHRASE

    @property
    def needs_passphrase(self) -> bool:
        """Whether it stays shut without the passphrase."""
        return self is not Keeping.KEYRING


class Trouble(enum.Enum):
    """What is wrong. The name is stable: the screen chooses the ways on by it."""

    NO_KEYRING = "no_keyring"
    KEYRING_LOCKED = "keyring_locked"
    KEYRING_FAILED = "keyring_failed"  # its service is gone, or broke off between two calls
    KEYRING_FORGETS = "keyring_forgets"
    ENTRY_GONE = "entry_gone"
    ENTRY_DAMAGED = "entry_damaged"
    ENTRY_WRONG = "entry_wrong"
    PASSPHRASE_NEEDED = "passphrase_needed"  # noqa: S105  # its name, not one of them
    PASSPHRASE_WRONG = "passphrase_wrong"  # noqa: S105  # its name, not one of them
    PASSPHRASE_TOO_SHORT = "passphrase_too_short"  # noqa: S105  # its name, not one of them
    FILE_EXISTS = "file_exists"
    NO_FILE = "no_file"
    FILE_DAMAGED = "file_damaged"
    FILE_TOO_NEW = "file_too_new"
    FILE_UNUSABLE = "file_unusable"  # the disk refuses
    GIVEN_UP = "given_up"  # by whoever waited for it, or by another screen
    OTHER_WORDS = "other_words"  # good words, of another wallet than the one that is here


class CustodyRefused(msgspec.Struct, frozen=True, tag=True):
    """It could not be done; nothing was changed. `message` says what is wrong, `remedy` what the
    user can do."""

    trouble: Trouble
    message: str
    remedy: str


class KeyringView(msgspec.Struct, frozen=True):
    """The operating system's keyring. `name` is what people call it, empty where there is none of
    the allowed ones; `locked` is None where that cannot be told without asking its owner."""

    name: str
    locked: bool | None = None


class CustodyView(msgspec.Struct, frozen=True, kw_only=True):
    """Where the seed is and how it stands; nothing in here is a secret.

    `keeping` is None where no seed was kept: the wallet's keys are then the playground's own.
    `keyring` is the name of the one that holds the key, empty where none does. `is_open`: its words
    are known to this run of the program. `lived_on`: the wallet that runs now is made of them.
    """

    keeping: Keeping | None = None
    keyring: str = ""
    is_open: bool = False
    words_verified: bool = False
    lived_on: bool = False


class WordProblem(msgspec.Struct, frozen=True):
    """A typed word that is in no list. `position` counts from 1. One of those that are `near` may
    be a word of the seed, so they are hidden; where all the others are there, each of them fits."""

    position: int
    near: tuple[Hidden, ...] = ()


class WordsVerdict(msgspec.Struct, frozen=True):
    """What is wrong with words that were typed; nothing where `message` is empty."""

    message: str = ""
    remedy: str = ""
    problems: tuple[WordProblem, ...] = ()


class CustodyApi(Protocol):
    """Keeps one seed. What may wait for a keyring or for Argon2id is awaited; whoever cancels the
    waiting may ask anew, and what was given up changes nothing any more."""

    def view(self) -> CustodyView: ...

    def forget_started(self) -> None:
        """Words that were made or typed and not kept are dropped, also while they are being kept,
        unless they are written already."""
        ...

    def make_words(self) -> None:
        """Have new words, 24 of them; nobody has seen them, and nothing is kept yet."""
        ...

    def take_words(self, typed: tuple[Hidden, ...]) -> WordsVerdict:
        """Have these words, where nothing is wrong with them."""
        ...

    def look_at_words(self, typed: tuple[Hidden, ...]) -> WordsVerdict:
        """What is wrong with them so far; empty ones are not looked at."""
        ...

    def completions(self, start: Hidden) -> tuple[Hidden, ...]:
        """The words of the list that begin so."""
        ...

    async def find_keyring(self) -> KeyringView: ...

    async def keep(self, keeping: Keeping, passphrase: Hidden | None) -> CustodyRefused | None:
        """Encrypt the words that were made or taken, into the wallet's folder."""
        ...

    async def stop_keeping(self) -> bool:
        """Keep them not, after all: where that is true, no file was written, nor will be. False:
        they are written, and `keep` answers as soon as they were read back."""
        ...

    async def open(self, passphrase: Hidden | None = None) -> CustodyRefused | None:
        """Open what is kept."""
        ...

    def words(self) -> Hidden:
        """The words of an open wallet, blanks between, for the one place that shows them."""
        ...

    def questions(self) -> tuple[int, ...]:
        """Which words to ask back: three positions, from 1, others each time."""
        ...

    async def answer(
        self, positions: tuple[int, ...], typed: tuple[Hidden, ...]
    ) -> tuple[int, ...] | CustodyRefused:
        """Where all are right, the words count as verified; else the positions of the wrong."""
        ...
