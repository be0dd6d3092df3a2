"""`create` for people: new words are shown, at a terminal three of them are asked back, as on the
screen; and what comes next is said."""

from __future__ import annotations

import sys
from typing import Final, Protocol

from lnwallet_tui.api.custody import CustodyRefused, Hidden
from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.cli import passphrases, told
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.counter.client import Visitor

_TRIES: Final = 3
_WRITE: Final = (
    "They are the wallet: whoever has them has its coins, and without them nobody brings it back. "
    "Three of them are asked back now, typed unseen; enter alone leaves that for later."
)
_SHOWN: Final = "Your words are on paper, as you have shown."
_NOT_SHOWN: Final = (
    "You have not shown yet that your words are on paper. Open the screen with lnwallet-tui, whose "
    "Home says how it asks three of them back."
)
_SCROLLBACK: Final = (
    "They may still stand further up in this terminal, and in what it keeps of its output: clear "
    "that, or close its window, once they are on paper."
)
_NEXT: Final = (
    "Next, start its node: lnwallet-tui node\nThen ask for an address to send coins to: "
    "lnwallet-tui address"
)


class Asks(Protocol):
    """Whoever keeps the words."""

    async def questions(self) -> tuple[int, ...]: ...
    async def answer(
        self, positions: tuple[int, ...], typed: tuple[Hidden, ...]
    ) -> tuple[int, ...] | CustodyRefused: ...


def can_ask() -> bool:
    """Whether who sees the words sits at the keys."""
    return passphrases.can_ask() and sys.stdout.isatty()


async def are_on_paper(keeper: Asks, words: list[str]) -> bool:
    """Show them, and ask; False where that is left for later."""
    sys.stdout.write(told.answer({"words": words, "explanation": _WRITE}))
    sys.stdout.flush()
    positions = await keeper.questions()
    for _ in range(_TRIES):
        typed = tuple(passphrases.asked(f"Word {one}: ") for one in positions)
        if not all(word.reveal().strip() for word in typed):
            return False
        wrong = await keeper.answer(positions, typed)
        if isinstance(wrong, CustodyRefused):
            sys.stderr.write(told.question(f"{wrong.message} {wrong.remedy}"))
            return False
        if not wrong:
            return True
        which = ", ".join(map(str, wrong))
        sys.stderr.write(told.question(f"Not so on the paper of this wallet: word {which}."))
    return False


def what_comes_next(*, shown: bool) -> str:
    """Sentences, with commands to be pasted."""
    return f"{_SHOWN if shown else _NOT_SHOWN} {_SCROLLBACK}\n{_NEXT}"


async def noted(visitor: Visitor, answer: Answer) -> Answer:
    """A status for people, with that where it is so."""
    try:
        view = await visitor.custody.view()
    except WalletShut:  # a node in its screen's process, or a guard: neither has words
        return answer
    if not view.is_open or view.words_verified:  # who locked it is not at the keys
        return answer
    return {**answer, "explanation": f"{answer.get('explanation', '')} {_NOT_SHOWN}".lstrip()}
