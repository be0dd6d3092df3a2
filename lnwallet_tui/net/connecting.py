"""Happy eyeballs (RFC 8305): of a name's addresses, the first that answers.

asyncio has the same behind `happy_eyeballs_delay`, but loses an open socket when it is cancelled at
the wrong moment; and a dial is cancelled whenever a node stops, or has waited long enough.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

from lnwallet_tui.net.names import find

_HEAD_START_SECONDS: Final = 0.25
_Attempt = asyncio.Task[socket.socket]


async def connect(host: str, port: int) -> socket.socket:
    """A connected socket. Raises `OSError`, that of the last address that did not answer."""
    attempts: list[_Attempt] = []
    winner: socket.socket | None = None
    failure = OSError(f"{host} has no address")
    try:
        for family, kind, protocol, _, address in await find(host, port):
            one = _attempt(attempts[-1:], len(attempts), (family, kind, protocol), address)
            attempts.append(asyncio.create_task(one, name="dial one address"))
        for next_done in asyncio.as_completed(attempts):
            try:
                winner = await next_done
            except OSError as error:
                failure = error
            else:
                return winner
        raise failure
    finally:
        for attempt in attempts:
            _give_up(attempt, winner)


async def _attempt(
    before: list[_Attempt], turn: int, kind: tuple[int, int, int], address: tuple[object, ...]
) -> socket.socket:
    """Connect, once the attempt `before` has failed or has had its head start."""
    if before:
        await asyncio.wait(before, timeout=turn * _HEAD_START_SECONDS)
    one = socket.socket(*kind)
    try:
        one.setblocking(False)
        await asyncio.get_running_loop().sock_connect(one, address)
    except BaseException:
        one.close()
        raise
    return one


def _give_up(attempt: _Attempt, winner: socket.socket | None) -> None:
    """Close what it has connected, unless that has won."""
    if not attempt.done():
        attempt.cancel()
    elif not attempt.cancelled() and attempt.exception() is None and attempt.result() is not winner:
        attempt.result().close()
