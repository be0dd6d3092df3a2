"""The addresses of a name, asked in a thread that nobody waits for.

`getaddrinfo` cannot be given up, and without a network it takes half a minute to fail: the threads
of the loop would keep a program from ending for so long.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

RESOLVE_SECONDS: Final = 10.0
"""Who is asked for many names does not wait longer for one."""


Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[object, ...]]
"""What `getaddrinfo` says of one address."""


async def find(host: str, port: int) -> list[Found]:
    """As `getaddrinfo`, for streams; raises what that raises, `OSError` or `UnicodeError`."""
    try:
        return _look_up(host, port, socket.AI_NUMERICHOST)
    except socket.gaierror:  # no IP address, so that somebody must be asked
        return await _asked(lambda: _look_up(host, port), f"look up {host}")


async def addresses_of(name: str, timeout_seconds: float = RESOLVE_SECONDS) -> tuple[str, ...]:
    """IP addresses, each once; none where the name is not known or nobody answers in time."""
    try:
        async with asyncio.timeout(timeout_seconds):
            found = await _asked(lambda: _look_up(name, None), f"look up {name}")
    except (OSError, UnicodeError):  # `TimeoutError` is one
        return ()
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


async def _asked(question: Callable[[], list[Found]], title: str) -> list[Found]:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Found]] = loop.create_future()

    def tell(found: list[Found], error: Exception | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found)

    def ask() -> None:
        found, failure = list[Found](), None
        try:
            found = question()
        except Exception as error:
            failure = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, found, failure)

    threading.Thread(target=ask, name=title, daemon=True).start()
    return await answer


def _look_up(name: str, port: int | None, flags: int = 0) -> list[Found]:
    return [*socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=flags)]
