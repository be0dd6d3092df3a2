"""The same terminal, and what stands in its window now, as whoever sits before it reads it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Final

from rich.cells import cell_len

from tests.cli.terminal import Terminal

ENTER, RIGHT, DOWN, CTRL_O, CTRL_Q = "\r", "\x1b[C", "\x1b[B", "\x0f", "\x11"
COLUMNS, LINES = 80, 24
PATIENCE: Final = 60
"""Seconds after which a screen that does not show something is called stuck."""
_PIECE: Final = re.compile(
    rb"\x1b\[(?P<place>[\d;]*)H|\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*\x07|[()].|[=>78])"
    rb"|(?P<text>[^\x1b]+)"
)
_COPIED: Final = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def pasted(text: str) -> str:
    """As a terminal brackets it."""
    return f"\x1b[200~{text}\x1b[201~"


class Window(Terminal):
    """It follows what the program draws with: a place, then characters."""

    def __init__(self, *arguments: str) -> None:
        super().__init__(*arguments, columns=COLUMNS, lines=LINES)
        self._followed = 0  # bytes
        self._rows = [[" "] * COLUMNS for _ in range(LINES)]
        self._line = self._column = 0

    @property
    def picture(self) -> str:
        """What stands there."""
        self._follow()
        return "\n".join("".join(row).rstrip() for row in self._rows)

    @property
    def shown(self) -> str:
        """The same without frames and ends of lines; the boxes at the right once more, alone."""
        rows = self.picture.splitlines()
        beside = [row.partition("││")[2] for row in rows]
        return " ".join(" ".join([*rows, *beside]).replace("│", " ").split())

    def shows(self, *patterns: str) -> None:
        """All of that at once, sooner or later."""
        self._until(lambda: all(re.search(one, self.shown) for one in patterns), *patterns)

    def to(self, keys: str, *patterns: str) -> None:
        """Type; that stands there then, and not before."""
        for one in patterns:
            assert not re.search(one, self.shown), f"{one} is there already:\n{self.picture}"
        self.press(keys)
        self.shows(*patterns)

    def rests(self, button: str) -> None:
        """This button, which was pressed just now, takes presses again: it is drawn as it was."""
        at_rest = re.compile(rb"38;2;255;255;255;[\d;]*m \[ " + button.encode() + rb" \]")
        self._until(lambda: at_rest.search(self.drawn) is not None, button)

    def copied(self, key: str) -> str:
        """What this key has the terminal put on its clipboard."""
        before = len(_COPIED.findall(self.drawn))
        self.press(key)
        self._until(lambda: len(_COPIED.findall(self.drawn)) > before, "something copied")
        return base64.b64decode(_COPIED.findall(self.drawn)[-1]).decode()

    def _until(self, happened: Callable[[], bool], *what: str) -> None:
        said = ", ".join(what)
        self.wait_until(happened, lambda: f"{said} never came:\n{self.picture}", PATIENCE)

    def _follow(self) -> None:
        """What came since; a command or character that is not whole yet waits for its end."""
        while piece := _PIECE.match(self.drawn, self._followed):
            text = piece["text"] or b""
            if piece["place"] is not None:
                line, _, column = piece["place"].decode().partition(";")
                self._line, self._column = int(line or 1) - 1, int(column or 1) - 1
            try:
                self._write(text.decode())
            except UnicodeDecodeError as error:
                self._write(text[: error.start].decode())
                self._followed = piece.start() + error.start
                return
            self._followed = piece.end()

    def _write(self, text: str) -> None:
        for character in text:
            if character == "\n":
                self._line, self._column = self._line + 1, 0
            elif character >= " " and self._line < LINES and self._column < COLUMNS:
                wide = cell_len(character)
                self._rows[self._line][self._column : self._column + wide] = [
                    character,
                    *[""] * (wide - 1),
                ]
                self._column += wide
