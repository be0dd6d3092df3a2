"""A peer that says and hears messages one by one, as a test has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.net.tcp import TcpLink, dial
from lnwallet_tui.p2p.addresses import Endpoint
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.control import (
    PROTOCOL_VERSION,
    Ping,
    Pong,
    SendAddrV2,
    Verack,
    Version,
    WtxidRelay,
)
from lnwallet_tui.p2p.frame import Deframer, frame

_PATIENCE_SECONDS: Final = 60.0
M = TypeVar("M", bound=Message)


class RawPeer:
    """`said` is all that the node has said."""

    def __init__(self, link: TcpLink) -> None:
        self.said: list[Message] = []
        self._link = link
        self._frames = Deframer(Network.REGTEST)
        self._unread: list[Message] = []

    @classmethod
    @asynccontextmanager
    async def connected(
        cls, address: str, *, relay: bool = True, wtxid_relay: bool = True
    ) -> AsyncIterator[RawPeer]:
        """One that has introduced itself, and knows that the node has read all of that."""
        peer = cls(await dial(address))
        try:
            peer.say(version(relay))
            await peer.hear(Version)
            if wtxid_relay:
                peer.say(WtxidRelay())
                peer.say(SendAddrV2())
            peer.say(Verack())
            await peer.hear(Verack)
            await peer.in_step()
            yield peer
        finally:
            peer.close()

    def say(self, message: Message) -> None:
        """Send it."""
        self._link.write(frame(Network.REGTEST, message))

    async def hear(self, kind: type[M]) -> M:
        """The next message of that kind; others before it are passed over. `EOFError` where the
        node hangs up."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                while self._unread:
                    message = self._unread.pop(0)
                    if isinstance(message, kind):
                        return message
                await self._read()

    async def in_step(self) -> None:
        """Once this returns, the node has taken in all that was said to it, and all that it had to
        say by then was heard and passed over."""
        self.say(Ping(1 << 40))
        while (await self.hear(Pong)).nonce != 1 << 40:
            pass

    async def is_left(self) -> None:
        """Return when the node hangs up."""
        try:
            while True:
                await self.hear(Message)
        except EOFError:
            pass

    def close(self) -> None:
        """Hang up."""
        self._link.close()

    async def _read(self) -> None:
        data = await self._link.read()
        if not data:
            raise EOFError("the node hung up")
        self._frames.feed(data)
        while (message := self._frames.next_message()) is not None:
            self.said.append(message)
            self._unread.append(message)
            if isinstance(message, Ping):
                self.say(Pong(message.nonce))


def version(relay: bool = True) -> Version:
    """A first message."""
    return Version(PROTOCOL_VERSION, 0, 0, Endpoint(), Endpoint(), 77, b"/test/", 0, relay)
