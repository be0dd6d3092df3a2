"""The addresses of a name, asked in a thread that nobody waits for.

`getaddrinfo` cannot be given up, and without a network it takes half a minute to fail: the threads
of the loop would keep a program from ending for so long.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import Final

RESOLVE_SECONDS: Final = 10.0
"""Who is asked for many names does not wait longer for one."""


async def addresses_of(name: str, timeout_seconds: float = RESOLVE_SECONDS) -> tuple[str, ...]:
    """IP addresses, each once; none where the name is not known or nobody answers in time."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[tuple[str, ...]] = loop.create_future()

    def tell(found: tuple[str, ...]) -> None:
        if not answer.done():
            answer.set_result(found)

    def look_up() -> None:
        found = _look_up(name)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, found)

    threading.Thread(target=look_up, name=f"look up {name}", daemon=True).start()
    try:
        async with asyncio.timeout(timeout_seconds):
            return await answer
    except TimeoutError:
        return ()


def _look_up(name: str) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
