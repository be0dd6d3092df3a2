"""Hostile text in a real pseudo-terminal: what comes out is the toolkit's own, byte for byte."""

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
from pathlib import Path

from tests.ui import views
from tests.ui.payloads import PAYLOADS, harmful

ROOT = Path(__file__).resolve().parents[2]
CTRL_Q, ENTER = b"\x11", b"\r"
PASTE = b"\x1b[200~%s\x1b[201~"

CSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
OSC = re.compile(r"\x1b\]([^\x07\x1b]*)(?:\x07|\x1b\\)")
POINTER = "22;"
"""The one operating system command that the toolkit gives: the shape of the mouse pointer."""


class Wallet:
    """The hostile wallet on a pseudo-terminal of 80 by 24."""

    def __init__(self) -> None:
        self._screen, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.ui.hostile_wallet"],
            cwd=ROOT, stdin=inside, stdout=inside, stderr=inside, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        )  # fmt: skip
        os.close(inside)
        self._seen = b""

    @property
    def drawn(self) -> str:
        """Everything that it ever wrote."""
        return self._seen.decode(errors="replace")  # a read may end within a character

    @property
    def text(self) -> str:
        """The same without the terminal's sequences."""
        return OSC.sub("", CSI.sub("", self.drawn))

    def press(self, keys: bytes, until: str) -> None:
        """Type, and wait until this is drawn anew."""
        before = len(self.text)
        os.write(self._screen, keys)
        end = time.monotonic() + 30
        while until not in self.text[before:]:
            assert time.monotonic() < end, f"{until!r} is not drawn:\n{self.text[before:]}"
            assert self._read(), f"it ended before {until!r}:\n{self.text[before:]}"

    def leave(self) -> int:
        """Its exit code."""
        os.write(self._screen, CTRL_Q)
        while self._read():
            pass
        os.close(self._screen)
        return self.process.wait(30)

    def _read(self) -> bool:
        if not select.select([self._screen], [], [], 30)[0]:
            return False
        try:
            data = os.read(self._screen, 1 << 16)
        except OSError:  # it is gone
            return False
        self._seen += data
        return data != b""


def test_nothing_that_others_wrote_reaches_the_terminal_as_a_command() -> None:
    wallet = Wallet()
    try:
        wallet.press(b"", "Latest payments")
        for _ in PAYLOADS:
            wallet.press(b"j", "its words")
        wallet.press(ENTER, "not verified")
        wallet.press(b"2", "How it stands")
        wallet.press(ENTER, "The peer calls itself")
        wallet.press(b"s", "Paste a Lightning invoice")
        wallet.press(PASTE % views.INVOICE.encode(), "Pay 25,000 sat")
        code = wallet.leave()
    finally:
        wallet.process.kill()
        wallet.process.wait()
    assert code == 0
    assert {one for one in OSC.findall(wallet.drawn) if not one.startswith(POINTER)} == set()
    assert harmful(wallet.text.replace("\n", "").replace("\r", "")) == ""
    assert "Traceback" not in wallet.text
