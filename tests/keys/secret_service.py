"""A session bus of its own with GNOME's keyring on it: the Secret Service that a desktop has."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import secretstorage

from tests.needed import expect_there

PASSWORD: Final = b"of the login"
_PROGRAMS: Final = ("dbus-daemon", "gnome-keyring-daemon")


def why_not() -> str:
    """What is missing to run it; empty if nothing is."""
    if all(shutil.which(program) for program in _PROGRAMS):
        return ""
    return "there is no Secret Service (Debian: apt-get install gnome-keyring dbus-daemon)"


# Without a folder of services nothing is started because somebody asks for it: whoever is killed
# stays dead, and no window asks for a password.
_BUS: Final = """\
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  {starts}
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Desktop:
    """A user's session; its keyring is open after `log_in`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bus: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        self.address = ""

    def start_bus(self, services: Path | None = None) -> None:
        """As the machine does at a login; in `services` are those that it starts when asked."""
        settings = self._folder / "bus.conf"
        starts = "" if services is None else f"<servicedir>{services}</servicedir>"
        settings.write_text(_BUS.format(folder=self._folder, starts=starts))
        command = ["dbus-daemon", f"--config-file={settings}", "--nofork", "--print-address"]
        self._bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._bus.stdout is not None
        self.address = self._bus.stdout.readline().decode().strip()

    def log_in(self, password: bytes = PASSWORD) -> None:
        """Start the keyring and open it, as the login does with the user's password."""
        for name in ("data", "run", "cache"):
            (self._folder / name).mkdir(mode=0o700, exist_ok=True)
        command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
        self._daemon = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "DBUS_SESSION_BUS_ADDRESS": self.address,
                "XDG_DATA_HOME": str(self._folder / "data"),
                "XDG_RUNTIME_DIR": str(self._folder / "run"),
                "XDG_CACHE_HOME": str(self._folder / "cache"),
            },
        )
        assert self._daemon.stdin is not None
        self._daemon.stdin.write(password)
        self._daemon.stdin.close()
        for _ in range(200):
            if _is_open():
                return
            assert self._daemon.poll() is None, "the keyring ended at once"
            time.sleep(0.05)  # between two looks: the bus tells nobody when it opens
        raise AssertionError("the keyring did not open within ten seconds")

    def lock(self) -> None:
        """As the user does, or the screen saver."""
        bus = secretstorage.dbus_init()
        try:
            secretstorage.get_default_collection(bus).lock()
        finally:
            bus.close()

    def kill_keyring(self) -> None:
        """It crashes; nobody starts it again."""
        assert self._daemon is not None
        self._daemon.kill()
        _ended(self._daemon)
        self._daemon = None

    def log_out(self) -> None:
        """End everything that was started."""
        for process in (self._daemon, self._bus):
            if process is not None:
                process.terminate()
                _ended(process)


def _is_open() -> bool:
    bus = secretstorage.dbus_init()
    try:
        if not secretstorage.check_service_availability(bus):
            return False
        found = list(secretstorage.get_all_collections(bus))
        return any(one.get_label() == "Login" and not one.is_locked() for one in found)
    finally:
        bus.close()


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.wait(10)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


@contextmanager
def logged_in() -> Iterator[Desktop]:
    """A desktop of its own."""
    expect_there(why_not())
    # The name of a socket is short: not below pytest's long folders.
    with (
        tempfile.TemporaryDirectory(prefix="keyring-") as folder,
        desktop(Path(folder)) as running,
    ):
        yield running
        # `keyring` leaves its connection to the garbage where a keyring stays locked.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


@contextmanager
def desktop(folder: Path) -> Iterator[Desktop]:
    """Whose keyring is that of this process, as long as it lasts."""
    session = Desktop(folder)
    before = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    try:
        session.start_bus()
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = session.address
        session.log_in()
        yield session
    finally:
        session.log_out()
        if before is None:
            os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
        else:
            os.environ["DBUS_SESSION_BUS_ADDRESS"] = before


def keys_of(service: str) -> list[str]:
    """The names under which the keyring holds something for that program."""
    bus = secretstorage.dbus_init()
    try:
        collection = secretstorage.get_default_collection(bus)
        found = collection.search_items({"service": service})
        return [item.get_attributes()["username"] for item in found]
    finally:
        bus.close()
