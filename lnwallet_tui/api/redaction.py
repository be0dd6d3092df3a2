"""Takes out of a text what could be a secret, and tells of an error where it happened, never with
what.

Python's, Textual's and rich's tracebacks print source lines or local variables, and a local can be
a secret. These reports have the file, line and function of every frame and a message with
everything long taken out.
"""

from __future__ import annotations

import re
from traceback import FrameSummary, extract_tb
from typing import Final

from lnwallet_tui.api.untrusted import Untrusted

_LONG_TOKEN: Final = re.compile(r"[0-9A-Za-z+/=_\\-]{16,}")
_MANY_WORDS: Final = re.compile(r"\b[a-z]{3,8}(?:[^a-z]{1,8}[a-z]{3,8}\b){9,}", re.IGNORECASE)
_MANY_NUMBERS: Final = re.compile(
    r"\b[0-9a-fx]{1,4}(?:[^0-9a-z]{1,3}[0-9a-fx]{1,4}\b){9,}", re.IGNORECASE
)
_LONGEST: Final = 4_096  # characters of a message that are looked at
_MOST_CAUSES: Final = 10
_PACKAGE: Final = "lnwallet_tui/"


def redacted(text: str) -> str:
    """The text without what could be a key, a preimage, an invoice or a row of seed words."""
    rest = _MANY_WORDS.sub("(words)", text[:_LONGEST])
    rest = _MANY_NUMBERS.sub("(numbers)", rest)
    return _LONG_TOKEN.sub("(...)", rest)


def clean(message: str) -> str:
    """The same, short and in ASCII only."""
    # A second time: what was no letter may have become part of a token.
    return _LONG_TOKEN.sub("(...)", Untrusted(redacted(message)).log())


def describe(error: BaseException) -> str:
    """The whole report: kind, cleaned message, frames; the cause below it where there is one."""
    parts = [_one(error)]
    seen = {id(error)}
    causes = _causes(error)
    while causes:
        cause = causes.pop(0)
        if id(cause) not in seen and len(parts) < _MOST_CAUSES:
            parts.append("caused by " + _one(cause))
            seen.add(id(cause))
            causes = [*_causes(cause), *causes]
    return "\n".join(parts)


def _causes(error: BaseException) -> list[BaseException]:
    """What it came from: its cause, what a group has in it, what a worker of the screen died of."""
    parts = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    found = (error.__cause__ or error.__context__, getattr(error, "error", None), *parts)
    return [one for one in found if isinstance(one, BaseException)]


def _one(error: BaseException) -> str:
    frames = extract_tb(error.__traceback__, limit=-30)
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return "\n".join([f"{kind}: {_message(error)}", *map(_frame, frames)])


def _message(error: BaseException) -> str:
    try:
        return clean(str(error))
    except Exception:  # the report of one bug must not die of another
        return "(no message)"


def _frame(frame: FrameSummary) -> str:
    return f"  {_shown_path(frame.filename)}:{frame.lineno} in {frame.name}"


def _shown_path(filename: str) -> str:
    """From the package on, or the last two parts: where the user lives is nobody's business."""
    path = filename.replace("\\", "/")
    folder, package, rest = __file__.replace("\\", "/").rpartition(_PACKAGE)
    assert rest, "this file is in the package"
    if path.startswith(folder + package):
        return path.removeprefix(folder)
    return "/".join(path.split("/")[-2:])
