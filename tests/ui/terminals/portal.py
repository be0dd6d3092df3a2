"""A desktop's portal as far as Scan asks it: the picture of a screen, or none. A bus is real."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, MessageType, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

_GRANTED, _DENIED = 0, 1


@contextmanager
def serving(bus: str, picture: Path | None) -> Iterator[None]:
    """It hands out that file, or the user says no."""
    connection: Any = open_dbus_connection(bus)
    name = "org.freedesktop.portal.Desktop"
    connection.send_and_get_reply(message_bus.RequestName(name))
    thread = threading.Thread(target=_answer, args=(connection, picture))
    thread.start()
    try:
        yield
    finally:
        thread.join()
        connection.close()


def _answer(connection: Any, picture: Path | None) -> None:
    """The one call that is expected."""
    while True:
        call = connection.receive()
        if call.header.message_type is MessageType.method_call:
            break
    fields = {field.name: value for field, value in call.header.fields.items()}
    assert (fields["interface"], fields["member"]) == (
        "org.freedesktop.portal.Screenshot",
        "Screenshot",
    )
    parent, options = call.body
    assert (parent, options["interactive"]) == ("", ("b", False))
    sender = fields["sender"].removeprefix(":").replace(".", "_")
    path = f"/org/freedesktop/portal/desktop/request/{sender}/{options['handle_token'][1]}"
    connection.send(new_method_return(call, "o", (path,)))
    place = DBusAddress(path, interface="org.freedesktop.portal.Request")
    answer = (
        (_DENIED, {})
        if picture is None
        else (_GRANTED, {"uri": ("s", picture.absolute().as_uri())})
    )
    connection.send(new_signal(place, "Response", "ua{sv}", answer))
