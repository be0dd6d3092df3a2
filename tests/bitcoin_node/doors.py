"""A port at which one peer of the network seems to live, and the connections made to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.p2p.addresses import NetworkId, PeerAddress, Service
from lnwallet_tui.p2p.codec import Message, command_of, encode
from lnwallet_tui.p2p.control import Addr, Ping
from lnwallet_tui.p2p.errors import P2pError
from lnwallet_tui.p2p.frame import Deframer, frame
from lnwallet_tui.p2p.inventory import Inv, Item, ItemKind
from tests.bitcoin_node.behaviour import Behaviour
from tests.bitcoin_node.news import News
from tests.bitcoin_node.serving import HangUp, Serving
from tests.bitcoin_node.session import Session
from tests.bitcoin_node.world import World

HOST: Final = "127.0.0.1"
_MOST_READ: Final = 1 << 16
_MOST_HEARD: Final = 50_000
"""Messages that are remembered."""
_FLOOD: Final = 100
"""Messages before the peer must have read some."""


@dataclass(frozen=True, slots=True)
class HeardMessage:
    """Something that a peer said to a door."""

    door: int
    peer: int
    command: str
    payload: bytes


class House:
    """All doors, and what was said at them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.news = News()
        self.doors: list[Door] = []
        self.heard: list[HeardMessage] = []
        self._numbers = 0

    def new_number(self) -> int:
        """Of a connection: no two are alike."""
        self._numbers += 1
        return self._numbers

    async def add(self, behaviour: Behaviour, port: int = 0) -> Door:
        """One more peer."""
        door = Door(len(self.doors), self, behaviour)
        await door.open(port)
        self.doors.append(door)
        return door

    def connections(self, door: int | None = None) -> list[Connection]:
        """Of all doors, or of one."""
        return [one for each in self.doors if door in (None, each.number) for one in each.all]

    def note(self, heard: HeardMessage) -> None:
        """Remember what a peer said."""
        if len(self.heard) < _MOST_HEARD:
            self.heard.append(heard)
        self.news.happened()

    def spread(self) -> None:
        """Whatever happened in the world: tell those whom it concerns."""
        for entry, source in self.world.relay.take_news():
            for one in self.connections():
                one.session.tx_came(entry, source)
        for one in self.connections():
            one.session.tip_moved()
            one.flush()
        self.news.happened()

    async def close(self) -> None:
        """Nobody is at home."""
        for door in self.doors:
            await door.shut()
            await door.hang_up()


class Door:
    """See above."""

    def __init__(self, number: int, house: House, behaviour: Behaviour) -> None:
        self.number, self.house = number, house
        self.port = 0
        self.all: list[Connection] = []
        self.addresses: tuple[PeerAddress, ...] = ()
        self._server: asyncio.Server | None = None
        self.behave(behaviour)

    @property
    def is_open(self) -> bool:
        """Whether somebody can connect."""
        return self._server is not None

    def behave(self, behaviour: Behaviour) -> None:
        """So from the next connection on."""
        self.behaviour = behaviour
        self.serving = Serving(self.house.world.chain, behaviour)

    async def open(self, port: int = 0) -> None:
        """Listen, at the port of before if it had one."""
        self._server = await asyncio.start_server(
            self._accept, HOST, port or self.port, limit=_MOST_READ
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Listen no more; connections stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def hang_up(self, peer: int | None = None) -> None:
        """End all connections, or one."""
        ending = [one for one in self.all if peer in (None, one.session.number)]
        for one in ending:
            one.close()
        await asyncio.gather(*(one.task for one in ending), return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self.house.new_number(), self.behaviour, self.house.world, self.serving)
        session.addresses = self.addresses
        self.all.append(Connection(self, session, reader, writer))


class Connection:
    """One peer's socket."""

    def __init__(
        self,
        door: Door,
        session: Session,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.session = session
        self._door, self._behaviour = door, door.behaviour
        self._reader, self._writer = reader, writer
        self._flooding: asyncio.Task[None] | None = None
        self.task = asyncio.create_task(self._run(), name=f"peer {session.number}")

    def say(self, message: Message) -> None:
        """Send it, asked for or not."""
        if not self._writer.is_closing():
            self._writer.write(frame(self.session.network, message))

    def flush(self) -> None:
        """Send what the session has to say."""
        out, self.session.out = self.session.out, []
        for message in out:
            self.say(message)

    def close(self) -> None:
        """Hang up."""
        if self._flooding is not None:
            self._flooding.cancel()
        self._writer.close()

    async def _run(self) -> None:
        try:
            if self._behaviour.speaks_first:
                self.say(self.session.version())
            await self._listen()
        except (HangUp, P2pError, OSError):
            pass  # its own fault, or it is gone
        finally:
            self._door.all.remove(self)
            self.close()
            self._door.house.news.happened()

    async def _listen(self) -> None:
        frames = Deframer(self.session.network)
        while data := await self._reader.read(_MOST_READ):
            frames.feed(data)
            while (message := frames.next_message()) is not None:
                await self._take(message)

    async def _take(self, message: Message) -> None:
        house, number = self._door.house, self.session.number
        house.note(HeardMessage(self._door.number, number, command_of(message), encode(message)))
        if self._behaviour.slow_ms:
            await asyncio.sleep(self._behaviour.slow_ms / 1_000)
        self.session.hear(message)
        self.flush()
        house.spread()
        await self._writer.drain()
        if self.session.is_ready and self._behaviour.floods and self._flooding is None:
            self._flooding = asyncio.create_task(self._flood(), name=f"flood of {number}")

    async def _flood(self) -> None:
        messages = _flood(self._behaviour.floods)
        try:
            while not self._writer.is_closing():
                for _ in range(_FLOOD):
                    self.say(next(messages))
                await self._writer.drain()
                await asyncio.sleep(0)  # `drain` does not wait while there is room
        except OSError:
            pass  # who is flooded hangs up


def _flood(kind: str) -> Iterator[Message]:
    number = 0
    while True:
        number += 1
        match kind:
            case "inv":
                yield Inv((Item(ItemKind.WTX, number.to_bytes(32, "big")),))
            case "addr":
                yield Addr((_made_up_address(number),))
            case _:
                yield Ping(number)


def _made_up_address(number: int) -> PeerAddress:
    services = Service.NETWORK | Service.WITNESS | Service.COMPACT_FILTERS
    return PeerAddress(0, services, NetworkId.IPV4, number.to_bytes(4, "big"), 8_333)
