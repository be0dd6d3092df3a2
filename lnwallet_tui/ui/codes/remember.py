"""Writes into the user's settings how codes are drawn in a terminal; nothing else there changes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lnwallet_tui.ui.config import FILE, replace

_TABLE: Final = re.compile(r"\s*\[")
_OURS: Final = re.compile(r"\s*\[\s*codes\s*\]\s*(#.*)?$")


def drawing(folder: Path, terminal: str, mode: str) -> str:
    """Keep `mode` for `terminal`; a sentence where that is not possible."""
    path = (folder / FILE).resolve()  # a link to it stays a link
    try:
        text = path.read_bytes().decode() if path.exists() else ""
        before = tomllib.loads(text)
        changed = _with_drawing(text, terminal, mode)
        if not _is_meant(changed, before, terminal, mode):
            return f"{FILE} was left as it is: its table [codes] is not understood."
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(path, changed)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return f"{FILE} was left as it is: it is no TOML."
    except OSError as error:
        return f"{FILE} cannot be written: {error.strerror}."
    return ""


def _is_meant(changed: str, before: Mapping[str, object], terminal: str, mode: str) -> bool:
    """Whether the changed text says what was said before, and that."""
    codes = before.get("codes", {})
    try:
        after = tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        return False
    return isinstance(codes, dict) and after == {**before, "codes": {**codes, terminal: mode}}


def _with_drawing(text: str, terminal: str, mode: str) -> str:
    """The text with that line in its table, everything else as it was."""
    lines = text.splitlines(keepends=True)
    line = f'{terminal} = "{mode}"\n'
    tables = [index for index, one in enumerate(lines) if _OURS.match(one)]
    if not tables:
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}[codes]\n{line}"
    begin = tables[0] + 1
    sets = re.compile(rf"""(\s*["']?{re.escape(terminal)}["']?\s*=\s*)("[^"]*"|'[^']*')""")
    for index in range(begin, len(lines)):
        if _TABLE.match(lines[index]):
            break
        if found := sets.match(lines[index]):
            lines[index] = f'{found[1]}"{mode}"{lines[index][found.end() :]}'
            return "".join(lines)
    if not lines[begin - 1].endswith("\n"):
        lines[begin - 1] += "\n"
    return "".join([*lines[:begin], line, *lines[begin:]])
