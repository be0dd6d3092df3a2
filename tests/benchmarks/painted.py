"""What a terminal shows of the bytes that a program wrote: characters and their places.

A program draws what has changed, in pieces that nobody promises; what is seen is what they add up
to. Colours are left out, and every character takes one cell: a row with others in it is wrong.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

_PIECE: Final = re.compile(
    r"\x1b\[(?P<values>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()].|\x1b[^\[\]()]"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f])|(?P<text>[^\x00-\x1f]+)"
)


class Painted:
    """A screen, empty at first."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self._columns = columns
        self._rows = [[" "] * columns for _ in range(lines)]
        self._row = self._column = 0
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""  # the beginning of a sequence

    @property
    def rows(self) -> list[str]:
        """From top to bottom."""
        return ["".join(row) for row in self._rows]

    def feed(self, data: bytes) -> None:
        """More was written."""
        text, at = self._rest + self._decode(data), 0
        while piece := _PIECE.match(text, at):
            at = piece.end()
            if piece["text"]:
                self._write(piece["text"])
            elif piece["control"]:
                self._control(piece["control"])
            elif piece["final"]:
                self._command(piece["values"], piece["final"])
        self._rest = text[at:]

    def _write(self, text: str) -> None:
        for character in text[: self._columns - self._column]:
            self._rows[self._row][self._column] = character
            self._column += 1

    def _control(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._row = min(self._row + 1, len(self._rows) - 1)

    def _command(self, values: str, final: str) -> None:
        if final == "H":
            line, _, column = values.partition(";")
            self._row = min(int(line or 1), len(self._rows)) - 1
            self._column = min(int(column or 1), self._columns) - 1
        elif final == "J" and values == "2":
            self._rows = [[" "] * self._columns for _ in self._rows]
