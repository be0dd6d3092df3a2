"""Writes the user's `config.toml`: one setting at a time, all else as it was, comments too.

What is written is read back by another parser and must say what was said before, and that one
thing; else the file is left alone. So is a file that is no TOML: it can be kept aside, and a new
one begun.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lnwallet_tui.ui.config import FILE, replace

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Name = tuple[str, ...]
"""Where a setting stands: its tables, then its key."""

_NO_TOML: Final = f"{FILE} was left as it is: it is no TOML."
_MOST_ASIDE: Final = 1_000


def put(folder: Path, name: Name, value: str) -> str:
    """Write a setting; a sentence where that is not possible."""
    return _change(folder, lambda fields: _put(fields, name, value))


def take_away(folder: Path, name: Name) -> str:
    """Take a setting out, so that what we have otherwise counts; a sentence as above."""
    return _change(folder, lambda fields: _take_away(fields, name))


def keep_aside(folder: Path) -> str:
    """Give the file another name; the one that it has now, or a sentence that ends with a full
    stop."""
    path = (folder / FILE).resolve()
    try:
        for number in range(1, _MOST_ASIDE):
            aside = path.with_name(f"{FILE}.broken-{number}")
            if not aside.exists():
                path.rename(aside)
                return aside.name
    except OSError as error:
        return f"{FILE} cannot be renamed: {error.strerror}."
    return f"{FILE} was left as it is: there are {_MOST_ASIDE:,} files beside it."


def _change(folder: Path, change: Callable[[Any], None]) -> str:
    path = (folder / FILE).resolve()  # a link to it stays a link
    try:
        text = path.read_bytes().decode() if path.exists() else ""
        wanted = tomllib.loads(text)
        change(wanted)
        changed = _changed(text, change)
        if tomllib.loads(changed) != wanted:
            return f"{FILE} was left as it is: what stands there could not be kept."
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(path, changed)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return _NO_TOML
    except _NotThere as error:
        return f"{FILE} was left as it is: {error}."
    except OSError as error:
        return f"{FILE} cannot be written: {error.strerror}."
    return ""


def _changed(text: str, change: Callable[[Any], None]) -> str:
    """The text after the change, by a parser that keeps how it is written."""
    import tomlkit  # only to write: most runs change nothing
    from tomlkit.exceptions import TOMLKitError

    try:
        document: TOMLDocument = tomlkit.parse(text)
        change(document)
        return tomlkit.dumps(document)
    except TOMLKitError as error:
        raise _NotThere("it is written in a way that is not understood") from error


class _NotThere(Exception):
    """Something else stands where a table should be."""


def _put(fields: Any, name: Name, value: str) -> None:
    table = fields
    for part in name[:-1]:
        if part not in table:
            table[part] = {}
        table = table[part]
        if not isinstance(table, dict):
            raise _NotThere(f'"{part}" is no table')
    table[name[-1]] = value


def _take_away(fields: Any, name: Name) -> None:
    table = fields
    for part in name[:-1]:
        table = table.get(part, {})
        if not isinstance(table, dict):
            raise _NotThere(f'"{part}" is no table')
    table.pop(name[-1], None)
