"""A terminal that others wrote (tmux): real key presses go in, and what it would show comes out."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.pseudo_terminal import OF_ANOTHER

PATIENCE: Final = 120
"""Seconds after which a program that does not show something is called stuck."""
_LOOK_AGAIN: Final = 0.05
_STOOD, _UNMOVED = 3, 20
"""Looks for which a new picture stands there before it counts, and an old one that a key was to
change."""


def missing() -> str:
    """Why there is none; empty where it is there."""
    return "" if shutil.which("tmux") else "needs tmux, which is not installed"


def _environment() -> dict[str, str]:
    """Ours, without the size of whatever terminal the tests are watched in."""
    return {name: value for name, value in os.environ.items() if name not in OF_ANOTHER}


class Tmux:
    """One window with one program, on a server of its own that ends with it."""

    def __init__(self, folder: Path, command: str, columns: int = 80, lines: int = 24) -> None:
        self._columns = columns
        self._tmux = ["tmux", "-S", str(folder / "socket"), "-f", "/dev/null"]
        size = ["-x", str(columns), "-y", str(lines)]
        kept = ["set", "-g", "remain-on-exit", "on"]
        self._code = folder / "exit-code"
        told = f"{command}; printf %s $? > {shlex.quote(str(self._code))}"
        self._run([*kept, ";", "new-session", "-d", *size, told])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)

    def _run(self, words: Sequence[str]) -> str:
        done = subprocess.run(
            [*self._tmux, *words], check=True, capture_output=True, text=True, env=_environment()
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Keys by the names that tmux has for them: `Enter`, `F5`, `C-p`; each once the window has
        come to rest after the one before."""
        for key in keys:
            before = self.text
            self._run(["send-keys", key])
            self._rest(before)

    def type(self, text: str) -> None:
        """Letter by letter, whatever they would mean as names of keys."""
        self._run(["send-keys", "-l", text])

    def fill(self, text: str) -> None:
        """Type into a field, once one has the focus: then the footer has another key for help."""
        self.shows("f1 Help")
        self.type(text)
        self.shows(f" {text} ")
        self._rest("")

    @property
    def text(self) -> str:
        """What stands in the window."""
        return self._run(["capture-pane", "-p"])

    @property
    def seen(self) -> str:
        """The same without frames and ends of lines."""
        return " ".join(self.text.replace("│", " ").split())

    def shows(self, *words: str) -> None:
        """All of that, sooner or later."""
        until = time.monotonic() + PATIENCE
        for part in words:
            while part not in self.seen:
                if time.monotonic() > until:
                    raise AssertionError(f"{part!r} is not in the window:\n{self.text}")
                time.sleep(_LOOK_AGAIN)

    def until(self, key: str, *words: str, most: int = 12, named: str = "") -> None:
        """Press this key until that stands there. It is named on the screen, but while its work is
        done; as `named`, if it has another work then."""
        for _ in range(most):
            if all(part in self.seen for part in words):
                return
            self.press(key)
            self.shows(named or f"{key} ")
        self.shows(*words)

    def _rest(self, before: str) -> None:
        """Until something else has stood in the window for a moment, or nothing else comes."""
        now, stood = before, 0
        while stood < (_UNMOVED if now == before else _STOOD):
            time.sleep(_LOOK_AGAIN)
            last, now = now, self.text
            stood = stood + 1 if now == last else 0

    def ended(self) -> int:
        """The program's exit code, once it has ended, as the shell in the window has heard it.

        tmux itself sometimes never asks for it: the program then stays a zombie of the window's.
        """
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self._code.is_file() and (code := self._code.read_text()):
                return int(code)
            time.sleep(_LOOK_AGAIN)
        raise AssertionError(f"it goes on:\n{self.text}")
