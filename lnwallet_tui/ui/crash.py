"""Our own crash reporter: where it happened, never with what.

Textual's and rich's tracebacks print local variables, and a local can be a secret. This one has
the file, line and function of every frame and a message with everything long taken out. Nothing
is sent anywhere.
"""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from traceback import FrameSummary, extract_tb
from types import TracebackType
from typing import Any, Final

from lnwallet_tui.api.untrusted import Untrusted

_LONG_TOKEN: Final = re.compile(r"[0-9A-Za-z+/=_\\-]{16,}")
_MANY_WORDS: Final = re.compile(r"\b[a-z]{3,8}(?:[^a-z]{1,8}[a-z]{3,8}\b){9,}", re.IGNORECASE)
_MANY_NUMBERS: Final = re.compile(
    r"\b[0-9a-fx]{1,4}(?:[^0-9a-z]{1,3}[0-9a-fx]{1,4}\b){9,}", re.IGNORECASE
)
_LONGEST: Final = 4_096  # characters of a message that are looked at
_MOST_CAUSES: Final = 10
_PACKAGE: Final = Path(__file__).resolve().parents[1]

Write = Callable[[str], object]


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


def farewell(error: BaseException) -> str:
    """What the terminal shows after the screen is gone."""
    return (
        "The screen of lnwallet-tui stopped because of a bug of ours. Your channels are as they\n"
        "were on disk, and nothing was sent anywhere. Start it again; if it stops again, please\n"
        "report these lines, which contain no secrets:\n\n" + describe(error)
    )


def install(write: Write = sys.stderr.write) -> None:
    """Report errors that nobody caught, in any thread or while something is thrown away, without
    their locals."""

    def main(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            write("interrupted\n")
        else:
            write(farewell(error) + "\n")

    def thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            write(farewell(args.exc_value) + "\n")

    def thrown_away(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            write(describe(args.exc_value) + "\n")

    sys.excepthook = main
    threading.excepthook = thread
    sys.unraisablehook = thrown_away


def watch(loop: asyncio.AbstractEventLoop, write: Write = sys.stderr.write) -> None:
    """Report what died in a task or a callback of `loop` and nobody asked for."""

    def died(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        where = describe(error) if error is not None else clean(str(context.get("message")))
        write(where + "\n")

    loop.set_exception_handler(died)


def clean(message: str) -> str:
    """A message without what could be a key, an invoice or a row of seed words; ASCII only."""
    rest = _MANY_WORDS.sub("(words)", message[:_LONGEST])
    rest = _MANY_NUMBERS.sub("(numbers)", rest)
    # A second time: what was no letter may have become part of a token.
    plain = Untrusted(_LONG_TOKEN.sub("(...)", rest)).log()
    return _LONG_TOKEN.sub("(...)", plain)


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
    path = Path(filename)
    if path.is_relative_to(_PACKAGE):
        return str(Path("lnwallet_tui") / path.relative_to(_PACKAGE))
    return "/".join(path.parts[-2:])
