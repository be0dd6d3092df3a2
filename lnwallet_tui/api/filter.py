"""The words by which payments are looked for: `out >10000 month:last rent`.

All of them must hold. `paid` is what the user paid out over Lightning; `in paid` is what was paid
to them, `onchain paid` what they paid on chain. A word that is none of the language's is looked for
in the texts, the hash and the payee; one that reads as an amount also means payments of so much.
What the list shows of a state in several words (`not paid`) is taken for the one word of it.
Amounts are compared in whole satoshis, as lists show them; days are those of UTC, and a payment's
day is that on which it was begun, or its invoice made.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, NamedTuple

from lnwallet_tui.api import periods
from lnwallet_tui.api.dates import utc
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.amount import MAX_SAT

LONGEST: Final = 300
SHORTEST_PREFIX: Final = 4
"""So many hex digits at least are taken for the beginning of a hash or a node id."""

Names = tuple[tuple[str, str], ...]
"""Node ids in hex, each with the name that whoever looks for payments knows it by."""

_DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DIRECTIONS: Final = {"out": True, "in": False}
_PLACES: Final = {"lightning": False, "onchain": True, "on-chain": True}
_STATUSES: Final = {
    "paid": PaymentStatus.PAID,
    "failed": PaymentStatus.FAILED,
    "waiting": PaymentStatus.WAITING,
    "pending": PaymentStatus.IN_FLIGHT,
    "stuck": PaymentStatus.STUCK,
    "expired": PaymentStatus.EXPIRED,
}
_SHOWN: Final = {
    ("not", "paid"): "failed",
    ("on", "chain"): "onchain",
    ("on", "its", "way"): "pending",
}
"""Several words that lists show for one of the language's."""
_DAYS_ALONE: Final = frozenset({"today", "yesterday"})
_EXAMPLES: Final = {"month": "month:last", "note": "note:rent", "text": "text:paid"}
_KEYS: Final = (*_EXAMPLES, "since", "until")
_FACTORS: Final = {"": 1, "k": 1_000, "m": 1_000_000}
_COMPARED: Final = re.compile(r"(>=|<=|>|<|=)(.*)", re.DOTALL)
_AMOUNT: Final = re.compile(
    r"([0-9]{1,16}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.([0-9]{1,6}))?([km]?)", re.IGNORECASE
)
_DOTTED: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){1,5}")
"""Thousands parted as forms take them too; parts of a satoshi are not looked for."""
_SIGNS: Final = {"": None, "-": True, "+": False}
_SIGNED: Final = re.compile(r"[+-](?=[0-9])")
_UNIT: Final = re.compile(r"sats?", re.IGNORECASE)
_KEYED: Final = re.compile(r"([a-z]+):(.*)", re.DOTALL | re.IGNORECASE)
_HEX: Final = re.compile(r"[0-9a-f]+")

_AMOUNTS_ARE: Final = "An amount is written in sat: >10000, >=10,000, <5k, =2500."
_KEYS_ARE: Final = "Before a colon stands month, since, until, note or text"


class FilterError(Exception):
    """A word that is not understood, in a whole sentence; `remedy` says what would be."""

    def __init__(self, word: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.word, self.message, self.remedy = word, message, remedy


@dataclass(frozen=True, slots=True)
class Filter:
    """What must hold of a payment; None and empty: anything. `onchain` means the wallet's
    transactions only, or none of them.

    `least_sat` and `most_sat` are both still right. `since` is the first second, `until` the first
    one that is not meant any more. `notes` stand in what the user noted or what the invoice says it
    is for, `words` anywhere; both are as `fold` makes them.
    """

    outgoing: bool | None = None
    status: PaymentStatus | None = None
    least_sat: int | None = None
    most_sat: int | None = None
    since: int | None = None
    until: int | None = None
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    onchain: bool | None = None


def fold(text: str) -> str:
    """Text as it is compared: large and small letters are one, however an accent is made."""
    plain = text.encode("utf-8", "replace").decode()  # half a surrogate cannot be stored
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", plain).casefold())


def hex_prefix(word: str) -> str:
    """The word where a hash or a node id may begin with it, else nothing."""
    return word if len(word) >= SHORTEST_PREFIX and _HEX.fullmatch(word) else ""


class AmountMeant(NamedTuple):
    """So many satoshis; `outgoing` is None where either way is meant."""

    sat: int
    outgoing: bool | None


def amount_meant(word: str) -> AmountMeant | None:
    """What a word means that reads as an amount: `25,000`, `25k`, `-25000` (as lists show it)."""
    sign = word[0] if _SIGNED.match(word) else ""
    try:
        return AmountMeant(_sat(word, word.removeprefix(sign)), _SIGNS[sign])
    except FilterError:
        return None


# ── reading ──────────────────────────────────────────────────────────────────────────────────────
def parse(text: str, now: int) -> Filter:
    """What was typed at `now` (Unix seconds), from which `last-month` is reckoned. Raises
    `FilterError` for the first word that is not understood."""
    if len(text) > LONGEST:
        raise FilterError(
            "", f"A filter has at most {LONGEST} characters.", "Take some words away."
        )
    found, before, today = Filter(), "", utc(now).date()
    for word in _as_the_language_says(text.split()):
        if _UNIT.fullmatch(word) and _ends_in_amount(before):
            continue  # as lists write it: `25,000 sat`
        found, before = _with(found, word, today), word
        if _is_impossible(found):
            raise _never(word)
    return _paid_out(found) if found.status is PaymentStatus.PAID else found


def _as_the_language_says(words: list[str]) -> list[str]:
    """With one word for those that a list shows for it."""
    said: list[str] = []
    while words:
        plain = tuple(word.lower() for word in words[:3])
        shown = next((one for one in _SHOWN if plain[: len(one)] == one), ())
        said.append(_SHOWN[shown] if shown else words[0])
        words = words[len(shown) or 1 :]
    return said


def _paid_out(found: Filter) -> Filter:
    """Who paid is oneself, and where is Lightning, unless a word says otherwise."""
    return replace(
        found,
        outgoing=True if found.outgoing is None else found.outgoing,
        onchain=False if found.onchain is None else found.onchain,
    )


def _ends_in_amount(word: str) -> bool:
    compared = _COMPARED.fullmatch(word)
    return bool(compared) or amount_meant(word) is not None


def _with(found: Filter, word: str, today: date) -> Filter:
    plain = word.lower()
    if plain in _DIRECTIONS:
        if found.outgoing not in (None, _DIRECTIONS[plain]):
            raise _never(word)
        return replace(found, outgoing=_DIRECTIONS[plain])
    if plain in _PLACES:
        if found.onchain not in (None, _PLACES[plain]):
            raise _never(word)
        return replace(found, onchain=_PLACES[plain])
    if plain in _STATUSES:
        if found.status not in (None, _STATUSES[plain]):
            raise _never(word)
        return replace(found, status=_STATUSES[plain])
    if plain in _DAYS_ALONE:
        return _keyed(_keyed(found, word, "since", plain, today), word, "until", plain, today)
    if compared := _COMPARED.fullmatch(word):
        return _amount(found, word, compared[1], compared[2])
    if plain in _KEYS:
        raise FilterError(
            word,
            f"“{plain}” lacks its colon.",
            f"Write {_example(plain, today)}; to look for the word as it is, write text:{plain}.",
        )
    if keyed := _KEYED.fullmatch(word):
        return _keyed(found, word, keyed[1].lower(), keyed[2], today)
    return replace(found, words=(*found.words, fold(word)))


def _never(word: str) -> FilterError:
    """Rather than an empty list."""
    return FilterError(
        word,
        f"No payment can be “{_shown(word)}” and what stands before it.",
        "Take one of them away.",
    )


def _amount(found: Filter, word: str, sign: str, typed: str) -> Filter:
    amount = _sat(word, typed)
    least, most = found.least_sat, found.most_sat
    if sign in (">", ">=", "="):
        least = _latest(least, amount + 1 if sign == ">" else amount)
    if sign in ("<", "<=", "="):
        most = _earliest(most, amount - 1 if sign == "<" else amount)
    return replace(found, least_sat=least, most_sat=most)


def _sat(word: str, typed: str) -> int:
    if _DOTTED.fullmatch(typed):
        typed = typed.replace(".", "")
    read = _AMOUNT.fullmatch(typed)
    if read is None:
        raise FilterError(word, f"“{_shown(word)}” holds no amount.", _AMOUNTS_ARE)
    whole, parts, unit = read[1].replace(",", ""), read[2] or "", read[3].lower()
    scaled = int(whole + parts) * _FACTORS[unit]
    amount, rest = divmod(scaled, int("1" + "0" * len(parts)))
    if rest:
        raise FilterError(word, f"“{_shown(word)}” is no whole number of satoshis.", _AMOUNTS_ARE)
    if amount > MAX_SAT:
        raise FilterError(word, f"“{_shown(word)}” is more than all bitcoin.", _AMOUNTS_ARE)
    return amount


def _keyed(found: Filter, word: str, key: str, value: str, today: date) -> Filter:
    match key:
        case "since" | "until" | "month":
            first, after = _days(word, key, value, today)
            if key != "until":
                found = replace(found, since=_latest(found.since, first))
            if key != "since":
                found = replace(found, until=_earliest(found.until, after))
            return found
        case "note" if value:
            return replace(found, notes=(*found.notes, fold(value)))
        case "text" if value:
            return replace(found, words=(*found.words, fold(value)))
        case "note" | "text":
            raise FilterError(
                word, f"“{_shown(word)}” lacks what to look for.", f"Write it behind: {key}:rent."
            )
        case _:
            raise FilterError(
                word,
                f"“{_shown(key)}:” is not understood.",
                f"{_KEYS_ARE}; to look for the word as it is, write text: before it.",
            )


def _days(word: str, key: str, typed: str, today: date) -> tuple[int, int]:
    """The first second that is meant and the first that is not any more."""
    try:
        found = (periods.month if key == "month" else periods.period)(typed, today)
    except ValueError:
        raise FilterError(
            word, f"“{_shown(word)}” is no day of the calendar.", _times_are(key, today)
        ) from None
    if found is None:
        what = "month" if key == "month" else "time"
        raise FilterError(word, f"“{_shown(word)}” holds no {what}.", _times_are(key, today))
    return (
        (found.first.toordinal() - _EPOCH) * _DAY,
        (found.last.toordinal() + 1 - _EPOCH) * _DAY,
    )


def _times_are(key: str, today: date) -> str:
    if key == "month":
        return f"Write month:last, month:this, month:jan or month:{today:%Y-%m}."
    return (
        f"A time is a year, a month, a day or last-month: {_example('since', today)}, "
        f"{_example('until', today)}."
    )


def _example(key: str, today: date) -> str:
    """How a word with that key looks."""
    match key:
        case "since":
            return f"since:{today:%Y-%m}"
        case "until":
            return f"until:{today:%Y-%m-%d}"
        case _:
            return _EXAMPLES[key]


def _latest(before: int | None, new: int) -> int:
    return new if before is None else max(before, new)


def _earliest(before: int | None, new: int) -> int:
    return new if before is None else min(before, new)


def _is_impossible(found: Filter) -> bool:
    least, most = found.least_sat or 0, found.most_sat
    if most is not None and most < least:
        return True
    return found.since is not None and found.until is not None and found.since >= found.until


def _shown(word: str) -> str:
    return word if len(word) <= 24 else word[:23] + "…"


# ── writing ──────────────────────────────────────────────────────────────────────────────────────
def written(found: Filter) -> str:
    """The filter in its own language, which reads as the same."""
    parts: list[str] = []
    if found.outgoing is not None:
        parts.append("out" if found.outgoing else "in")
    if found.onchain is not None:
        parts.append("onchain" if found.onchain else "lightning")
    parts.extend(word for word, status in _STATUSES.items() if status is found.status)
    if found.least_sat is not None:
        parts.append(f">={found.least_sat}")
    if found.most_sat is not None:
        parts.append(f"<={found.most_sat}")
    if found.since is not None:
        parts.append(f"since:{_day(found.since // _DAY)}")
    if found.until is not None:
        parts.append(f"until:{_day(found.until // _DAY - 1)}")
    parts.extend(f"note:{text}" for text in found.notes)
    parts.extend(_plainest(word) for word in found.words)
    return " ".join(parts)


def _plainest(word: str) -> str:
    if _UNIT.fullmatch(word) or any(word == one[0] for one in _SHOWN):
        # behind an amount, or before another word, it would be no word
        return f"text:{word}"
    try:
        alone = _with(Filter(), word, date.fromordinal(_EPOCH))
    except FilterError:
        return f"text:{word}"
    return word if alone == Filter(words=(word,)) else f"text:{word}"


def _day(number: int) -> str:
    return date.fromordinal(number + _EPOCH).isoformat()
