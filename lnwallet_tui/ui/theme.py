"""Themes from TOML files. A bad file is a notice with file and key, never a crash.

A file holds the fields of Textual's `Theme` (`name`, `dark`, `primary`, …), `[variables]` for
Textual's own variables and `[lnwallet]` for the colours that only this wallet has. Folders are
searched in order and the last theme of a name wins, so a user's own replaces ours.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual.color import Color, ColorParseError
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
_TABLES: Final = ("variables", "lnwallet")


class ThemeError(ValueError):
    """What is wrong with a theme file; the message names the key."""


@dataclass(frozen=True, slots=True)
class Themes:
    """What was found, and a notice for each file that could not be used."""

    themes: tuple[Theme, ...]
    notices: tuple[Notice, ...]


def shipped_folder() -> Path:
    """Where our own themes are: in the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def load(folders: Iterable[Path]) -> Themes:
    """All themes of `folders`; a folder that is not there is empty."""
    found: dict[str, Theme] = {}
    notices: list[Notice] = []
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        try:
            theme = parse(path.read_text(encoding="utf-8"))
        except (ThemeError, OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            notices.append(_notice(path, error))
        else:
            found[theme.name] = theme
    return Themes(tuple(found.values()), tuple(notices))


def parse(text: str) -> Theme:
    """The theme in a TOML text. Raises `ThemeError`, or `tomllib.TOMLDecodeError`."""
    fields = tomllib.loads(text)
    _only_known(fields, ("name", "dark", *COLOURS, *_TABLES))
    name = _text(fields, "name")
    dark = fields.get("dark", True)
    if not isinstance(dark, bool):
        raise ThemeError('"dark" is true or false')
    if "primary" not in fields:
        raise ThemeError('"primary" is missing')
    colours = {key: _colour(fields, key) for key in COLOURS if key in fields}
    return Theme(name=name, dark=dark, variables=_variables(fields), **colours)  # type: ignore[arg-type]  # the keys are COLOURS, all of them texts


def _variables(fields: Mapping[str, object]) -> dict[str, str]:
    variables, ours = (_table(fields, key) for key in _TABLES)
    _only_known(ours, tuple(OURS), "lnwallet.")
    texts = {key: _text(variables, key, "variables.") for key in variables}
    return texts | {f"lnwallet-{key}": _colour(ours, key, "lnwallet.") for key in ours}


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


def _colour(fields: Mapping[str, object], key: str, prefix: str = "") -> str:
    value = _text(fields, key, prefix)
    try:
        Color.parse(value)
    except ColorParseError:
        raise ThemeError(f'"{prefix}{key}" is not a colour: write it as "#rrggbb"') from None
    return value


def _notice(path: Path, error: Exception) -> Notice:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return Notice(
        text=f"The theme file {path.name} was not used: {reason}.",
        remedy=f"Mend or remove it in {path.parent}.",
    )
