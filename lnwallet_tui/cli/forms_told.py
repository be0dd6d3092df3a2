"""What `--json` prints of each verb, field by field, as `--help` ends with it.

A form is a file of `forms/`: of each field, in the order of the answer, its type and what it means.
A type is a word, an object with its own fields, or a list with the type of what is in it. A verb
with several answers has a file for each, with what makes the difference behind a point.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Final

Form = Mapping[str, tuple[Any, str]]
ERROR: Final = "error"
"""The form of every verb that fails."""
QUOTE: Final = "quote"
"""What makes the difference where nobody said yes: it stands beside the error."""

_FOLDER: Final = resources.files("lnwallet_tui.cli").joinpath("forms")
_END: Final = ".json"
_COLUMNS: Final = 80
_ONE: Final = "With --json it prints one object:"
_HEADINGS: Final[Mapping[str, str]] = {
    "decode.psbt": "With --json, of a partially signed transaction (BIP 174):",
    "guard": "With --json, while it watches, one object a line, with what its type has of:",
    "node": "With --json it prints one object a line, the first of them:",
}
_QUOTED: Final = "Without a yes nothing is done; beside the error stands quote, an object with:"
_BESIDE: Final[Mapping[str, str]] = {
    "node": """\
Each line after it has number, type, and what happened: status, balance,
channel, payment or peer, with the fields of that verb (channels, payments,
peers: of one of them), without those that only the verb asks others for.
""",
    "pay": "A payment that is not paid has these fields and an error.\n",
}
_FAILS: Final = "If it fails: an object with error, as told at the end of lnwallet-tui --help\n"
_ERRORS: Final = "With --json a command that fails prints one object, also in place of usage:"
_STATUS: Final = """\
The exit status is 0 when it is done, 1 when it failed, 2 when the arguments
are misunderstood, 130 when it is interrupted, 141 when nobody reads.
"""


def names() -> frozenset[str]:
    """Of all forms."""
    found = (one.name for one in _FOLDER.iterdir())
    return frozenset(name.removesuffix(_END) for name in found if name.endswith(_END))


def form(name: str) -> Form:
    """One of them."""
    read: Form = json.loads(_FOLDER.joinpath(f"{name}{_END}").read_text("utf-8"))
    return read


def of_verb(verb: str) -> str:
    """All that a script reads of it; empty of a verb that has no form."""
    told = [_of_case(name) for name in sorted(names()) if name.partition(".")[0] == verb]
    return "\n".join([*told, f"{_BESIDE.get(verb, '')}{_FAILS}"]) if told else ""


def of_errors() -> str:
    """The same of what fails, whatever the verb."""
    return f"{_told(_ERRORS, form(ERROR))}\n{_STATUS}"


def _of_case(name: str) -> str:
    verb, _, case = name.partition(".")
    if case == QUOTE:
        return _quote(form(name), form(verb))
    heading = f"With --json, of --{case}:" if case else _ONE
    return _told(_HEADINGS.get(name, heading), form(name))


def _quote(quote: Form, answer: Form) -> str:
    """What it says as the answer does is only named."""
    same = [name for name, one in quote.items() if answer.get(name) == one]
    named = textwrap.wrap(f"as above: {', '.join(same)}", _COLUMNS - 4)
    other = {name: one for name, one in quote.items() if name not in same}
    return "".join([_told(_QUOTED, other), textwrap.indent("\n".join(named), "  "), "\n"])


def _told(heading: str, form: Form) -> str:
    return "".join(f"{line}\n" for line in (heading, *_lines(form, "  ")))


def _lines(form: Form, margin: str) -> Iterator[str]:
    for name, (kind, meaning) in form.items():
        field = f"{margin}{name} ({_word(kind)}):"
        line = f"{field} {meaning}"
        yield from (line,) if len(line) <= _COLUMNS else (field, f"{margin}    {meaning}")
        yield from _lines(_fields(kind), f"{margin}  ")


def _fields(kind: Any) -> Form:
    """Those of an object, or of the objects in a list; none where there are none."""
    while isinstance(kind, list):
        kind = kind[0]
    return kind if isinstance(kind, dict) else {}


def _word(kind: Any, *, many: bool = False) -> str:
    if isinstance(kind, list):
        return f"{'lists' if many else 'list'} of {_word(kind[0], many=True)}"
    if isinstance(kind, dict):
        return "objects" if many else "object"
    return str(kind)
