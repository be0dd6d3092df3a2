"""What the camera sees, in half blocks: two pixels a cell."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from textual.content import Content
from textual.widgets import Static

from lnwallet_tui.ui.scan.camera import Preview

WIDE, HIGH = 44, 34
"""Pixels: about 4 to 3, and it fits into 80 by 24."""
_STEP: Final = 17  # of 256 greys sixteen are shown


class Mirror(Static):
    """Redrawn with every frame."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  # Textual's word
        super().__init__(Content(), id=id, markup=False)

    def show(self, preview: Preview) -> None:
        """Draw this one."""
        self.update(drawn(preview))


def drawn(preview: Preview) -> Content:
    """The cells, line by line; neighbours that look the same are one piece."""
    wide, pixels = preview.wide, preview.pixels
    lines = []
    for top in range(0, preview.high - 1, 2):
        upper = pixels[top * wide : (top + 1) * wide]
        lower = pixels[(top + 1) * wide : (top + 2) * wide]
        cells = zip(map(_grey, upper), map(_grey, lower), strict=True)
        pieces = [("▄" * len(list(same)), f"{low} on {up}") for (up, low), same in groupby(cells)]
        lines.append(Content.assemble(*pieces))
    return Content("\n").join(lines)


def _grey(pixel: int) -> str:
    return f"#{pixel // _STEP * _STEP:02x}" + f"{pixel // _STEP * _STEP:02x}" * 2
