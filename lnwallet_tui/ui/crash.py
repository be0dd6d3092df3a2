"""Our own crash reporter: where it happened, never with what (`api/redaction.py`). Nothing is sent
anywhere."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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


def aside(error: BaseException) -> str:
    """What the terminal shows of a bug that did not stop the screen."""
    return (
        "Something went wrong because of a bug of ours, and nothing was sent anywhere.\n"
        "Please report these lines, which contain no secrets:\n\n" + describe(error)
    )


class Reports:
    """Where reports go: to the terminal, while a screen is drawn on it only after that.

    Meanwhile whoever listens hears of each at once, in whichever thread it comes.
    """

    def __init__(self, write: Write = sys.stderr.write) -> None:
        self._write = write
        self._waiting: list[str] = []
        self._hear: Write | None = None

    def tell(self, short: str, whole: str = "") -> None:
        """A report; what the terminal shows of it may say more than what is heard."""
        if self._hear is None:
            self._put(f"{whole or short}\n")
        else:
            self._waiting.append(f"{whole or short}\n")
            self._hear(short)

    @contextmanager
    def while_drawn(self, hear: Write) -> Iterator[None]:
        """Nothing is written to the terminal until the end of this."""
        self._hear = hear
        try:
            yield
        finally:
            self._hear = None
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                self._put(one)

    def _put(self, words: str) -> None:
        """A terminal that was shut takes no words; that ends nothing else."""
        with suppress(OSError):
            self._write(words)


def install(reports: Reports) -> None:
    """Report errors that nobody caught, in any thread or while something is thrown away, without
    their locals."""

    def main(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            reports.tell("interrupted")
        else:
            reports.tell(describe(error), farewell(error))

    def thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            reports.tell(describe(args.exc_value), aside(args.exc_value))

    def thrown_away(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            reports.tell(describe(args.exc_value))

    sys.excepthook = main
    threading.excepthook = thread
    sys.unraisablehook = thrown_away


def watch(loop: asyncio.AbstractEventLoop, reports: Reports) -> None:
    """Report what died in a task or a callback of `loop` and nobody asked for."""

    def died(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        reports.tell(describe(error) if error is not None else clean(str(context.get("message"))))

    loop.set_exception_handler(died)
