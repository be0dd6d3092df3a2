"""Starts a wallet's node as a process of its own, which no screen takes along when it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from lnwallet_tui.bitcoin.network import Network

_COMPLAINTS: Final = "start.log"


class NotStarted(Exception):
    """The node did not begin. The message is a plain sentence, `remedy` what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def start_node(folder: Path, network: Network, options: Sequence[str] = ()) -> None:
    """Returns when it can be asked. Waits for it: not on an event loop. Raises `NotStarted`."""
    logs = folder / "logs"
    command = [sys.executable, "-m", "lnwallet_tui", "node", "--json", "--detached"]
    try:
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (logs / _COMPLAINTS).open("wb") as complaints:
            node = subprocess.Popen(  # noqa: S603  # ourselves
                [*command, "--datadir", str(folder), "--network", network.value, *options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd=folder,
                start_new_session=True,  # no terminal that is shut, and no ctrl+c, reaches it
            )
    except OSError as error:
        raise NotStarted(
            f"The node cannot be started ({error.strerror}).", "See that the folder is yours."
        ) from error
    assert node.stdout is not None
    with node.stdout:
        first = node.stdout.readline()
    told: dict[str, Any] = json.loads(first) if first else {}
    if told.get("type") == "Started":
        return
    node.wait()
    problem = told.get("error") or {}
    raise NotStarted(
        problem.get("message") or f"The node ended at once; {logs / _COMPLAINTS} says more.",
        problem.get("remedy") or "Start it by itself to see why: lnwallet-tui node",
    )
