"""What systemd is told (sd_notify(3)): that the guard is up, and again and again that it lives. A
guard that hangs is one that nobody notices: the system ends it and starts another."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from lnwallet_tui.node.ports import Clock

READY: Final = "READY=1"
ALIVE: Final = "WATCHDOG=1"


def tell(state: str, environment: Mapping[str, str] = os.environ) -> None:
    """Whoever started us, if it wants to know."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = f"\0{address[1:]}"
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
        sending.sendto(state.encode(), address)


def beat_ms(environment: Mapping[str, str] = os.environ) -> int:
    """How often it wants to hear: twice in the time that it waits; 0: not at all."""
    waits = environment.get("WATCHDOG_USEC", "")
    return int(waits) // 2_000 if waits.isdecimal() else 0


async def beat(clock: Clock, environment: Mapping[str, str] = os.environ) -> None:
    """Tell it as long as the loop goes round, which is where a guard would hang."""
    pause = beat_ms(environment)
    while pause:
        tell(ALIVE, environment)
        await clock.sleep_until(clock.now_ms() + pause)
