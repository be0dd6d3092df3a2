"""Words as they are typed: which the list has, and whether they are the words of a wallet."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from lnwallet_tui.api.custody import Hidden, WordProblem, WordsVerdict
from lnwallet_tui.keys import seed
from lnwallet_tui.keys.seed import SeedWords


def read(typed: Sequence[Hidden]) -> SeedWords | WordsVerdict:
    """The words of a wallet, or what is wrong with these."""
    verdict = judged(typed)
    if verdict.problems:
        return verdict
    try:
        return SeedWords(tuple(word for word in map(plain, typed) if word))
    except seed.WrongWordCount as wrong:
        return WordsVerdict(
            f"A wallet has 12 or 24 words; here are {wrong.count}.", "Type those that miss."
        )
    except seed.SeedError:
        return WordsVerdict(
            "Every word is in the list, but they do not belong together.",
            "One is another word of the list than on your paper, or two have changed places. "
            "Compare them one by one.",
        )


def judged(typed: Sequence[Hidden]) -> WordsVerdict:
    """Which of them are not in the list."""
    problems = tuple(
        WordProblem(one.position, None if one.suggestion is None else Hidden(one.suggestion))
        for one in seed.unknown_words([*map(plain, typed)])
    )
    if not problems:
        return WordsVerdict()
    numbers = ", ".join(str(one.position) for one in problems)
    message = (
        f"Word {numbers} is not in the list."
        if len(problems) == 1
        else f"Words {numbers} are not in the list."
    )
    return WordsVerdict(message, "Look at your paper; every word is in the list.", problems)


def plain(typed: Hidden) -> str:
    """One word, as the list writes it."""
    return unicodedata.normalize("NFKD", typed.reveal()).strip().lower()
