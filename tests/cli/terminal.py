"""A terminal that a program believes in: 80 columns, 24 lines, somebody at the keys."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Self

_ESCAPES = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()].|[=>78])")
# The command itself, in a process that is told when its terminal is shut.
_OWN_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from lnwallet_tui.cli import main
sys.exit(main())
"""
EnvVars = Mapping[str, str]
_A_TERMINAL = {
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "XDG_CONFIG_HOME": "/nonexistent",  # whoever runs the tests may have settings
}


class Terminal:
    """Runs `lnwallet-tui` with a pseudo-terminal for its screen."""

    def __init__(
        self,
        *arguments: str,
        columns: int = 80,
        lines: int = 24,
        environment: EnvVars = MappingProxyType({}),
    ) -> None:
        self._seen, self._unseen = b"", 0  # the second: where `wait_for` begins
        self._screen, inside = pty.openpty()
        self.resize(columns, lines)
        without_size = {
            name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWN_TERMINAL, *arguments],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env={**without_size, **_A_TERMINAL, **environment},
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
        began = time.monotonic()
        while not re.search(pattern, self.text[self._unseen :]):
            left = began + seconds - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"{pattern!r} is not on the screen:\n{self.text[-4_000:]}")
        return time.monotonic() - began

    def from_now(self) -> None:
        """`wait_for` looks only at what is drawn after this."""
        self._unseen = len(self.text)

    def resize(self, columns: int, lines: int) -> None:
        """Pull at a corner of the window."""
        self.from_now()
        fcntl.ioctl(self._screen, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._screen, keys.encode())

    def leave(self, keys: str) -> int:
        """Type what ends the program; its exit code."""
        self.press(keys)
        return self.end()

    def end(self) -> int:
        """Read until the program has ended; its exit code."""
        while self._read(30):
            pass
        return self.process.wait(30)

    def shut(self) -> int:
        """Close the window under the running program; its exit code."""
        os.close(self._screen)
        self._screen = os.open(os.devnull, os.O_RDWR)
        return self.process.wait(30)

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
