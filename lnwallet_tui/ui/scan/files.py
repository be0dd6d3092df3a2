"""A path as a terminal pastes it: typed, copied, or of a file dropped on its window."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.ui.scan.answers import TOO_LARGE
from lnwallet_tui.ui.scan.reader import MOST_BYTES

_TYPES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
_LONGEST: Final = 4_096
_QUOTES: Final = "'\""


def path_in(text: str) -> str:
    """The path that was pasted, without the quotes, escapes or address that terminals add."""
    plain = text.strip()
    if len(plain) >= 2 and plain[0] in _QUOTES and plain[-1] == plain[0]:
        plain = plain[1:-1]
        if text.strip()[0] == "'":
            plain = plain.replace("'\\''", "'")  # how a shell quotes a quote
    elif not plain.lower().startswith("file:"):
        plain = _unescaped(plain)
    if plain.lower().startswith("file:"):
        return unquote(urlsplit(plain).path)
    return plain


def is_image_path(text: str) -> bool:
    """Whether that was meant, by its looks alone: nothing on the disk is touched."""
    path = path_in(text[: _LONGEST + 1])
    return (
        len(text) <= _LONGEST
        and path.isprintable()
        and path.lower().endswith(_TYPES)
        and not path.lower().startswith(("http:", "https:"))
    )


def contents(text: str) -> bytes | Refused:
    """What is in that file, if it is one that may be opened. Waits for the disk."""
    path = Path(path_in(text)).expanduser()
    try:
        # Without O_NONBLOCK a pipe of that name would keep us waiting for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no path"
        message = f"The file cannot be opened: {reason}."
        return Refused(RefusalCode.BAD_INPUT, message, "See that its path is whole and right.")
    try:
        return _read(handle)
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        return Refused(RefusalCode.DISK, message, "Try again, or another file.")
    finally:
        os.close(handle)


def _read(handle: int) -> bytes | Refused:
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        message = "This is a folder or a device, no file."
        return Refused(RefusalCode.BAD_INPUT, message, "Name the file of an image.")
    if found.st_size > MOST_BYTES:
        return TOO_LARGE
    with os.fdopen(handle, "rb", closefd=False) as file:
        return file.read(MOST_BYTES + 1)


def _unescaped(path: str) -> str:
    """Without the backslashes that some terminals put before blanks and brackets."""
    out, chars = [], iter(path)
    for char in chars:
        out.append(next(chars, "") if char == "\\" else char)
    return "".join(out)
