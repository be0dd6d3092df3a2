"""Photographs the screen: every cell as pixels, as a terminal that draws blocks itself does it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from rich.color import Color
from rich.style import Style

from tests.ui.stage import Stage

WIDE, HIGH = 8, 18
"""A cell in pixels: about 1 to 2, and divisible by two across, by two and three down."""
_HALVES: Final = {"▀": {1, 2}, "▄": {3, 4}, "▌": {1, 3}, "▐": {2, 4}, "█": {1, 2, 3, 4}}

Photo = list[list[int]]
"""Rows of pixels, 0 is black and 255 is white."""


def photograph(stage: Stage) -> Photo:
    """The whole screen. What is no block is left blank."""
    rows: Photo = []
    for strip in stage.app.screen._compositor.render_strips():
        lines: Photo = [[] for _ in range(HIGH)]
        for text, style, _ in strip:
            for char in text:
                for line, pixels in zip(lines, _cell(char, style or Style()), strict=True):
                    line.extend(pixels)
        rows.extend(lines)
    return rows


def _cell(char: str, style: Style) -> Iterator[list[int]]:
    ink, paper = _grey(style.color, 255), _grey(style.bgcolor, 0)
    parts, down = _parts(char)
    for y in range(HIGH):
        row = y * down // HIGH
        left, right = (2 * row + 1 in parts, 2 * row + 2 in parts)
        yield [ink if left else paper] * (WIDE // 2) + [ink if right else paper] * (WIDE // 2)


def _parts(char: str) -> tuple[set[int], int]:
    """Which parts of the cell are filled (1 is top left, then by rows), and how many rows."""
    name = unicodedata.name(char, "")
    if name.startswith("BLOCK SEXTANT-"):
        return {int(digit) for digit in name.removeprefix("BLOCK SEXTANT-")}, 3
    return _HALVES.get(char, set()), 2


def _grey(colour: Color | None, otherwise: int) -> int:
    if colour is None or colour.is_default:
        return otherwise
    red, green, blue = colour.get_truecolor()
    return (red * 299 + green * 587 + blue * 114) // 1000


def buffer(photo: Photo) -> memoryview:
    """The pixels as readers of codes take them: bytes, rows by columns."""
    flat = bytes(pixel for row in photo for pixel in row)
    return memoryview(flat).cast("B", (len(photo), len(photo[0])))
