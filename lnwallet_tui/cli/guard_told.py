"""What a guard on a terminal asks for, and how it tells what happens: a line each."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from contextlib import suppress
from queue import SimpleQueue

from lnwallet_tui.api.custody import Hidden
from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.cli import passphrases, told
from lnwallet_tui.cli.passphrases import NotGiven


def guards_passphrase(options: argparse.Namespace, *, new: bool = False) -> Hidden:
    """Raises `NotGiven`."""
    given = passphrases.given(options)
    if given is not None:
        return given
    if not passphrases.can_ask():
        raise NotGiven(
            "no_passphrase",
            "The guard's passphrase is not given.",
            "Name a file with --passphrase-file, or start it at a terminal.",
        )
    if new:
        return passphrases.asked_twice("A passphrase for the guard, not the wallet's: ")
    return passphrases.asked("The guard's passphrase: ")


class Teller:
    """Who reads slowly, or not at all, holds up a thread that nobody waits for, never the guard."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._lines = SimpleQueue[str]()
        threading.Thread(target=_tell, args=(self._lines,), name="telling", daemon=True).start()

    def line(self, kind: str, text: str, **more: object) -> None:
        """One thing that happened."""
        fact = {"type": kind, "text": text, **more}
        self._lines.put(f"{json.dumps(fact)}\n" if self._as_json else told.said(text, sys.stdout))

    def did(self, entry: GuardEntry) -> None:
        """Something that the guard noted."""
        self.line("GuardActed", entry.text, height=entry.height, txid=entry.txid)


def _tell(lines: SimpleQueue[str]) -> None:
    with suppress(OSError):
        while True:
            sys.stdout.write(lines.get())
            sys.stdout.flush()
