"""What can be looked for in Activity, and where that is looked for: the filter's language in words.

It is read by `api.filter`; what a word of it finds is decided by the store and by `api.activity`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from lnwallet_tui.api.dates import utc


class Term(NamedTuple):
    """Examples, with blanks between them, and what they find."""

    examples: str
    finds: str


class Language(NamedTuple):
    """What a page says of words that can be typed on it."""

    title: str
    rules: str
    terms: tuple[Term, ...]


_TITLE: Final = "What you can look for"
_RULES: Final = (
    "Blanks part words, and all of them must hold: there is no “or” and no “not”. Only not paid, "
    "on chain and on its way are one word each: failed, onchain, pending. Part of a word is "
    "enough: ent finds rent. Capitals make no difference, accents do. "
    "Not looked into: fees, ways, proofs, the letters of invoices, addresses. Who paid you is not "
    "known to anybody but them."
)
_TERMS: Final = (
    Term(
        "rent",
        "Any word: in what you noted, in the words of the invoice, in the payee's name; of a "
        "transaction in what you noted, in the name of its peer.",
    ),
    Term("note:rent", "Only in what you noted, or in the words of the invoice."),
    Term("text:paid", "The word itself, where it means something else here."),
    Term(
        "received mined opening close sweep penalty fee sent spent",
        "What a transaction did. close: what came back of one, too. fee: it hurries another. "
        "spent: your words were used elsewhere.",
    ),
    Term("gift", "What whoever opened a channel gave the other side with it; opening: just now."),
    Term(
        "25,000 25.000 25000 25k",
        "So much in sat, as the list shows it: without its fee, and without parts of a satoshi.",
    ),
    Term("-25k +25k", "The same: what went out, what came in."),
    Term(
        "02ab",
        "How the hash of a payment, the id of its payee, of a transaction, of its channel or of "
        "its peer begins, with four digits or more.",
    ),
    Term(
        ">10000 >=10,000",
        "More than that, at least that, in sat, where k is a thousand and m a million.",
    ),
    Term("<5k <=5k =2500", "Less, at most, exactly."),
    Term("in out", "To you, from you; also what has failed, or waits."),
    Term("lightning onchain", "Payments only, transactions only."),
    Term(
        "paid",
        "What you paid out over Lightning. onchain paid is what you paid on chain, in paid what "
        "you received over Lightning.",
    ),
    Term(
        "failed waiting pending stuck expired",
        "How it stands. failed: also what was paid at a later try. pending: under way, or in no "
        "block yet.",
    ),
    Term("month:last month:this", "When it was begun; a transaction has the time of its block."),
    Term("month:jan month:{month}", "The last January, that month. Days are those of UTC."),
    Term(
        "today yesterday",
        "Begun on that day.",
    ),
    Term(
        "since:{month} until:{day}",
        "From then, till then: a year, a month, a day, today, yesterday, last-month and the like.",
    ),
)


def language(now: int) -> Language:
    """All of it, with examples of this year."""
    today = utc(now)
    dates = {"month": f"{today:%Y-%m}", "day": f"{today:%Y-%m-%d}"}
    terms = tuple(Term(one.examples.format(**dates), one.finds) for one in _TERMS)
    return Language(_TITLE, _RULES, terms)
