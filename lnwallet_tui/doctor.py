"""`lnwallet-tui doctor`: what this machine offers the wallet, with a remedy for each lack."""

from __future__ import annotations

import asyncio
import locale
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from textwrap import wrap
from typing import Final, TextIO

import platformdirs

from lnwallet_tui import desktop
from lnwallet_tui.keys import custody_errors, keyring_vault

# Those that touch money or draw the screen; their names are those of the distributions.
_PACKAGES: Final = ("coincurve", "cryptography", "msgspec", "mnemonic", "bech32", "textual", "rich")
_OLDEST_PYTHON, _TOO_NEW_PYTHON = (3, 11), (3, 14)
_OLDEST_SQLITE: Final = (3, 37, 0)  # STRICT tables
_LEAST_COLUMNS, _LEAST_LINES = 80, 24
_STREAMS: Final = ("input", "output", "error output")
_WIDTH: Final = 79
_INDENT: Final = " " * 16
_ARROW: Final = f"{_INDENT[:-3]}-> "


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy` is empty where nothing has to be done, `command` is
    what to paste for it.

    `needed` is false for what the playground can do without.
    """

    subject: str
    found: str
    remedy: str = ""
    command: str = ""
    needed: bool = True


def run() -> int:
    """Print everything; 0 if nothing that is needed is missing, else 1."""
    findings = examine(os.environ)
    sys.stdout.write("".join(f"{line}\n" for line in report(findings)))
    return int(any(finding.remedy and finding.needed for finding in findings))


def examine(environment: Mapping[str, str]) -> list[Finding]:
    """All findings, in the order in which they are shown."""
    size = shutil.get_terminal_size()
    return [
        Finding("lnwallet-tui", version("lnwallet-tui")),
        python(sys.version_info[:3]),
        sqlite(sqlite3.sqlite_version_info),
        *(package(name) for name in _PACKAGES),
        engine(),
        keyring(),
        notices(),
        terminal(environment, is_terminal=sys.stdout.isatty()),
        terminal_size(size.columns, size.lines),
        characters(locale.getpreferredencoding(do_setlocale=False), charset(environment)),
        settings(platformdirs.user_config_path("lnwallet-tui", appauthor=False)),
        Finding("wallets", platformdirs.user_data_dir("lnwallet-tui")),
    ]


def report(findings: Iterable[Finding]) -> list[str]:
    """The lines to print: what was found, and what to do below it."""
    lines: list[str] = []
    for finding in findings:
        mark = "!" if finding.remedy else " "
        lines.append(f"{mark} {finding.subject:<14}{finding.found}")
        if finding.remedy:
            lines += wrap(finding.remedy, _WIDTH, initial_indent=_ARROW, subsequent_indent=_INDENT)
        if finding.command:
            lines.append(finding.command)  # at the margin and never broken: it is to be pasted
    return lines


def python(running: tuple[int, ...]) -> Finding:
    """The interpreter; coincurve and the consensus engine exist for some versions only."""
    words = f"{platform.python_implementation()} {'.'.join(map(str, running))}"
    if _OLDEST_PYTHON <= running < _TOO_NEW_PYTHON:
        return Finding("Python", words)
    return Finding("Python", words, "Install Python 3.11, 3.12 or 3.13 and make a new environment.")


def sqlite(running: tuple[int, int, int]) -> Finding:
    """The database that Python brings along."""
    words = ".".join(map(str, running))
    if running >= _OLDEST_SQLITE:
        return Finding("SQLite", words)
    return Finding("SQLite", words, "Use a Python that brings SQLite 3.37 or newer.")


def package(name: str) -> Finding:
    """A package that the wallet stands on: there, and able to start."""
    try:
        import_module(name)
        return Finding(name, version(name))
    except (ImportError, PackageNotFoundError):
        install = f"{sys.executable} -m pip install --force-reinstall {name}"
        return Finding(name, "missing or broken", "Run:", install)


def engine() -> Finding:
    """Bitcoin Core's consensus engine; only the playground needs it."""
    try:
        import_module("pbk")
    except ImportError:
        install = f"{sys.executable} -m pip install 'lnwallet-tui[play]'"
        return Finding("playground", "no consensus engine", "Run:", install)
    return Finding("playground", f"consensus engine {version('py-bitcoinkernel')}")


def terminal(environment: Mapping[str, str], *, is_terminal: bool) -> Finding:
    """Whether there is a screen, and how many colours it has."""
    name = environment.get("TERM", "")
    if not is_terminal:
        return Finding("terminal", "the output is not a terminal (that is fine for a script)")
    if name in ("", "dumb"):
        remedy = "Set TERM to what your terminal is, for example: export TERM=xterm-256color"
        return Finding("terminal", f"TERM is {name!r}: no screen can be drawn", remedy)
    return Finding("terminal", f"{name}, {_colours(name, environment)}")


def screen(environment: Mapping[str, str], streams: Iterable[TextIO | None]) -> Finding:
    """Whether the wallet's screen can be drawn, to `streams`: input, output and error output.

    One that is too small is not looked at: the screen itself says so, and it can be enlarged.
    """
    elsewhere = [
        name
        for name, stream in zip(_STREAMS, streams, strict=True)
        if stream is None or not stream.isatty()
    ]
    if elsewhere:
        none = f"{elsewhere[0]} is none" if len(elsewhere) == 1 else f"{_and(elsewhere)} are none"
        words = f"The screen needs a terminal, and its {none}"
        return Finding("screen", words, "Start it in a terminal, without < > 2> or |.")
    named = terminal(environment, is_terminal=True)
    return named if named.remedy else characters(sys.stderr.encoding, charset(environment))


def _and(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def charset(environment: Mapping[str, str]) -> str:
    """What the locale names as the terminal's characters; empty where it names none.

    Python passes over a locale that is not installed, and would write UTF-8 all the same.
    """
    names = (environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale_name = next((name for name in names if name), "")
    return locale_name.partition(".")[2].partition("@")[0]


def _colours(name: str, environment: Mapping[str, str]) -> str:
    if environment.get("NO_COLOR"):
        return "no colours, as NO_COLOR asks"
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in name else "16 colours"


def terminal_size(columns: int, lines: int) -> Finding:
    """Whether every screen fits."""
    words = f"{columns} columns, {lines} lines"
    if columns >= _LEAST_COLUMNS and lines >= _LEAST_LINES:
        return Finding("size", words)
    return Finding("size", words, f"Enlarge it to {_LEAST_COLUMNS}x{_LEAST_LINES} or more.")


def characters(*encodings: str) -> Finding:
    """Whether boxes and QR codes can be drawn; an empty encoding says nothing."""
    for encoding in filter(None, encodings):
        if encoding.lower().replace("-", "") != "utf8":
            words = f"{encoding} has no boxes and no QR codes"
            return Finding("characters", words, "Use a UTF-8 locale: export LC_ALL=C.UTF-8")
    return Finding("characters", "UTF-8")


def settings(folder: Path) -> Finding:
    """The user's own settings and themes, and what in them is not understood."""
    try:
        from lnwallet_tui.ui import config, theme
    except ImportError:  # which package it is has its own line
        return Finding("settings", str(folder), needed=False)
    wrong = (*config.read(folder).notices, *theme.load([folder / "themes"]).notices)
    remedy = " ".join(f"{one.text} {one.remedy}" for one in wrong)
    return Finding("settings", str(folder), remedy, needed=False)


def keyring() -> Finding:
    """Where a wallet's words would be kept; the playground does not need it."""
    backend = keyring_vault.find_backend()
    if backend is not None:
        return Finding("keyring", backend.name)
    missing = custody_errors.NoUsableKeyring()
    return Finding("keyring", str(missing), missing.remedy, needed=False)


def notices() -> Finding:
    """Whether a desktop would remind of a date; a calendar can, too."""
    shown = asyncio.run(desktop.can_show())
    words = "the desktop shows them" if shown else "no desktop here shows them"
    return Finding("notices", words, needed=False)
