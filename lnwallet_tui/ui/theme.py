"""Themes from TOML files. A bad file is a notice with file and key, never a crash.

A file holds the fields of Textual's `Theme` (`name`, `dark`, `ansi`, `primary`, …), `about` with a
few words by which it is found in lists, `[variables]` for Textual's own variables and `[lnwallet]`
for the colours that only this wallet has. A variable that a file leaves out follows from its
colours, so that a short file is a readable theme. Folders are searched in order and the last theme
of a name wins, so a user's own replaces ours.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from textual.color import Color, ColorParseError
from textual.css.constants import VALID_STYLE_FLAGS
from textual.theme import Theme

from lnwallet_tui.api.events import Notice

DEFAULT: Final = "night"
COLOURS: Final = (
    "primary",
    "secondary",
    "warning",
    "error",
    "success",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
)
OURS: Final = {"local": "#f2c14e", "remote": "#7c96b8", "muted": "#a0a0a0"}
"""The keys of `[lnwallet]` with what they are where a theme does not say."""
LONGEST_ABOUT: Final = 40
_TABLES: Final = ("variables", "lnwallet")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,29}")  # also a class of Textual's styles
_FLAGS: Final = ("dark", "ansi")
_FOLLOWS: Final = {
    "text": "foreground",
    "border": "primary",
    "button-foreground": "foreground",
    "footer-background": "surface",
    "footer-foreground": "foreground",
    "footer-key-foreground": "accent",
    "footer-description-foreground": "foreground",
    "input-cursor-background": "accent",
    "input-cursor-foreground": "background",
    "text-muted": "muted",
    "text-disabled": "muted",
    "foreground-muted": "muted",
    "scrollbar": "border-blurred",
    "scrollbar-hover": "primary",
    "scrollbar-active": "primary",
    "scrollbar-background": "background",
    "scrollbar-background-hover": "background",
    "scrollbar-background-active": "background",
    "scrollbar-corner-color": "background",
}
"""Which colour a variable of Textual's follows where a theme does not set it."""
_MISSING_IN_ANSI: Final = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "surface-active": "transparent",
    "foreground-disabled": "ansi_default",
}
"""What Textual's own styles refer to and its colour system for `ansi` leaves out."""


class ThemeError(ValueError):
    """What is wrong with a theme file; the message names the key."""


@dataclass
class WalletTheme(Theme):
    """A theme with what its file says of it in a few words, such as `high contrast`."""

    about: str = ""


@dataclass(frozen=True, slots=True)
class Themes:
    """What was found, and a notice for each file that could not be used."""

    themes: tuple[WalletTheme, ...]
    notices: tuple[Notice, ...]


def shipped_folder() -> Path:
    """Where our own themes are: in the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def load(folders: Iterable[Path]) -> Themes:
    """All themes of `folders`; a folder that is not there is empty."""
    found: dict[str, WalletTheme] = {}
    notices: list[Notice] = []
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        try:
            theme = parse(path.read_text(encoding="utf-8"))
        except (ThemeError, OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            notices.append(_notice(path, error))
        else:
            found[theme.name] = theme
    return Themes(tuple(found.values()), tuple(notices))


def parse(text: str) -> WalletTheme:
    """The theme in a TOML text. Raises `ThemeError`, or `tomllib.TOMLDecodeError`."""
    fields = tomllib.loads(text)
    _only_known(fields, ("name", "about", *_FLAGS, *COLOURS, *_TABLES))
    name = _text(fields, "name")
    if _NAME.fullmatch(name) is None:
        raise ThemeError('"name" has letters, digits, "-" and "_", at most 30 of them')
    about = _text(fields, "about") if "about" in fields else ""
    if len(about) > LONGEST_ABOUT or not about.isprintable():
        raise ThemeError(f'"about" is one line of at most {LONGEST_ABOUT} characters')
    dark, ansi = _flag(fields, "dark", otherwise=True), _flag(fields, "ansi", otherwise=False)
    if "primary" not in fields:
        raise ThemeError('"primary" is missing')
    colours: dict[str, str] = {}
    for key in COLOURS:
        if key in fields:
            colours[key] = _colour(fields, key, ansi=ansi)
    variables = _variables(fields, colours, ansi=ansi)
    return WalletTheme(
        name=name,
        dark=dark,
        ansi=ansi,
        variables=variables,
        about=about,
        **colours,  # type: ignore[arg-type]  # the keys are COLOURS, all of them texts
    )


def _variables(
    fields: Mapping[str, object], colours: Mapping[str, str], *, ansi: bool
) -> dict[str, str]:
    variables, ours = (_table(fields, key) for key in _TABLES)
    _only_known(ours, tuple(OURS), "lnwallet.")
    own = {key: _colour(ours, key, "lnwallet.", ansi=ansi) for key in ours}
    texts = {key: _variable(variables, key, ansi=ansi) for key in variables}
    known = {**colours, **own, **texts}
    following = {key: known[source] for key, source in _FOLLOWS.items() if source in known}
    missing = _MISSING_IN_ANSI if ansi else {}
    return missing | following | texts | {f"lnwallet-{key}": own[key] for key in own}


def _variable(variables: Mapping[str, object], key: str, *, ansi: bool) -> str:
    """A variable that Textual knows, with a value that its stylesheets can take."""
    if key not in _known_variables():
        raise ThemeError(f'there is no key "variables.{key}"')
    value = _text(variables, key, "variables.")
    if key.endswith("-style"):
        if not set(value.split()) <= VALID_STYLE_FLAGS:
            words = ", ".join(sorted(flag for flag in VALID_STYLE_FLAGS if len(flag) > 2))
            raise ThemeError(f'"variables.{key}" has only words of these: {words}')
        return value
    return value if value == "transparent" else _colour(variables, key, "variables.", ansi=ansi)


@cache
def _known_variables() -> frozenset[str]:
    named = Theme(name="", primary="#ffffff").to_color_system().generate()
    return frozenset((*named, *_MISSING_IN_ANSI))


def _flag(fields: Mapping[str, object], key: str, *, otherwise: bool) -> bool:
    value = fields.get(key, otherwise)
    if not isinstance(value, bool):
        raise ThemeError(f'"{key}" is true or false')
    return value


def _table(fields: Mapping[str, object], key: str) -> Mapping[str, object]:
    table = fields.get(key, {})
    if not isinstance(table, dict):
        raise ThemeError(f'"{key}" is a table')
    return table


def _only_known(fields: Mapping[str, object], known: tuple[str, ...], prefix: str = "") -> None:
    for key in fields:
        if key not in known:
            raise ThemeError(f'there is no key "{prefix}{key}"')


def _text(fields: Mapping[str, object], key: str, prefix: str = "") -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value:
        raise ThemeError(f'"{prefix}{key}" is a text in quotes')
    return value


def _colour(fields: Mapping[str, object], key: str, prefix: str = "", *, ansi: bool) -> str:
    value = _text(fields, key, prefix)
    try:
        colour = Color.parse(value)
    except ColorParseError:
        raise ThemeError(f'"{prefix}{key}" is not a colour: write it as "#rrggbb"') from None
    if ansi and colour.ansi is None:
        raise ThemeError(
            f'"{prefix}{key}" is none of the terminal\'s own colours, as "ansi_red" is'
        )
    if colour.ansi is not None and not ansi:
        raise ThemeError(f'"{prefix}{key}" is the terminal\'s own: that needs "ansi = true"')
    return value


def _notice(path: Path, error: Exception) -> Notice:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return Notice(
        text=f"The theme file {path.name} was not used: {reason}.",
        remedy=f"Mend or remove it in {path.parent}.",
    )
