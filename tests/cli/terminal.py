"""A terminal that a program believes in: 80 columns, 24 lines, somebody at the keys."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from types import MappingProxyType

from tests.pseudo_terminal import EnvVars, PseudoTerminal

_ESCAPES = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()].|[=>78])")
_COMMAND = "import sys; from lnwallet_tui.cli import main; sys.exit(main())"
# The same in a process that is told when its terminal is shut.
_OWN_TERMINAL = f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {_COMMAND}"


class Terminal(PseudoTerminal):
    """Runs `lnwallet-tui` with a pseudo-terminal for its screen."""

    def __init__(
        self,
        *arguments: str,
        columns: int = 80,
        lines: int = 24,
        environment: EnvVars = MappingProxyType({}),
        tells: bool = True,
    ) -> None:
        self._unseen = 0  # where `wait_for` begins
        program = _OWN_TERMINAL if tells else _COMMAND
        command = [sys.executable, "-c", program, *arguments]
        super().__init__(command, columns, lines, environment)

    @property
    def drawn(self) -> bytes:
        """Everything that the program ever wrote."""
        return self._seen

    @property
    def text(self) -> str:
        """Everything that was ever drawn, without how."""
        return _ESCAPES.sub(b"", self._seen).decode(errors="replace")

    def wait_for(self, pattern: str, seconds: float = 30) -> float:
        """Until that was drawn; how long it took."""
        return self.wait_until(
            lambda: re.search(pattern, self.text[self._unseen :]) is not None,
            lambda: f"{pattern!r} is not on the screen:\n{self.text[-4_000:]}",
            seconds,
        )

    def wait_until(
        self, happened: Callable[[], bool], complaint: Callable[[], str], seconds: float = 30
    ) -> float:
        """Read what is drawn until that has happened; how long it took."""
        began = time.monotonic()
        while not happened():
            left = began + seconds - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(complaint())
        return time.monotonic() - began

    def from_now(self) -> None:
        """`wait_for` looks only at what is drawn after this."""
        self._unseen = len(self.text)

    def resize(self, columns: int, lines: int) -> None:
        """Pull at a corner of the window."""
        self.from_now()
        self._set_size(columns, lines)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._screen, keys.encode())

    def leave(self, keys: str) -> int:
        """Type what ends the program; its exit code."""
        self.press(keys)
        return self.end()

    def shut(self) -> int:
        """Close the window under the running program; its exit code."""
        os.close(self._screen)
        self._screen = os.open(os.devnull, os.O_RDWR)
        return self.process.wait(30)
