"""Which terminal this is, by what it tells in the environment, and what it can draw.

A terminal without a glyph for a sextant shows an empty cell and does not say so. Some draw them
themselves, whatever the font; of others that is known not to be so; of the rest nothing is known.
Programs between us and the terminal (tmux, screen) hide it: the variables of a terminal that are
set inside may be those of another one, in which they were started long ago.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


class Sextants(enum.Enum):
    """Whether the six parts of a cell can be drawn."""

    DRAWN = enum.auto()  # by the terminal itself
    PERHAPS = enum.auto()  # where its font, or its version, has them
    NOT_DRAWN = enum.auto()  # they are left to fonts, and the usual ones lack them


@dataclass(frozen=True, slots=True)
class Terminal:
    """`name` is what the user's settings call it."""

    name: str
    sextants: Sextants


TMUX: Final = "tmux"
_HIDES: Final = {"TMUX": TMUX, "STY": "screen", "ZELLIJ": "zellij"}
_BY_VARIABLE: Final = {
    "KITTY_WINDOW_ID": Terminal("kitty", Sextants.DRAWN),
    "VTE_VERSION": Terminal("vte", Sextants.DRAWN),
    "KONSOLE_VERSION": Terminal("konsole", Sextants.DRAWN),
    "WT_SESSION": Terminal("windows-terminal", Sextants.PERHAPS),  # itself only since 2026
}
_BY_PROGRAM: Final = {
    "wezterm": Sextants.DRAWN,
    "ghostty": Sextants.DRAWN,
    "apple-terminal": Sextants.NOT_DRAWN,
}
_BY_TERM: Final = {
    "foot": Sextants.DRAWN,
    "xterm-kitty": Sextants.DRAWN,
    "xterm-ghostty": Sextants.DRAWN,
    "linux": Sextants.NOT_DRAWN,
}
_FIRST_VTE: Final = 6200
"""The first release of VTE that is known to draw them: 0.62."""
_LONGEST_NAME: Final = 30


def terminal_of(environment: Mapping[str, str]) -> Terminal:
    """The terminal that these variables tell of."""
    term = _plain(environment.get("TERM", ""))
    hides = [name for variable, name in _HIDES.items() if environment.get(variable)]
    hides += [name for name in (TMUX, "screen") if term.startswith(name)]
    if hides:
        return Terminal(hides[0], Sextants.PERHAPS)
    found = _found(environment, term)
    if environment.get("XTERM_VERSION"):  # in xterm, or in another that was started from there
        certain = found.sextants is not Sextants.DRAWN
        return Terminal("xterm", Sextants.NOT_DRAWN if certain else Sextants.PERHAPS)
    return found


def _found(environment: Mapping[str, str], term: str) -> Terminal:
    for variable, terminal in _BY_VARIABLE.items():
        if value := environment.get(variable):
            old = variable == "VTE_VERSION" and not _is_at_least(value, _FIRST_VTE)
            return Terminal(terminal.name, Sextants.PERHAPS) if old else terminal
    if program := _plain(environment.get("TERM_PROGRAM", "")):
        return Terminal(program, _BY_PROGRAM.get(program, Sextants.PERHAPS))
    for name, sextants in _BY_TERM.items():
        if term == name or term.startswith(f"{name}-"):
            return Terminal(name, sextants)
    return Terminal(term or "unknown", Sextants.PERHAPS)


def _is_at_least(version: str, least: int) -> bool:
    return version.isdecimal() and len(version) < 9 and int(version) >= least


def _plain(name: str) -> str:
    """As a key of the settings: small letters, digits and hyphens."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_NAME]
