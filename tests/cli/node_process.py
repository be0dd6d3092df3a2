"""A wallet's node in a process of its own, as `lnwallet-tui node` starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class NodeProcess:
    """Runs until it is ended, at the latest where the block ends. Without a `folder`: no wallet's,
    as a guard with a bundle."""

    def __init__(
        self,
        folder: Path | None,
        *options: str | Path,
        keep_open: tuple[int, ...] = (),
        module: str = "lnwallet_tui",
        verb: str = "node",
    ) -> None:
        where = [] if folder is None else ["--datadir", str(folder)]
        command = [sys.executable, "-m", module, verb, "--json", *where]
        self.process = subprocess.Popen(
            [*command, *map(str, options)],
            env=os.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=keep_open,
        )

    def line(self) -> dict[str, Any]:
        """The next object that it prints."""
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        assert text, f"it ended: {self.end()}"
        told: dict[str, Any] = json.loads(text)
        return told

    def started(self) -> Self:
        """Wait until it can be asked."""
        told = self.line()
        assert told.get("type") == "Started", told
        return self

    def signal(self, number: signal.Signals) -> None:
        """As somebody else's `kill`."""
        self.process.send_signal(number)

    def end(self) -> tuple[int, str, str]:
        """Wait for it: exit code, what it printed since, what it complained of."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
