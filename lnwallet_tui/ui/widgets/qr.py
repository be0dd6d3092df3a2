"""QR codes drawn with the characters a terminal has: black on white, quiet zone, upper case.

Three ways to draw. Fine: sextants, 2 x 3 modules a cell, for terminals that draw block characters
themselves. Half: half blocks, 1 x 2. Full: two blank cells a module, for any terminal that has a
background colour. A cell of one colour is always painted with the background, because fonts
leave gaps between block glyphs. The `qrcode` package gives only the matrix, and only when needed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import Any, Final

from textual.content import Content

from lnwallet_tui.ui.widgets.words import OurWords

Matrix = Sequence[Sequence[bool]]

INK, PAPER = "#000000", "#ffffff"
QUIET_ZONES: Final = (4, 3, 2)
"""What is tried, the standard's own first; decoders fail below 1."""
_SEXTANT_FIRST: Final = 0x1FB00
_LOWER: Final = 0b10
_LEFT_HALF: Final = 0b010101
_RIGHT_HALF: Final = 0b101010
_ALL: Final = 0b111111


class Mode(enum.Enum):
    """How the modules become cells: (modules across, modules down) a cell."""

    FINE = (2, 3)
    HALF = (1, 2)
    FULL = (1, 1)

    @property
    def title(self) -> str:
        """Its name on the screen."""
        return {"FINE": "fine", "HALF": "half blocks", "FULL": "whole cells"}[self.name]

    def next(self) -> Mode:
        """The one after it, around."""
        modes = list(Mode)
        return modes[(modes.index(self) + 1) % len(modes)]


def matrix_of(text: str) -> Matrix:
    """The modules of `text` (True is dark) at the lowest error level, without a quiet zone."""
    from qrcode.constants import ERROR_CORRECT_L  # slow to import, not needed for the first frame
    from qrcode.main import QRCode

    code: Any = QRCode(error_correction=ERROR_CORRECT_L, border=0)  # the package is not typed
    code.add_data(text.upper(), optimize=4)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def with_quiet_zone(matrix: Matrix, quiet: int) -> Matrix:
    """`quiet` light modules on every side."""
    side = len(matrix) + 2 * quiet
    blank = [[False] * side for _ in range(quiet)]
    rows = [[False] * quiet + list(row) + [False] * quiet for row in matrix]
    return [*blank, *rows, *blank]


def size(matrix: Matrix, mode: Mode) -> tuple[int, int]:
    """Columns and rows of cells that `matrix` takes."""
    across, down = mode.value
    side = len(matrix)
    columns = side * 2 if mode is Mode.FULL else -(-side // across)
    return columns, -(-side // down)


def fit(matrix: Matrix, mode: Mode, columns: int, rows: int) -> Matrix | None:
    """The matrix with the widest quiet zone that fits, or None."""
    for quiet in QUIET_ZONES:
        framed = with_quiet_zone(matrix, quiet)
        wide, high = size(framed, mode)
        if wide <= columns and high <= rows:
            return framed
    return None


def draw(matrix: Matrix, mode: Mode) -> Content:
    """The cells, line by line."""
    across, down = mode.value
    side = len(matrix)
    lines = [
        Content.assemble(*_line(matrix, mode, top, across, down)) for top in range(0, side, down)
    ]
    return Content("\n").join(lines)


def _line(
    matrix: Matrix, mode: Mode, top: int, across: int, down: int
) -> Iterator[tuple[str, str]]:
    for left in range(0, len(matrix), across):
        bits = 0
        for index in range(across * down):
            y, x = top + index // across, left + index % across
            dark = y < len(matrix) and x < len(matrix) and matrix[y][x]
            bits |= int(dark) << index
        yield _cell(bits, mode)


def _cell(bits: int, mode: Mode) -> tuple[str, str]:
    across, down = mode.value
    blank = "  " if mode is Mode.FULL else " "
    if bits == 0:
        return blank, f"{INK} on {PAPER}"
    if bits == (1 << across * down) - 1:
        return blank, f"{PAPER} on {INK}"
    if mode is Mode.HALF:  # of the two half blocks, fonts leave gaps at the upper one
        return "▄", f"{INK} on {PAPER}" if bits == _LOWER else f"{PAPER} on {INK}"
    return sextant(bits), f"{INK} on {PAPER}"


def sextant(bits: int) -> str:
    """The character with these of the six parts filled (bit 0 is top left, then by rows).

    Unicode left out the four patterns that were encoded before: blank, full and the two halves.
    """
    if bits in (_LEFT_HALF, _RIGHT_HALF):
        return "▌" if bits == _LEFT_HALF else "▐"
    assert 0 < bits < _ALL
    skipped = 1 + (bits > _LEFT_HALF) + (bits > _RIGHT_HALF)
    return chr(_SEXTANT_FIRST + bits - skipped)


LARGER: Final = "enlarge the window"


class QrCode(OurWords):
    """A code as large as the room allows, or a sentence that says why there is none."""

    def __init__(
        self,
        mode: Mode,
        *,
        place: str,
        may_be_finer: bool = True,
        ways: tuple[str, ...] = (LARGER,),
        id: str,  # noqa: A002  # Textual's word
    ) -> None:
        """A code that does not fit may be drawn finer than in `mode`, as a guess. `place` is
        where it is drawn, `ways` say what can be done there if it does not fit at all."""
        super().__init__(Content(), id=id, markup=False)
        self.mode = mode
        self._place = place
        self._may_be_finer, self._ways = may_be_finer, ways
        self._matrix: Matrix | None = None
        self._room = (0, 0)

    @property
    def is_guess(self) -> bool:
        """Whether it is drawn finer than the terminal is known to draw, because it must be."""
        return self._drawn_mode() is not self.mode

    def show(self, text: str) -> None:
        """Draw this text."""
        self._matrix = matrix_of(text)
        self._redraw()

    def draw_in(self, mode: Mode, *, may_be_finer: bool) -> None:
        """More is known of the terminal now."""
        if (mode, may_be_finer) != (self.mode, self._may_be_finer):
            self.mode, self._may_be_finer = mode, may_be_finer
            self._redraw()

    def next_mode(self) -> Mode:
        """Draw in the next way, whatever is known of the terminal; returns it."""
        self.mode = self._drawn_mode().next()
        self._may_be_finer = False
        self._redraw()
        return self.mode

    def give_room(self, columns: int, rows: int) -> None:
        """How much of the screen it may take."""
        if (columns, rows) != self._room:
            self._room = (columns, rows)
            self._redraw()

    def _drawn_mode(self) -> Mode:
        matrix, finest = self._matrix, Mode.FINE
        if matrix is None or not self._may_be_finer or fit(matrix, self.mode, *self._room):
            return self.mode
        return finest if fit(matrix, finest, *self._room) else self.mode

    def _redraw(self) -> None:
        if self._matrix is None or self._room == (0, 0):
            return
        mode = self._drawn_mode()
        framed = fit(self._matrix, mode, *self._room)
        self.set_class(framed is None, "-too-small")
        if framed is not None:
            self.update(draw(framed, mode))
        else:
            self.update(Content(self._too_small(self._matrix)))

    def _too_small(self, matrix: Matrix) -> str:
        columns, rows = size(with_quiet_zone(matrix, QUIET_ZONES[-1]), self.mode)
        ways = [*self._ways]
        if self.mode is not Mode.FINE and fit(matrix, Mode.FINE, *self._room):
            ways.append(
                f"press {{{self._place}.qr_mode}} to draw it finer (then check that it scans)"
            )
        *first, last = ways
        one_of = f"{', '.join(first)}, or {last}." if first else f"{last}."
        return (
            f"Drawn in {self.mode.title} this code needs {columns} columns and {rows} rows; "
            f"here are {self._room[0]} and {self._room[1]}.\n\n"
            f"{one_of[0].upper()}{one_of[1:]}"
        )
