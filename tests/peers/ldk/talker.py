"""Our side of one connection, without a node: the machine of `peer` on a TCP link."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final, TypeVar

from lnwallet_tui.bitcoin.address import Network
from lnwallet_tui.bitcoin.curve import ecdh, public_key
from lnwallet_tui.net.tcp import TcpLink, dial, listen
from lnwallet_tui.peer.connection import Event, PeerConnection
from lnwallet_tui.policy import SILENCE_MS
from lnwallet_tui.wire.bolt1 import Init
from lnwallet_tui.wire.features import OUR_INIT_FEATURES
from lnwallet_tui.wire.message import Message
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.process import PATIENCE_SECONDS

SECRET: Final = b"\x31" * 32
NODE_ID: Final = public_key(SECRET)
OUR_INIT: Final = Init(b"", OUR_INIT_FEATURES.to_bytes(), (Network.REGTEST.chain_hash,))
_EPHEMERAL: Final = b"\x32" * 32

_E = TypeVar("_E", bound=Event)


class Talker:
    """Reads and writes when asked to; time stands still unless `pass_by` is called."""

    def __init__(self, link: TcpLink, connection: PeerConnection) -> None:
        self.connection = connection
        self._link = link
        self._now_ms = 0
        self._write()

    @classmethod
    async def dial(cls, ldk: LdkNode, init: Init = OUR_INIT) -> Talker:
        """We dial LDK."""
        link = await dial(f"127.0.0.1:{ldk.port}")
        own = partial(ecdh, SECRET)
        return cls(
            link, PeerConnection.initiate(own, NODE_ID, ldk.node_id, _EPHEMERAL, init, now_ms=0)
        )

    @classmethod
    async def be_dialled(cls, ldk: LdkNode, init: Init = OUR_INIT) -> Talker:
        """LDK dials us."""
        links: asyncio.Queue[TcpLink] = asyncio.Queue()
        listener = await listen(links.put_nowait, "127.0.0.1")
        await ldk.connect(NODE_ID, listener.port)
        link = await links.get()
        listener.close()
        own = partial(ecdh, SECRET)
        return cls(link, PeerConnection.accept(own, NODE_ID, _EPHEMERAL, init, now_ms=0))

    async def event(self, kind: type[_E]) -> _E:
        """The next event, which has to be of this kind."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (event := self.connection.next_event()) is None:
                await self.read()
        assert isinstance(event, kind), event
        return event

    async def read(self) -> bytes:
        """Take the next bytes of the link, and answer as the machine will."""
        data = await self._link.read()
        self.connection.receive_data(data, self._now_ms)
        self._write()
        return data

    def send(self, message: Message) -> None:
        """Send a message."""
        self.connection.send(message)
        self._write()

    async def ping(self) -> None:
        """Let the machine believe in so much silence that it pings, and wait for the `pong`."""
        self._now_ms += SILENCE_MS
        self.connection.handle_timer(self._now_ms)
        waiting = self.connection.next_deadline_ms()
        self._write()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.connection.next_deadline_ms() == waiting:
                await self.read()

    def hang_up(self) -> None:
        """Close the link; whoever reads finds it closed."""
        self._link.close()

    async def close(self) -> None:
        """Hang up, and let the socket go."""
        self.hang_up()
        while await self._link.read():
            pass

    def _write(self) -> None:
        if data := self.connection.data_to_send():
            self._link.write(data)
