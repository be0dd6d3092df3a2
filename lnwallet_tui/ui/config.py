"""The user's settings of the screen: `config.toml` in a folder of theirs.

    theme = "paper"

    [keys.channels]
    close_channel = "ctrl+x"

    [codes]                     # how QR codes are drawn, by terminal
    kitty = "fine"

What is wrong in it is told with file, line and key and with what is allowed; the rest counts. The
program changes one line of it (`settings_file`), when that is chosen on the screen, and leaves the
others alone.
"""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lnwallet_tui.api.events import Notice
from lnwallet_tui.ui import keymap

FILE: Final = "config.toml"
DRAWINGS: Final = ("fine", "half", "full")
"""The ways to draw a code, as the table [codes] names them."""
_ALLOWED: Final = 'allowed: "theme" and the tables [keys.PLACE] and [codes]'
_TABLE: Final = re.compile(r"\s*\[+\s*([^\]]+?)\s*\]")
_KEY: Final = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"))*)\s*=""")


@dataclass(frozen=True, slots=True)
class Config:
    """What the file says. An empty `theme` is none; `theme_line` says where it stands, `lines`
    where everything does. One that is `broken` is no TOML: nothing in it counts."""

    theme: str = ""
    theme_line: int = 0
    keys: keymap.Keymap = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    broken: bool = False


def read(folder: Path) -> Config:
    """The settings in `folder`; a file that is not there says nothing."""
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
        fields = tomllib.loads(text)
    except FileNotFoundError:
        return Config()
    except tomllib.TOMLDecodeError as error:
        words = f"is no TOML, so nothing in it counts: {error}"
        return Config(notices=(_notice(path, words),), broken=True)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        broken = isinstance(error, UnicodeDecodeError)
        return Config(notices=(_notice(path, f"cannot be read: {reason}"),), broken=broken)
    return _checked(path, text, fields)


def _checked(path: Path, text: str, fields: Mapping[str, object]) -> Config:
    lines: dict[str, int] = {}
    for key, number in _lines(text):
        lines.setdefault(key, number)
    wrong = [
        (lines.get(key, 0), f'there is no key "{key}"; {_ALLOWED}')
        for key in fields
        if key not in ("theme", "keys", "codes")
    ]
    theme, line = fields.get("theme", ""), lines.get("theme", 0)
    if not isinstance(theme, str):
        wrong.append((line, '"theme" is the name of a theme in quotes'))
        theme = ""
    tables = fields.get("keys", {})
    if not isinstance(tables, dict):
        wrong.append((lines.get("keys", 0), '"keys" is a table: [keys.PLACE]'))
        tables = {}
    keys, errors = keymap.check(tables)
    for error in errors:
        name = ".".join(part for part in ("keys", error.place, error.name) if part)
        wrong.append((lines.get(name, 0), f'"{name}" {error}'))
    codes, errors_of_codes = _codes(fields)
    wrong += [(lines.get(name, 0), words) for name, words in errors_of_codes]
    notices = tuple(_notice(path, words, line) for line, words in sorted(wrong))
    return Config(theme, line, keys, codes, notices, lines)


def _codes(fields: Mapping[str, object]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """What of the table [codes] can be used, and what is wrong with the rest."""
    table = fields.get("codes", {})
    if not isinstance(table, dict):
        return {}, [("codes", '"codes" is a table: [codes]')]
    good = {name: value for name, value in table.items() if value in DRAWINGS}
    allowed = ", ".join(f'"{one}"' for one in DRAWINGS)
    wrong = [
        (f"codes.{name}", f'"codes.{name}" is one of {allowed}')
        for name in table
        if name not in good
    ]
    return good, wrong


def unknown_theme(folder: Path, config: Config, known: list[str]) -> Notice:
    """The sentence for a theme that there is not."""
    words = f'there is no theme "{config.theme[:40]}"; there are: {", ".join(known)}'
    return _notice(folder / FILE, words, config.theme_line)


def replace(path: Path, text: str) -> None:
    """All of the new file or all of the old one, also if the program or the power ends meanwhile. A
    new one is its owner's only."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            if path.exists():
                os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
            os.fsync(file.fileno())
        Path(draft).replace(path)
        _sync(path.parent)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """The new name of a file is durable, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """Keys and tables with the number of the line where they are set."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _TABLE.match(line):
            table = _plain(found[1])
            yield table, number
        elif found := _KEY.match(line):
            parts = _plain(f"{table}.{found[1]}" if table else found[1]).split(".")
            for length in range(1, len(parts) + 1):
                yield ".".join(parts[:length]), number


def _plain(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in key.split("."))


def _notice(path: Path, words: str, line: int = 0) -> Notice:
    where = f"{path.name}, line {line}" if line else path.name
    verb = " " if words.startswith(("is ", "cannot ")) else ": "
    shown = "".join(one if one.isprintable() else "�" for one in words)
    return Notice(text=f"{where}{verb}{shown}.", remedy=f"Mend {path}.")
