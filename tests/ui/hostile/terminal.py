"""A pseudo-terminal for a program of the tests, and a judge of every byte that came out of it."""

from __future__ import annotations

import os
import re
import sys
import time
from typing import Final

from tests.pseudo_terminal import PseudoTerminal
from tests.ui.payloads import harmful

CTRL_Q, CTRL_P, ENTER, ESCAPE = b"\x11", b"\x10", b"\r", b"\x1b"
PASTE: Final = b"\x1b[200~%s\x1b[201~"

_COLOUR: Final = r"[34]8;2;\d{1,3};\d{1,3};\d{1,3}"
_STYLE: Final = re.compile(rf"\x1b\[(?:0|(?:[1-9];)*{_COLOUR}(?:;{_COLOUR})?)m")
_PLACE: Final = re.compile(r"\x1b\[(\d+);(\d+)H")
_MODE: Final = re.compile(
    r"\x1b\[(?:\?(?:7|25|1000|1003|1004|1006|1015|1049|2004)[hl]|\?(?:2026|2048)\$p|>25u|<u)"
)
_POINTER: Final = re.compile(r"\x1b\]22;[a-z-]*\x07")
"""The one operating system command that the toolkit gives: the shape of the mouse pointer."""


class Wallet(PseudoTerminal):
    """A program of the tests on a pseudo-terminal, and somebody at the keys."""

    def __init__(self, module: str, *arguments: str, columns: int = 80, lines: int = 24) -> None:
        self.columns, self.lines = columns, lines
        super().__init__([sys.executable, "-m", module, *arguments], columns, lines, {})
        os.set_blocking(self._screen, False)  # neither side waits for the other with its hands full

    @property
    def drawn(self) -> str:
        """Everything that it ever wrote."""
        return self._seen.decode(errors="replace")  # a read may end within a character

    @property
    def text(self) -> str:
        """The same without the toolkit's own sequences."""
        return without_own(self.drawn)

    def press(self, keys: bytes, until: str, patience: float = 30) -> None:
        """Type, and wait so many seconds until this is drawn anew."""
        before = len(self._seen)
        end = time.monotonic() + patience
        self._type(keys, end)
        while until not in (text := self._text_from(before)):
            assert time.monotonic() < end, f"{until!r} is not drawn:\n{self.text[-4_000:]!a}"
            assert self._read(patience), f"it ended before {until!r}:\n{text!a}"

    def _type(self, keys: bytes, end: float) -> None:
        """However many these are, while what is drawn is read."""
        left = memoryview(keys)
        while left:
            assert time.monotonic() < end, f"{len(left)} bytes were not taken"
            try:
                left = left[os.write(self._screen, left) :]
            except BlockingIOError:
                self._read(0.01)

    def _text_from(self, before: int) -> str:
        return without_own(self._seen[before:].decode(errors="replace"))

    def leave(self) -> int:
        """Its exit code."""
        os.write(self._screen, CTRL_Q)
        return self.end()

    def foreign(self) -> str:
        """What of its output the toolkit did not mean: commands, controls, what hides or turns
        text around, places outside of the screen. Empty where all is well."""
        everything = self._seen.decode()  # what is no UTF-8 is foreign too
        outside = "".join(
            place[0]
            for place in _PLACE.finditer(everything)
            if int(place[1]) > self.lines or int(place[2]) > self.columns
        )
        return outside + harmful(without_own(everything).replace("\r\n", ""))


def without_own(drawn: str) -> str:
    """What is left when exactly the sequences that the toolkit uses are taken out."""
    for own in (_STYLE, _PLACE, _MODE, _POINTER):
        drawn = own.sub("", drawn)
    return drawn
