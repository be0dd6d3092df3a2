"""Our own crash reporter: where it happened, never with what.

Textual's and rich's tracebacks print local variables, and a local can be a secret. This one has
the file, line and function of every frame and a message with everything long taken out. Nothing
is sent anywhere.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from traceback import FrameSummary, extract_tb
from types import TracebackType
from typing import Final

from lnwallet_tui.api.untrusted import Untrusted

_LONG_TOKEN: Final = re.compile(r"[0-9A-Za-z+/=_\\]{16,}")
_MANY_WORDS: Final = re.compile(r"\b[a-z]{3,8}(?:[^a-z0-9]{1,4}[a-z]{3,8}\b){9,}")
_PACKAGE: Final = Path(__file__).resolve().parents[1]

Write = Callable[[str], object]


def describe(error: BaseException) -> str:
    """The whole report: kind, cleaned message, frames; the cause below it where there is one."""
    parts = [_one(error)]
    seen = {id(error)}
    cause = error.__cause__ or error.__context__
    while cause is not None and id(cause) not in seen:
        parts.append("caused by " + _one(cause))
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return "\n".join(parts)


def farewell(error: BaseException) -> str:
    """What the terminal shows after the screen is gone."""
    return (
        "The screen of lnwallet-tui stopped because of a bug of ours. Your channels are as they\n"
        "were on disk, and nothing was sent anywhere. Start it again; if it stops again, please\n"
        "report these lines, which contain no secrets:\n\n" + describe(error)
    )


def install(write: Write = sys.stderr.write) -> None:
    """Report errors that nobody caught, in any thread, without their locals."""

    def main(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            write("interrupted\n")
        else:
            write(farewell(error) + "\n")

    def thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            write(farewell(args.exc_value) + "\n")

    sys.excepthook = main
    threading.excepthook = thread


def clean(message: str) -> str:
    """A message without what could be a key, an invoice or a row of seed words; ASCII only."""
    plain = Untrusted(message).log()
    return _MANY_WORDS.sub("(words)", _LONG_TOKEN.sub("(…)", plain))


def _one(error: BaseException) -> str:
    frames = extract_tb(error.__traceback__, limit=-30)
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return "\n".join([f"{kind}: {clean(str(error))}", *map(_frame, frames)])


def _frame(frame: FrameSummary) -> str:
    return f"  {_shown_path(frame.filename)}:{frame.lineno} in {frame.name}"


def _shown_path(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_PACKAGE):
        return str(Path("lnwallet_tui") / path.relative_to(_PACKAGE))
    return "/".join(path.parts[-2:])
