"""A notice on the desktop, over a real session bus, by a service in another process."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lnwallet_tui import desktop
from tests.running.notices import NAME, Notices, session


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notices]:
    with session(monkeypatch) as running:
        yield running


async def test_the_desktop_shows_it(notices: Notices) -> None:
    assert not await desktop.can_show()  # there is a bus, and nobody on it
    assert not await desktop.show("Nobody reads this.")
    notices.begin()
    assert await desktop.can_show()
    assert await desktop.show("Open the wallet. <b>Now</b>")
    assert notices.shown() == "Open the wallet. <b>Now</b>"
    assert notices.end() == []


async def test_a_service_that_the_bus_would_start_can_show_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on most desktops before the first notice; to be asked whether it can starts nothing."""
    service = tmp_path / f"{NAME}.service"
    service.write_text(f"[D-BUS Service]\nName={NAME}\nExec=/bin/false\n")
    with session(monkeypatch, services=tmp_path):
        assert await desktop.can_show()
        assert not await desktop.show("It ends at once.")


@pytest.mark.parametrize("address", ["", "nonsense", "unix:path=/nowhere/bus", "tcp:host=a,port=1"])
async def test_without_a_session_nothing_is_shown(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    assert not await desktop.can_show()
    assert not await desktop.show("Nobody reads this.")


async def test_a_bus_that_never_answers_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop, "_PATIENCE_S", 0.05)
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{folder}/bus")
        silent.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={folder}/bus")
        assert not await desktop.can_show()
        assert not await desktop.show("Nobody reads this.")


async def test_who_stops_waiting_for_a_bus_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a process that ends while it asks; what is left open fails the test."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{folder}/bus")
        silent.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={folder}/bus")
        asking = asyncio.create_task(desktop.can_show())
        caller, _ = await asyncio.to_thread(silent.accept)
        with caller:
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
