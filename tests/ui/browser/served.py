"""Serves the wallet's screen on 127.0.0.1, until it is terminated.

    python -m tests.ui.browser.served OUTSIDE

The port, whichever is free, is written to the file descriptor OUTSIDE.
"""

from __future__ import annotations

import os
import shlex
import socket
import sys
from pathlib import Path

from aiohttp import web
from textual_serve.server import Server

LOOPBACK = "127.0.0.1"
_WALLET = shlex.join([sys.executable, "-m", "tests.ui.browser.wallet"])


class Loopback(Server):
    """Textual's own server, which nobody but this machine reaches."""

    def __init__(self, port: int) -> None:
        pages = Path(__file__).parent / "pages"
        super().__init__(_WALLET, host=LOOPBACK, port=port, templates_path=pages)

    async def on_startup(self, app: web.Application) -> None:
        """Says nothing."""


def serve(outside: int) -> None:
    """Tell where it listens, and listen."""
    listening = socket.create_server((LOOPBACK, 0))
    port = listening.getsockname()[1]
    with os.fdopen(outside, "w") as told:
        told.write(f"{port}\n")
    web.run_app(Loopback(port)._make_app(), sock=listening, print=None)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
