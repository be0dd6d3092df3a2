"""A picture of the screen from the desktop's own portal, which may ask the user first.

The desktop writes it into a file and tells where; that file is read and removed at once.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any, Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.ui.scan import files

_PATIENCE: Final = 60  # seconds, in which the user is asked
_NAME: Final = "org.freedesktop.portal.Desktop"
_PLACE: Final = "/org/freedesktop/portal/desktop"
_SCREENSHOT: Final = "org.freedesktop.portal.Screenshot"
_REQUEST: Final = "org.freedesktop.portal.Request"
_GRANTED: Final = 0
_REMEDY: Final = (
    "Take a picture of the code with the desktop's own key, and drop the file here; or copy it and "
    "choose the clipboard."
)
NO_PORTAL: Final = Refused(
    RefusalCode.NOT_READY,
    "On this desktop (Wayland) a program cannot look at the screen by itself, and nothing here "
    "does it for us.",
    _REMEDY,
)
_NOT_GRANTED: Final = Refused(
    RefusalCode.NOT_READY, "The desktop gave no picture of the screen.", _REMEDY
)


async def picture() -> bytes | Refused:
    """The file of the whole screen's picture."""
    from jeepney.wrappers import DBusErrorResponse

    try:
        async with asyncio.timeout(_PATIENCE):
            where = await _asked()
    except TimeoutError:
        return _NOT_GRANTED
    except (
        OSError,
        LookupError,
        ValueError,
        EOFError,
        DBusErrorResponse,
    ):  # no bus, or no portal on it
        return NO_PORTAL
    if where is None:
        return _NOT_GRANTED
    return await asyncio.to_thread(_taken, where)


def _taken(where: str) -> bytes | Refused:
    found = files.contents(where)
    if not isinstance(found, Refused):
        Path(files.path_in(where)).unlink(missing_ok=True)
    return found


async def _asked() -> str | None:
    """The address of the file; None where the user does not want that."""
    from jeepney import DBusAddress, MatchRule, new_method_call
    from jeepney.bus_messages import message_bus
    from jeepney.io.asyncio import Proxy, open_dbus_router
    from jeepney.wrappers import unwrap_msg

    address = DBusAddress(_PLACE, bus_name=_NAME, interface=_SCREENSHOT)
    async with open_dbus_router() as router:
        token = f"lnwallet_{secrets.token_hex(8)}"
        sender = router.unique_name.removeprefix(":").replace(".", "_")
        # The answer's place is known beforehand, so that it cannot come before we listen.
        path = f"{_PLACE}/request/{sender}/{token}"
        rule = MatchRule(type="signal", interface=_REQUEST, member="Response", path=path)
        options = {"handle_token": ("s", token), "interactive": ("b", False)}
        with router.filter(rule) as answers:
            await Proxy(message_bus, router).AddMatch(rule)
            call = new_method_call(address, "Screenshot", "sa{sv}", ("", options))
            unwrap_msg(await router.send_and_get_reply(call))
            return _where(await answers.get())


def _where(answer: Any) -> str | None:
    match answer.body:
        case (code, {"uri": ("s", str(uri))}) if code == _GRANTED and uri.startswith("file:"):
            return uri
        case _:
            return None
