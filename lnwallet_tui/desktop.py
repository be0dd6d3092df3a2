"""A notice on the user's desktop, for a process that has no window of its own.

It may stand on a locked screen, so whatever is shown is for everybody's eyes. Nothing here takes
longer than some seconds or raises: where there is no desktop, nothing is shown.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from subprocess import DEVNULL
from typing import Any, Final

_PATIENCE_S: Final = 5.0
"""A desktop that hangs is one that shows nothing."""
_TITLE: Final = "lnwallet-tui"
_NAME: Final = "org.freedesktop.Notifications"
_PLACE: Final = "/org/freedesktop/Notifications"
_URGENCY: Final = {"urgency": ("y", 2)}  # critical: it stays until somebody reads it
_UNTIL_READ: Final = 0
_OSASCRIPT: Final = "/usr/bin/osascript"
_SCRIPT: Final = (
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
)


async def can_show() -> bool:
    """Whether there is a desktop that would show a notice; it is not disturbed by the question."""
    if sys.platform == "darwin":
        return shutil.which(_OSASCRIPT) is not None
    return await _within_patience(_is_there())


async def show(text: str) -> bool:
    """Whether the desktop has taken it."""
    if sys.platform == "darwin":
        return await _within_patience(_by_osascript(text))
    return await _within_patience(_by_bus(text))


async def _within_patience(doing: Any) -> bool:
    """False where it fails, for whatever reason a bus, a desktop or a program may have."""
    with suppress(Exception):
        async with asyncio.timeout(_PATIENCE_S):
            return bool(await doing)
    return False


# -- Linux: the session's D-Bus, and the desktop's own service on it
@asynccontextmanager
async def _connected() -> AsyncIterator[tuple[Any, Any]]:
    """The router of messages, and the bus itself. jeepney has a function for it, which leaves the
    socket open where a bus does not answer or nobody waits for it any more."""
    from jeepney.auth import BEGIN, Authenticator
    from jeepney.bus import get_bus
    from jeepney.bus_messages import message_bus
    from jeepney.io.asyncio import (
        DBusConnection,
        DBusRouter,
        Proxy,
    )

    reader, writer = await asyncio.open_unix_connection(get_bus("SESSION"))
    try:
        authentication = Authenticator()
        for said in authentication:
            writer.write(said)
            answer = await reader.read(1024)
            if not answer:
                raise EOFError
            authentication.feed(answer)
        writer.write(BEGIN)
        async with DBusRouter(DBusConnection(reader, writer)) as router:
            bus = Proxy(message_bus, router)
            await bus.Hello()
            yield router, bus
    finally:
        writer.close()


def _has_session() -> bool:
    return sys.platform == "linux" and bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS"))


async def _is_there() -> bool:
    if not _has_session():
        return False
    async with _connected() as (_, bus):
        if (await bus.NameHasOwner(_NAME))[0]:
            return True
        return _NAME in (await bus.ListActivatableNames())[0]


async def _by_bus(text: str) -> bool:
    if not _has_session():
        return False
    from jeepney import DBusAddress, new_method_call
    from jeepney.wrappers import unwrap_msg

    service = DBusAddress(_PLACE, bus_name=_NAME, interface=_NAME)
    told: tuple[Any, ...] = (_TITLE, 0, "", _TITLE, text, [], _URGENCY, _UNTIL_READ)
    async with _connected() as (router, _):
        call = new_method_call(service, "Notify", "susssasa{sv}i", told)
        unwrap_msg(await router.send_and_get_reply(call))
    return True


# -- macOS
async def _by_osascript(text: str) -> bool:
    """The text is an argument of the script, never a part of it."""
    lines = [word for line in _SCRIPT for word in ("-e", line)]
    process = await asyncio.create_subprocess_exec(
        _OSASCRIPT, *lines, _TITLE, text, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        return await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
