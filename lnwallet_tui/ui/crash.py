"""Our own crash reporter: where it happened, never with what (`api/redaction.py`). Nothing is sent
anywhere."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from lnwallet_tui.api.redaction import clean, describe

Write = Callable[[str], object]


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
