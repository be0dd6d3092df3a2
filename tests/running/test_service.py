"""What systemd is told, over a socket as it opens one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.running import service

SECOND_US = 1_000_000


@pytest.fixture
def hears(tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(str(tmp_path / "notify"))
        ours.setblocking(False)
        yield ours, {"NOTIFY_SOCKET": str(tmp_path / "notify")}


def test_it_is_told_that_the_guard_is_up(hears: tuple[socket.socket, dict[str, str]]) -> None:
    ours, environment = hears
    service.tell(service.READY, environment)
    assert ours.recv(100) == b"READY=1"
    service.tell(service.READY, {})
    service.tell(service.READY, {"NOTIFY_SOCKET": environment["NOTIFY_SOCKET"] + "-gone"})
    with pytest.raises(BlockingIOError):
        ours.recv(100)


async def test_it_hears_twice_in_the_time_that_it_waits(
    hears: tuple[socket.socket, dict[str, str]],
) -> None:
    ours, environment = hears
    clock = WorldClock()
    environment["WATCHDOG_USEC"] = str(60 * SECOND_US)
    beating = asyncio.create_task(service.beat(clock, environment))
    await clock.wait_for(lambda: False, 95_000)
    beating.cancel()
    assert [ours.recv(100) for _ in range(4)] == [b"WATCHDOG=1"] * 4
    with pytest.raises(BlockingIOError):
        ours.recv(100)


@pytest.mark.parametrize("waits", ["", "soon", "-1"])
async def test_who_does_not_ask_is_not_told(waits: str) -> None:
    await service.beat(WorldClock(), {"WATCHDOG_USEC": waits})
