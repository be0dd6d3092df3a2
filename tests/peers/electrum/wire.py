"""A wire between our node and a peer that a test can pull out, at once or after so many bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

_MOST_READ: Final = 1 << 16
_BOLT_8: Final = 2 + 16 + 16  # a message's length, with its tag, and the message's own tag
_SIGNATURE: Final = 64

ADD: Final = _BOLT_8 + 2 + 32 + 8 + 8 + 32 + 4 + 1366
"""Bytes of an `update_add_htlc`."""
REVOKE: Final = _BOLT_8 + 2 + 32 + 32 + 33
"""Bytes of a `revoke_and_ack`."""


def commitment_signed(htlcs: int) -> int:
    """Bytes of a `commitment_signed` with so many HTLCs that have outputs."""
    return _BOLT_8 + 2 + 32 + _SIGNATURE + 2 + _SIGNATURE * htlcs


class Wire:
    """Our node dials `port` and is connected to `peer_port`, while it is plugged in."""

    def __init__(self, peer_port: int) -> None:
        self.port = 0
        self._peer_port = peer_port
        self._plugged = True
        self._bytes_left: int | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._pulled = asyncio.Event()
        self._listener: asyncio.Server

    async def start(self) -> None:
        """Listen on a free port."""
        self._listener = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """For good."""
        self.pull()
        self._listener.close()
        await self._listener.wait_closed()
        await asyncio.gather(*self._running)

    def pull(self) -> None:
        """Hang up on both; nobody gets through until `plug_in`."""
        self._plugged = False
        self._pulled.set()
        for end in self._ends:
            end.close()

    def pull_after(self, count: int) -> None:
        """As soon as the peer has said so many more bytes: they arrive, and nothing else does."""
        self._bytes_left = count

    async def pulled(self) -> None:
        """Until it is."""
        await self._pulled.wait()

    def plug_in(self) -> None:
        """Let our node through again."""
        self._plugged, self._bytes_left = True, None
        self._pulled.clear()

    def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running = asyncio.create_task(self._through(reader, writer), name="wire")
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._plugged:
            writer.close()
            return
        try:
            from_peer, to_peer = await asyncio.open_connection("127.0.0.1", self._peer_port)
        except OSError:
            writer.close()
            return
        self._ends |= {writer, to_peer}
        if self._pulled.is_set():  # meanwhile
            self.pull()
        await asyncio.gather(
            self._carry(reader, to_peer, lambda data: data),
            self._carry(from_peer, writer, self._count),
        )
        self._ends -= {writer, to_peer}

    async def _carry(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        let_through: Callable[[bytes], bytes],
    ) -> None:
        try:
            while data := await source.read(_MOST_READ):
                if not sink.is_closing():
                    sink.write(let_through(data))
        except OSError:
            pass  # one end was ended by its process
        sink.close()

    def _count(self, data: bytes) -> bytes:
        if self._bytes_left is None:
            return data
        through = data[: self._bytes_left]
        self._bytes_left -= len(through)
        if self._bytes_left == 0:
            asyncio.get_running_loop().call_soon(self.pull)
        return through
