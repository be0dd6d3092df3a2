"""What is drawn goes to a window, and a window may be closed at any time.

Textual's writer would end with the first write that fails, while the program, about to leave, goes
on to put more into its queue: once that is full it waits for ever, and so would a screen that
nobody sees any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, cast

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver


class Window:
    """The file behind a window; nothing is written to one that is gone."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._is_gone = False

    def fileno(self) -> int:
        """As of any file."""
        return self._file.fileno()

    def write(self, text: str) -> None:
        """As far as it takes it."""
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        """The same of what it has taken."""
        self._try(self._file.flush)

    def _try(self, do: Callable[[], object]) -> None:
        if self._is_gone:
            return
        try:
            do()
        except OSError:
            self._is_gone = True


class WindowDriver(LinuxDriver):
    """As Textual's own, on a file that bears to be closed from the other side."""

    def start_application_mode(self) -> None:
        """Before anything is written."""
        file: Any = self._file
        if file is not None and not isinstance(file, Window):
            self._file = cast("Any", Window(file))
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual has no type


def bearing(found: type[Driver]) -> type[Driver]:
    """The driver for a terminal in place of Textual's; what serves a browser stays as it is."""
    return WindowDriver if found is LinuxDriver else found
