"""Terminals as a desktop starts them, 80 by 24 unless said: which programs, and how."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.ui.terminals.display import Display

Words = Sequence[str]
Run = Callable[[Words, int, int, Path], Words]
_FONT: Final = "DejaVu Sans Mono"
_OF_TERMINALS: Final = (
    "KITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "LINES",
    "COLUMNS",
    "NO_COLOR",
    "STY",
    "TERM",
    "TERM_PROGRAM",
    "TMUX",
    "VTE_VERSION",
    "WAYLAND_DISPLAY",
    "WT_SESSION",
    "XTERM_VERSION",
)
"""What the terminal in which the tests run says of itself; nobody in ours shall believe it."""


@dataclass(frozen=True)
class Emulator:
    """`run` makes the line that runs a command in it, in so many columns and rows."""

    name: str
    programs: tuple[str, ...]
    run: Run


def _vte(command: Words, columns: int, rows: int, _: Path) -> Words:
    size = f"--geometry={columns}x{rows}"
    return ["lxterminal", "--no-remote", size, "-e", shlex.join(command)]


def _kitty(command: Words, columns: int, rows: int, _: Path) -> Words:
    options = (
        "remember_window_size=no",
        f"initial_window_width={columns}c",
        f"initial_window_height={rows}c",
    )
    return ["kitty", "-c", "NONE", *(word for one in options for word in ("-o", one)), *command]


def _xterm(command: Words, columns: int, rows: int, _: Path) -> Words:
    return ["xterm", "-geometry", f"{columns}x{rows}", "-fa", _FONT, "-fs", "8", "-e", *command]


def _in_tmux(outer: Run) -> Run:
    """Without a line of its own, so that the program has all rows."""

    def run(command: Words, columns: int, rows: int, folder: Path) -> Words:
        settings = folder / "tmux.conf"
        settings.write_text("set -g status off\n")
        line = ["tmux", "-u", "-S", str(folder / "tmux"), "-f", str(settings), "new-session"]
        return outer([*line, shlex.join(command)], columns, rows, folder)

    return run


VTE: Final = Emulator("VTE", ("lxterminal",), _vte)
KITTY: Final = Emulator("kitty", ("kitty",), _kitty)
XTERM: Final = Emulator("xterm", ("xterm",), _xterm)
TMUX_IN_XTERM: Final = Emulator("tmux in xterm", ("xterm", "tmux"), _in_tmux(_xterm))
TMUX_IN_KITTY: Final = Emulator("tmux in kitty", ("kitty", "tmux"), _in_tmux(_kitty))


class Window:
    """A terminal with the wallet's Receive page in it."""

    def __init__(self, process: subprocess.Popen[bytes], note: Path) -> None:
        self._process, self._note = process, note

    @property
    def shown(self) -> str:
        """What the code on the page says; empty until it is there."""
        return self._note.read_text() if self._note.is_file() else ""

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None


@contextmanager
def opened(
    emulator: Emulator,
    display: Display,
    folder: Path,
    *keys: str,
    size: tuple[int, int] = (80, 24),
    path: str = "",
) -> Iterator[Window]:
    """The terminal, in which somebody presses these keys once the page shows its code; `path`
    comes first in what its programs find each other by."""
    note = folder / "note"
    page = [sys.executable, "-m", "tests.ui.terminals.page", str(note), *keys]
    with (folder / "terminal.log").open("wb") as log:
        process = subprocess.Popen(
            emulator.run(page, *size, folder),
            env=_environment(display, folder, path),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield Window(process, note)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
        if "tmux" in emulator.programs:
            command = ["tmux", "-S", str(folder / "tmux"), "kill-server"]
            subprocess.run(command, check=False, capture_output=True)


def _environment(display: Display, folder: Path, path: str) -> dict[str, str]:
    """A user who has set nothing."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    ours = {name: value for name, value in os.environ.items() if name not in _OF_TERMINALS}
    return {
        **ours,
        "DISPLAY": display.name,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_RUNTIME_DIR": str(runtime),
        "TMPDIR": str(folder),  # what is killed takes nothing away
        "LC_ALL": "C.UTF-8",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "NO_AT_BRIDGE": "1",
        "PATH": f"{path}:{ours['PATH']}" if path else ours["PATH"],
    }
