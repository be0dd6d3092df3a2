"""The service of a desktop that shows notices, in a process of its own: prints each as it comes.

    python -m tests.running.notices

It asks for the service's name on the session's bus and prints a line `ready`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from jeepney import MessageType, new_error, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from tests.keys.secret_service import Desktop
from tests.needed import expect_there

NAME = "org.freedesktop.Notifications"


class Notices:
    """A session of a desktop, which begins to show notices with `begin`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def begin(self) -> Self:
        """Another process takes the service's name."""
        command = [sys.executable, "-m", "tests.running.notices"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._line() == "ready"
        return self

    def shown(self) -> str:
        """The text of the next notice; waits for it."""
        told = json.loads(self._line())
        assert told["title"] == told["app"] == "lnwallet-tui"
        assert told["urgency"] == 2
        assert told["lasts_ms"] == 0
        return str(told["text"])

    def end(self) -> list[str]:
        """The lines that nobody asked for."""
        if self._process is None:
            return []
        self._process.terminate()
        left, _ = self._process.communicate()
        self._process = None
        return left.splitlines()

    def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def session(monkeypatch: pytest.MonkeyPatch, services: Path | None = None) -> Iterator[Notices]:
    """A real session bus, which is this process's for as long as it lasts. `services`: a folder of
    those that it starts when somebody asks for one."""
    is_there = shutil.which("dbus-daemon") is not None
    expect_there("" if is_there else "there is no session bus here (apt-get install dbus-daemon)")
    with tempfile.TemporaryDirectory(prefix="notices-") as folder:  # short: it names a socket
        desktop, notices = Desktop(Path(folder)), Notices()
        try:
            desktop.start_bus(services)
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", desktop.address)
            yield notices
        finally:
            notices.end()
            desktop.log_out()


def serve() -> None:
    """Until it is ended."""
    connection: Any = open_dbus_connection(os.environ["DBUS_SESSION_BUS_ADDRESS"])
    connection.send_and_get_reply(message_bus.RequestName(NAME))
    _print("ready")
    while True:
        call = connection.receive()
        if call.header.message_type is not MessageType.method_call:
            continue
        fields = {field.name: value for field, value in call.header.fields.items()}
        if (fields["interface"], fields["member"], fields["path"]) != (
            NAME,
            "Notify",
            "/org/freedesktop/Notifications",
        ):
            connection.send(new_error(call, "org.freedesktop.DBus.Error.UnknownMethod"))
            continue
        assert fields["signature"] == "susssasa{sv}i"
        app, _, _, title, text, actions, hints, lasts = call.body
        assert actions == []
        told = {"app": app, "title": title, "text": text, "lasts_ms": lasts}
        _print(json.dumps({**told, "urgency": hints["urgency"][1]}))
        connection.send(new_method_return(call, "u", (1,)))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
