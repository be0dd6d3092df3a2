"""A terminal that a program believes in: its size, its bytes, and how it ends."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

EnvVars = Mapping[str, str]

_A_TERMINAL: Final = {
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "XDG_CONFIG_HOME": "/nonexistent",  # whoever runs the tests may have settings
}
OF_ANOTHER: Final = ("COLUMNS", "LINES")
"""A shell or a test runner says so how large its own terminal is; ours has a size of its own."""


class PseudoTerminal:
    """Runs a command with this for its input, output and errors."""

    def __init__(
        self, command: Sequence[str], columns: int, lines: int, environment: EnvVars
    ) -> None:
        self._seen = b""
        self._screen, inside = pty.openpty()
        self._set_size(columns, lines)
        ours = {name: value for name, value in os.environ.items() if name not in OF_ANOTHER}
        self.process = subprocess.Popen(
            command,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env={**ours, **_A_TERMINAL, **environment},
            start_new_session=True,
        )
        os.close(inside)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._screen)

    def end(self) -> int:
        """Read until the program has ended; its exit code."""
        while self._read(30):
            pass
        return self.process.wait(30)

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._screen, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _read(self, seconds: float) -> bool:
        """Whether there was something, within that time."""
        if not select.select([self._screen], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._screen, 1 << 16)
        except OSError:  # the program is gone
            return False
        self._seen += data
        return data != b""
