"""The same answers for people: a line for each fact, a blank line between the things of a list.

They are called as the screen calls them.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Final, TextIO

from lnwallet_tui.api.dates import utc
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.cli.answers import Answer

_WIDEST: Final = 4_000  # cells: an invoice with all its hints stays whole
_NOTHING: Final = "none"
_COLUMN: Final = 24
_WORD_COLUMNS: Final = 4
_WORD_WIDTH: Final = 8  # cells: the longest of BIP39's words
_LONGEST_NAME: Final = 60  # cells
_UNITS: Final = ("_msat", "_sat", "_at")
_LABELS: Final = {
    "can_send_msat": "Can send now",
    "can_receive_msat": "Can receive now",
    "reserved_msat": "Held back",
    "in_flight_msat": "Being settled",
    "onchain_confirmed_sat": "On-chain",
    "onchain_pending_sat": "Unconfirmed",
    "bump_reserve_sat": "Kept for closes",
    "bump_reserve_missing_sat": "Missing for closes",
    "onchain_frozen_sat": "Frozen by you",
    "promised_msat": "Promised, not counted",
    "onchain_fee_sat": "On-chain fee",
    "outgoing_sat": "Of it on its way out",
    "sweep_txids": "Brought home by",
    "kept_sat": "Of it kept for closes",
    "takes_sat": "It costs you",
    "pays": "It pays",
    "spends": "It spends",
    "spendable": "Can be spent now",
    "force_close_fee_sat": "Closing alone costs",
    "force_close_delay_blocks": "Closing alone, blocks",
    "available_height": "Free from block",
    "available_at": "Free from about",
}
_OUT: Final = {"in_flight": "on its way", "failed": "not paid"}
_IN: Final = {"in_flight": "arriving", "paid": "received"}
_EMPTY: Final = {"waiting_for": "nothing"}
_WHERE_ANY: Final = frozenset(
    {
        "closing_txid",
        "closing_kind",
        "sweep_txids",
        "available_height",
        "available_at",
        "bump_reserve_missing_sat",
        "promised_msat",
        "from_anchor_sat",
        "outgoing_sat",
        "kept_sat",
        "channel_id",
        "description_hash",
        "payment_metadata",
        "fallback_addresses",
        "route_hints",
        "parts",
    }
)
"""Of a coin of which nothing is kept or that has to do with no channel, of a channel that is not
being closed, of a reserve that lacks nothing, of promises, payments, anchors and fields of an
invoice that are not there, there is nothing to say."""
_COMMAND: Final = re.compile(r"lnwallet-tui(?: [a-z]+)?(?: --[a-z]+ (?:'[^']*'|\S+))*")
_BOUND: Final = "\u00a0"  # at which no line is broken
_UNKNOWN: Final = frozenset({"local_msat", "remote_msat"})
"""Its explanation says why."""
_STOOD_IN_THE_QUESTION: Final = frozenset(
    {
        "expected_height",
        "expected_at",
        "locked_until_height",
        "locked_until_at",
        "worst_sat",
        "worst_height",
        "worst_at",
        "max_fee_sat",
        "hurrying_most_sat",
        "arrived_sat",
        "payments_under_way",
        "peer_connected",
        "may_be_old",
        "cooperative_close_fee_sat",
    }
)
"""Whoever reads has read it before."""


def date(unix: int) -> str:
    """`2026-11-29 14:02 UTC`."""
    return f"{utc(unix):%Y-%m-%d %H:%M} UTC"


def block_at(height: int, unix: int) -> str:
    """A block that is to come, with its time: `block 2,155 (about 2026-12-14 14:59 UTC)`."""
    return f"block {height:,} (about {date(unix)})"


def sats(msat: int) -> str:
    """`150,000 sat`, with thousandths where there are any."""
    whole, rest = divmod(msat, 1000)
    return f"{whole:,}" + (f".{rest:03}" if rest else "") + " sat"


def error(answer: Answer) -> str:
    """What is wrong, and what to do, each on a line."""
    what = answer["error"]
    assert isinstance(what, dict)
    return "".join(f"{line}\n" for line in (what["message"], what["remedy"]) if line)


def question(text: str) -> str:
    """What is asked, or said of what was agreed to before."""
    return "".join(f"{row}\n" for line in text.splitlines() for row in _wrapped(line, ""))


def said(text: str, stream: TextIO) -> str:
    """What a process says while it runs: broken between words for who reads it at a terminal, a
    line each for whoever keeps it."""
    return question(text) if stream.isatty() else f"{text}\n"


def answer(answer: Answer) -> str:
    """All of it, unabridged."""
    return "".join(f"{line}\n" for line in _lines(answer))


def _lines(answer: Answer, indent: str = "") -> Iterator[str]:
    for name, value in answer.items():
        if (name in _WHERE_ANY and not value) or (name in _UNKNOWN and value is None):
            continue
        if name == "payee_name" or name in _STOOD_IN_THE_QUESTION:
            continue  # who is called how stands beside the id
        if name == "script" and answer.get("address"):
            continue  # which says the same
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from _list(name, value, indent)
        elif isinstance(value, list) and value and isinstance(value[0], list):
            for one in value:
                yield from _list(name.removesuffix("s"), one, indent)
        elif name == "words" and isinstance(value, list):
            yield f"{indent}{_label(name)}, to be written on paper with their numbers:"
            yield from _numbered(value, f"{indent}  ")
        elif name == "explanation":
            for line in str(value).splitlines():
                yield from _wrapped(line, indent)
        else:
            label, words = _fact(name, status_word(answer) if name == "status" else value)
            if name == "payee" and answer.get("payee_name"):
                words += f"  {_called(answer)}"
            yield f"{indent}{label:<{_COLUMN}} {words}".rstrip()


def _wrapped(line: str, indent: str) -> Iterator[str]:
    """Commands stay on one line, with what they name: they are there to be pasted."""
    bound = _COMMAND.sub(lambda found: found.group().replace(" ", _BOUND), line)
    for row in textwrap.wrap(
        bound,
        78,
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    ):
        yield row.replace(_BOUND, " ")


def _called(payment: Answer) -> str:
    """What the payee calls itself, in quotation marks: nobody has verified it."""
    return Untrusted(str(payment["payee_name"])).quoted(_LONGEST_NAME)


def status_word(payment: Answer) -> str:
    """How a payment stands; one of ours says no direction where only those can be."""
    status = str(payment["status"])
    return (_IN if payment.get("direction") == "in" else _OUT).get(status, status)


def _list(name: str, things: list[Answer], indent: str) -> Iterator[str]:
    yield f"{indent}{_label(name)}: {len(things)}"
    for thing in things:
        yield ""
        yield from _lines(thing, f"{indent}  ")


def _numbered(words: list[str], indent: str) -> Iterator[str]:
    """Down the columns, as on paper."""
    rows = -(-len(words) // _WORD_COLUMNS)
    cells = [f"{number:>2} {word:<{_WORD_WIDTH}}" for number, word in enumerate(words, 1)]
    for row in range(rows):
        yield f"{indent}{'  '.join(cells[row::rows])}".rstrip()


def _fact(name: str, value: object) -> tuple[str, str]:
    match value:
        case bool():
            return _label(name), "yes" if value else "no"
        case int() if name.endswith("_msat"):
            return _label(name), sats(value)
        case int() if name.endswith("_sat"):
            return _label(name), f"{value:,} sat"
        case int() if name.endswith("_at"):
            return _label(name), date(value) if value else _NOTHING
        case int() if name.endswith("_seconds"):
            return _label(name), f"{value:,}"
        case int() if name == "verified_by":
            return _label(name), f"{value:,} {'peer' if value == 1 else 'peers'}"
        case int():
            return _label(name), f"{value:,}" if abs(value) < 10**9 else date(value)
        case list():
            return _label(name), ", ".join(map(str, value)) or _NOTHING
        case None:
            return _label(name), _NOTHING
        case str() if name == "psbt":
            return _label(name), value  # base64 that we made: of use only as a whole
        case _:
            # Words of others stand between ours: nothing in them may move the cursor.
            return _label(name), Untrusted(str(value)).cells(_WIDEST) or _EMPTY.get(name, _NOTHING)


def _label(name: str) -> str:
    """The unit stands beside the number."""
    if name in _LABELS:
        return _LABELS[name]
    for unit in _UNITS:
        name = name.removesuffix(unit)
    return name.replace("_", " ").capitalize()
