"""Links over TCP: dialling, listening, and what may wait in memory for a slow peer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from lnwallet_tui.net.address import split_address
from lnwallet_tui.net.connecting import connect
from lnwallet_tui.net.link import MOST_READ, DialFailed

DIAL_SECONDS: Final = 10.0
"""A peer that answers at all does so within this, also over slow lines."""

CLOSE_SECONDS: Final = 5.0
"""So long a closed link may take to send what was written."""

MOST_UNSENT: Final = 8 << 20
"""Bytes that wait for a peer that does not read; more than any honest conversation needs."""


class DialError(DialFailed):
    """No connection over TCP."""


class TcpLink:
    """A `Link` over one TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._closed = False

    async def read(self) -> bytes:
        """As `Link.read`."""
        try:
            data = await self._reader.read(MOST_READ)
        except OSError:  # reset, timed out, network gone: closed, all the same
            return b""
        return data if self.is_open else b""

    @property
    def is_open(self) -> bool:
        """Whether it was neither closed nor cut off at this end."""
        return not self._closed

    def write(self, data: bytes) -> None:
        """As `Link.write`."""
        if self._closed:
            return
        self._writer.write(data)
        if self._writer.transport.get_write_buffer_size() > MOST_UNSENT:
            self._closed = True
            self._writer.transport.abort()

    def close(self) -> None:
        """As `Link.close`."""
        if self._closed:
            return
        self._closed = True
        self._reader.feed_eof()
        self._writer.close()
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._writer.transport.abort)


async def dial(address: str, timeout_seconds: float = DIAL_SECONDS) -> TcpLink:
    """A link to `host:port`; a name is tried at all of its addresses. Raises `DialError`."""
    try:
        host, port = split_address(address)
    except ValueError as error:
        raise DialError(f"{address} is no address: {error}.") from None
    # A name of the Tor network must not be told to the DNS (RFC 7686).
    if host.lower().endswith(".onion"):
        raise DialError(f"{host} is a Tor address: it needs a proxy that reaches Tor.")
    try:
        async with asyncio.timeout(timeout_seconds):
            connected = await connect(host, port)
            reader, writer = await asyncio.open_connection(sock=connected, limit=MOST_READ)
    except (OSError, UnicodeError) as error:
        raise DialError(_sentence(error, host, address, timeout_seconds)) from None
    return TcpLink(reader, writer)


def _sentence(error: Exception, host: str, address: str, seconds: float) -> str:
    match error:
        case TimeoutError():
            return f"{address} did not answer within {seconds:.0f} seconds."
        case ConnectionRefusedError():
            return f"Nothing listens at {address}."
        case socket.gaierror() | UnicodeError():
            return f"The name {host} is not known."
        case _:
            return f"{address} cannot be reached."


class Listener:
    """Accepts connections until it is closed."""

    def __init__(self, server: asyncio.Server) -> None:
        self._server = server

    @property
    def port(self) -> int:
        """The port it listens at; what the system chose, where 0 was asked for."""
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Accept no more; links that were accepted stay open."""
        self._server.close()


async def listen(on_link: Callable[[TcpLink], None], host: str, port: int = 0) -> Listener:
    """Hand every connection made to `host:port` to `on_link`. Raises `OSError` if it is taken."""

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        on_link(TcpLink(reader, writer))

    return Listener(await asyncio.start_server(accepted, host, port, limit=MOST_READ))
