"""Passphrases and words, from wherever they are given: a file, a descriptor, a terminal. Never from
the command line, where every process of the machine could read them."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import Final

from lnwallet_tui.api.custody import Hidden

_MOST_BYTES: Final = 64 * 1024


class NotGiven(Exception):
    """Nothing could be read. The message is a plain sentence; `code` is stable."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.remedy = code, remedy


def given(options: argparse.Namespace) -> Hidden | None:
    """The passphrase of `--passphrase-file` or `--passphrase-fd`; None where neither was named.
    Raises `NotGiven`."""
    path: Path | None = options.passphrase_file
    descriptor: int | None = options.passphrase_fd
    if path is None and descriptor is None:
        return None
    try:
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC) if path is not None else descriptor
        assert source is not None
        with os.fdopen(source, "rb") as file:
            text = file.read(_MOST_BYTES).decode()
    except (OSError, UnicodeDecodeError) as error:
        where = path if path is not None else f"descriptor {descriptor}"
        reason = getattr(error, "strerror", None) or "it is no text"
        raise NotGiven(
            "no_passphrase",
            f"The passphrase cannot be read from {where} ({reason}).",
            "Name a file that you may read, with the passphrase as its first line.",
        ) from None
    return Hidden(text.partition("\n")[0].removesuffix("\r"))


def asked(prompt: str) -> Hidden:
    """What somebody types at the terminal, unseen."""
    return Hidden(_typed(prompt))


def asked_twice(prompt: str) -> Hidden:
    """The same for a new one. Raises `NotGiven` where the two differ."""
    first = _typed(prompt)
    if _typed("Once more: ") != first:
        raise NotGiven("passphrase_differs", "The two are not the same.", "Type it again, slowly.")
    return Hidden(first)


def words() -> tuple[Hidden, ...]:
    """The words of a wallet: typed unseen at a terminal, else all that comes in."""
    if sys.stdin.isatty():
        text = _typed("The 12 or 24 words of the wallet, blanks between: ")
    else:
        text = sys.stdin.read(_MOST_BYTES)
    return tuple(map(Hidden, text.split()))


def can_ask() -> bool:
    """Whether somebody sits at a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _typed(prompt: str) -> str:
    try:
        return getpass.getpass(prompt, stream=sys.stderr)
    except EOFError:
        return ""
