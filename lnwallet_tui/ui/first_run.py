"""What the first run says, and which ways lead on from each trouble. Pure."""

from __future__ import annotations

import enum
from typing import Final

from lnwallet_tui.api.custody import CustodyView, Keeping, Trouble, WordProblem
from lnwallet_tui.ui import custody_words
from lnwallet_tui.ui.needs import Line, Weight

WELCOME: Final = (
    "A wallet is made of 24 words. On this page you get words of your own, write them on paper, "
    "and choose what keeps them safe on this machine. In the playground it is play money: try it, "
    "nothing can be lost."
)
FORGOTTEN: Final = (
    "This world has no folder: when you leave, it is forgotten, and the words with it. One that "
    "stays: lnwallet-tui play --folder DIR"
)
WHO_MAY_SEE: Final = (
    "These 24 words are your wallet. Write them on paper with their numbers: they bring it back "
    "when this machine is gone. Whoever sees them can take everything, so nobody may: no photo, no "
    "cloud, no friend; nobody honest will ever ask for them. They are kept encrypted, and never "
    "go to the clipboard."
)
ASK_BACK: Final = "Three of them, to see that they are on your paper."
TYPE_WORDS: Final = (
    "Type the words of your paper, or paste them all: 12 or 24, in their order. The first letters "
    "are enough, space completes a word and goes on."
)
ARE_THEY_ALL: Final = "If these are all, enter checks them; else type on."
PAST: Final = "Leave empty what you do not know: the words alone bring the wallet back, too."
MONTH: Final = (
    "The wallet looks no further back. Empty: from November 2026, when this program could make its "
    "first wallet. Words of another program may be older: they need a month."
)
BACKUP: Final = (
    "The channel backup, whose name begins with “channels”: the peers of the channels in it are "
    "asked to close them."
)
NO_MONTH: Final = ("This is no month.", "Type it like 2026-11, or leave it empty.")
WHERE: Final = "The words lie encrypted in a file. What shall its key be?"
GOOD_ONES: Final = (
    "8 characters or more; several words that nobody would guess together are good. It cannot be "
    "reset. Write it down, but not beside the words."
)
SAME_TWICE: Final = ("The two are not the same.", "Type it twice again, slowly.")
MAY_ASK: Final = "Your keyring may be asking for its password in another window."
IS_WRITTEN: Final = (
    "It is written already",
    "Your words were in their file before you stopped; it is read back now.",
)
WAS_WRITTEN: Final = (
    "It was written before you stopped",
    "Your words are in their file, and the wallet is made. {opens}",
)
STILL_OPENS: Final = {
    Keeping.KEYRING: "Your keyring opens it.",
    Keeping.PASSPHRASE: "The passphrase that you typed opens it.",
    Keeping.BOTH: "Your keyring and the passphrase that you typed open it.",
}
STRETCHING: Final = "A passphrase takes about a second, so that guessing takes ages."
SQUARE: Final = (
    "Scan the square with your phone's camera. If a sentence comes up, codes work in this "
    "terminal, and you are done.\n\nIf it looks empty or does not scan, press "
    "{first_run.qr_mode}: it is drawn in "
    "another way."
)
SQUARE_SAYS: Final = (
    "THIS SQUARE WAS READ: CODES WORK IN THIS TERMINAL. IT IS AS LARGE AS THAT OF AN INVOICE, AND "
    "SAYS NOTHING SECRET. GO BACK TO THE WALLET AND ANSWER WITH YES. IF IT DID NOT SCAN AT FIRST, "
    "KEEP THE WAY OF DRAWING THAT DID: THE WALLET DRAWS INVOICES LIKE THIS ONE, TOO. END."
)


SQUARE_SAYS_LESS: Final = "LNWALLET-TUI: THIS SQUARE WAS READ."
SMALLER: Final = (
    "That of an invoice is larger, and does not fit here: enlarge the window to try it."
)


class WayOn(enum.Enum):
    """What can be done about a trouble."""

    AGAIN = "Try again"
    PASSPHRASE = "Type another passphrase"  # noqa: S105  # a title
    OTHER_WAY = "Keep it in another way"
    ANEW = "Begin anew"
    OPEN = "Open the wallet that is here"
    RESTORE = "Restore it from the words on paper"
    LEAVE = "Leave"


_OF_PASSPHRASE: Final = frozenset({Trouble.PASSPHRASE_NEEDED, Trouble.PASSPHRASE_WRONG})
_OTHER_PROGRAM: Final = frozenset({Trouble.FILE_TOO_NEW})


def ways_to_open(trouble: Trouble) -> tuple[WayOn, ...]:
    """Where a wallet does not open. Restoring puts the file aside that does not."""
    first = WayOn.PASSPHRASE if trouble in _OF_PASSPHRASE else WayOn.AGAIN
    if trouble in _OTHER_PROGRAM:
        return (first, WayOn.LEAVE)
    return (first, WayOn.RESTORE, WayOn.LEAVE)


def ways_to_keep(trouble: Trouble) -> tuple[WayOn, ...]:
    """Where words could not be kept."""
    if trouble is Trouble.FILE_EXISTS:
        return (WayOn.OPEN, WayOn.LEAVE)
    if trouble is Trouble.GIVEN_UP:
        return (WayOn.ANEW, WayOn.LEAVE)
    return (WayOn.AGAIN, WayOn.OTHER_WAY, WayOn.LEAVE)


def not_those(wrong: tuple[int, ...]) -> Line:
    """Words that were answered otherwise than they are."""
    *first, last = map(str, wrong)
    numbers = f"Words {', '.join(first)} and {last} are" if first else f"Word {last} is"
    return Line(
        Weight.CARE,
        f"{numbers} another than you typed. That happens: nothing is lost.",
        "Compare your paper with the words, then three others are asked.",
    )


def did_you_mean(problems: tuple[WordProblem, ...]) -> str:
    """A question about words that are near; empty where none is. Nothing is chosen."""
    asked = [one for one in problems if one.near][:3]
    if not asked:
        return ""
    most = 4 if len(asked) == 1 else 2
    return f"Did you mean {', '.join(_meant(one, most) for one in asked)}"


def _meant(problem: WordProblem, most: int) -> str:
    *first, last = (f"“{one.reveal()}”" for one in problem.near[:most])
    if len(problem.near) > most:
        first, last = [*first, last], "another"
    said = f"{', '.join(first)} or {last}" if first else last
    return f"{problem.position}: {said}?"


def done(view: CustodyView, *, playground: bool, forgotten: bool) -> str:
    """What holds at the end."""
    where = custody_words.describe(view)
    on_paper = (
        "The words are on your paper."
        if view.words_verified
        else "You have not shown yet that the words are on your paper: Home says so until you do."
    )
    if view.lived_on or not playground:
        return f"{where}\n\n{on_paper} Your wallet lives on them."
    end = f"\n\n{FORGOTTEN}" if forgotten else ""
    return (
        f"{where}\n\n{on_paper} The wallet of this world lives on the playground's keys and cannot "
        f"be moved: yours begins with the next world.{end}"
    )


def meanwhile(keeping: Keeping | None) -> str:
    """What may take long."""
    if keeping is None:
        return ""
    asks = MAY_ASK if keeping.needs_keyring else ""
    takes = STRETCHING if keeping.needs_passphrase else ""
    return "\n".join(filter(None, (asks, takes)))
