"""A SOCKS5 server (RFC 1928, RFC 1929) on loopback, written for the tests alone: it knows names by
a list of its own, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

NO_LOGIN, PASSWORD, NOTHING = 0, 2, 255
IPV4, NAME, IPV6 = 1, 3, 4
GRANTED, FAILED, NOT_ALLOWED, UNREACHABLE_NET, UNREACHABLE, REFUSED, EXPIRED = range(7)
NO_SUCH_COMMAND, NO_SUCH_ADDRESS = 7, 8


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked for."""

    login: tuple[bytes, bytes] | None
    kind: int
    host: str
    port: int


@dataclass
class SocksServer:
    """`logins` are the methods it takes, the best first. `names` lead to ports of this machine;
    everything else is what it says. `reply` is given instead of a connection, if any."""

    names: Mapping[str, int] = field(default_factory=dict)
    logins: tuple[int, ...] = (PASSWORD, NO_LOGIN)
    reply: int = GRANTED
    bound: bytes = bytes((IPV4, 0, 0, 0, 0, 0, 0))
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[SocksServer]:
        """While it listens."""
        server = await asyncio.start_server(self._accepted, "127.0.0.1")
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                request = await self._asked(reader, writer)
                if request is not None:
                    await self._connect(request, reader, writer)
        finally:
            await _close(writer)

    async def _asked(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Request | None:
        version, count = await reader.readexactly(2)
        assert version == 5
        offered = await reader.readexactly(count)
        method = next((one for one in self.logins if one in offered), NOTHING)
        writer.write(bytes((5, method)))
        if method == NOTHING:
            return None
        login = await _login(reader, writer) if method == PASSWORD else None
        version, command, reserved, kind = await reader.readexactly(4)
        assert (version, command, reserved) == (5, 1, 0)
        host = await _host(reader, kind)
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.requests.append(request := Request(login, kind, host, port))
        return request

    async def _connect(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.reply != GRANTED:
            writer.write(bytes((5, self.reply, 0)) + self.bound)
            return
        host, port = request.host, request.port
        if request.kind == NAME:
            host, port = "127.0.0.1", self.names[request.host]
        try:
            there, back = await asyncio.open_connection(host, port)
        except OSError:
            writer.write(bytes((5, REFUSED, 0)) + self.bound)
            return
        try:
            # In one piece with what the other side says first, if it does.
            said = await there.read(1 << 16) if request.port == SPEAKS_FIRST else b""
            writer.write(bytes((5, GRANTED, 0)) + self.bound + said)
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        finally:
            await _close(back)


SPEAKS_FIRST = 17
"""The port of those who say something before they are spoken to."""


async def _login(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[bytes, bytes]:
    version, length = await reader.readexactly(2)
    assert version == 1
    name = await reader.readexactly(length)
    (length,) = await reader.readexactly(1)
    password = await reader.readexactly(length)
    writer.write(bytes((1, 0)))
    return name, password


async def _host(reader: asyncio.StreamReader, kind: int) -> str:
    if kind == NAME:
        (length,) = await reader.readexactly(1)
        return (await reader.readexactly(length)).decode("ascii")
    return str(ipaddress.ip_address(await reader.readexactly({IPV4: 4, IPV6: 16}[kind])))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()


@asynccontextmanager
async def saying(answer: bytes) -> AsyncIterator[str]:
    """The address of a server that says this to anybody who says anything, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1 << 16)
        writer.write(answer)
        await _close(writer)

    server = await asyncio.start_server(serve, "127.0.0.1")
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
