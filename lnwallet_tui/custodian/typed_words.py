"""Words as they are typed: which the list has, and whether they are the words of a wallet."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from lnwallet_tui.api.custody import Hidden, WordProblem, WordsVerdict
from lnwallet_tui.keys import seed
from lnwallet_tui.keys.seed import SeedWords, UnknownWord


def read(typed: Sequence[Hidden]) -> SeedWords | WordsVerdict:
    """The words of a wallet, or what is wrong with these."""
    verdict = judged(typed, all_of_them=True)
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


def judged(typed: Sequence[Hidden], *, all_of_them: bool = False) -> WordsVerdict:
    """Which of them are not in the list; `all_of_them`: no more are to come."""
    words = [*map(plain, typed)]
    problems = tuple(
        WordProblem(one.position, tuple(map(Hidden, near)))
        for one, near in _near(words, all_of_them=all_of_them)
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


def _near(words: list[str], *, all_of_them: bool) -> list[tuple[UnknownWord, tuple[str, ...]]]:
    """Where only one is unknown, those that cannot be it are left out. Twelve may be half of 24."""
    while words and not words[-1]:
        words.pop()
    unknown = seed.unknown_words(words)
    whole = len(words) == max(seed.COUNTS) or (all_of_them and len(words) in seed.COUNTS)
    if len(unknown) != 1 or not whole or not all(words):
        return [(one, one.suggestions) for one in unknown]
    [one] = unknown
    return [(one, seed.fitting(words, one.position, one.suggestions))]


def plain(typed: Hidden) -> str:
    """One word, as the list writes it."""
    return unicodedata.normalize("NFKD", typed.reveal()).strip().lower()
