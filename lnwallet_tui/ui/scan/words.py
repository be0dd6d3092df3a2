"""What the page for scanning says."""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.widgets.option_list import Option

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.ui.widgets.words import MUTED

SOURCES: Final = {
    "screen": ("d", "The screen", "everything that is shown on it now"),
    "clipboard": ("b", "The clipboard", "a picture that you copied"),
    "camera": ("v", "The camera", "hold the code before it"),
    "file": ("e", "A file", "type its path below, or drop it on this window"),
}
"""By the command's name: its key, what it is called, and a remark."""
_CELLS: Final = 50
_KINDS: Final = {
    "lightning:": "Lightning",
    "ln": "Lightning",
    "bitcoin:": "Bitcoin",
    "bc1": "Bitcoin",
    "tb1": "Bitcoin",
    "bcrt1": "Bitcoin",
}


def source_rows() -> list[Option]:
    """Where codes can be read from."""
    return [
        Option(
            Content.assemble((f"{key}  ", MUTED), (what.ljust(16), "bold"), (remark, MUTED)), name
        )
        for name, (key, what, remark) in SOURCES.items()
    ]


def found_rows(codes: tuple[Untrusted, ...]) -> list[Option]:
    """Each code by its kind and its first words."""
    return [
        Option(
            Content.assemble((kind(code).ljust(11), MUTED), code.cells(_CELLS) or "(empty)"),
            str(number),
        )
        for number, code in enumerate(codes)
    ]


def heading(codes: tuple[Untrusted, ...]) -> str:
    """Above the rows of several codes."""
    return (
        f"{len(codes)} codes were found. Choose the one that you meant; anybody can put a second "
        "one beside the first. Nothing is paid before you have seen to whom."
    )


def kind(code: Untrusted) -> str:
    """By its beginning; what it is worth, Send finds out."""
    text = code.cells(_CELLS).lower()
    return next((name for begin, name in _KINDS.items() if text.startswith(begin)), "other")
