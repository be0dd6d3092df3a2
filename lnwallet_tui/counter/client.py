"""The visitor's side: a `NodeApi` whose node is in another process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any, Final, Protocol, cast

import msgspec

from lnwallet_tui.api.events import FeedItem
from lnwallet_tui.api.gone import NodeFailed, NodeGone, WalletShut
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.process import ProcessApi
from lnwallet_tui.counter.messages import (
    MOST_ANSWERED,
    VERSION,
    Answered,
    Ask,
    BadMessage,
    Ended,
    Failed,
    FromClient,
    FromNode,
    Hello,
    Listen,
    Next,
    Shut,
    TurnedDown,
    framed,
    packed,
    read_frame,
    unpacked,
)
from lnwallet_tui.counter.place import GUARDS_SOCKET_NAME, SOCKET_NAME, socket_in
from lnwallet_tui.counter.verbs import CUSTODY, NODE, PROCESS, Verb, verbs

_GREETING_SECONDS: Final = 10.0


class NobodyThere(Exception):
    """No node answers in that folder. The message is a plain sentence."""


class OtherVersion(Exception):
    """The node there is of another version. The message is a plain sentence, `remedy` another."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


async def visit(
    folder: Path,
    name: str = SOCKET_NAME,
    *,
    takes: bool = False,
    patience: float = _GREETING_SECONDS,
) -> Visitor:
    """Whoever answers for the wallet in `folder`: its node, or, where that is named, its guard.
    `takes`: who comes is a node that is about to live, and wants the wallet. `patience` is in
    seconds.

    Raises `NobodyThere`, `OtherVersion`, `NoPlace` (a folder whose path is too long).
    """
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket_in(folder, name)))
    except OSError as error:
        raise NobodyThere(f"No node runs for the wallet in {folder}.") from error
    visitor = Visitor(reader, writer)
    try:
        async with asyncio.timeout(patience):
            theirs = await visitor.greet(takes=takes)
    except (TimeoutError, BadMessage, NodeGone) as error:
        await visitor.leave()
        raise NobodyThere(f"What listens in {folder} is no node.") from error
    if theirs != VERSION:
        await visitor.leave()
        what = "guard" if name == GUARDS_SOCKET_NAME else "node"
        raise OtherVersion(
            f"The {what} in {folder} is of version {theirs}; this is {VERSION}.",
            f"Stop that {what} and start it again with the version that is installed now.",
        )
    return visitor


def result_of(verb: Verb, answer: FromNode) -> object:
    """What a verb was answered with. Raises `NodeGone`, `NodeFailed`, `WalletShut`."""
    match answer:
        case Answered(_, result):
            return unpacked(result, verb.answers)
        case TurnedDown(_, refused):
            return refused
        case Shut(_, refused):
            raise WalletShut(refused)
        case Failed(_, kind):
            raise NodeFailed(f"The node could not carry out {verb.name}: {kind}.")
        case _:
            raise NodeGone


class AwaitedVerbs(Protocol):
    """Verbs by name; what each takes and gives is what its API says."""

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]: ...


class Visitor:
    """One connection; `node` is used as a node in process would be.

    Every verb raises `NodeGone` once the connection is lost.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = count(1)
        self._awaited: dict[int, asyncio.Future[FromNode]] = {}
        self._hearing: asyncio.Task[None] | None = None

    @property
    def node(self) -> NodeApi:
        """What the verbs are asked of. Each is a message; their types are those of `NodeApi`."""
        return cast("NodeApi", _NodeVerbs(self, NODE))

    @property
    def process(self) -> ProcessApi:
        """The process that the node lives in."""
        return cast("ProcessApi", _Verbs(self, PROCESS))

    @property
    def custody(self) -> AwaitedVerbs:
        """Whoever keeps the seed there, by the verbs of `CustodyApi`: each is awaited, also those
        that answer at once where they are asked in the same process."""
        return _Verbs(self, CUSTODY)

    async def greet(self, *, takes: bool = False) -> str:
        """The version of whoever is there. Raises `BadMessage`, `NodeGone`."""
        self._writer.write(framed(Hello(VERSION, takes)))
        frame = await read_frame(self._reader, MOST_ANSWERED)
        if not frame:
            raise NodeGone
        hello = unpacked(frame, FromNode)
        if not isinstance(hello, Hello):
            raise BadMessage("no greeting")
        self._hearing = asyncio.create_task(self._hear(), name="answers")
        return hello.version

    async def gone(self) -> None:
        """Wait until the connection is lost."""
        if self._hearing is not None:
            await asyncio.wait({self._hearing})

    async def leave(self) -> None:
        """Close the connection."""
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)
        self._end()

    async def ask(
        self, name: str, args: tuple[object, ...], kwargs: dict[str, object], of: str = NODE
    ) -> object:
        """The result of that verb. Raises `NodeGone`, `NodeFailed`, `WalletShut`."""
        verb = verbs(of)[name]
        arguments = msgspec.Raw(packed(verb.bind(args, kwargs)))
        answer = await self.send(lambda number: Ask(number, name, arguments, of))
        return result_of(verb, answer)

    def say(self, message: FromClient) -> None:
        """Send. Raises `NodeGone`."""
        if self._writer.is_closing():
            raise NodeGone
        self._writer.write(framed(message))

    def send(self, to: Callable[[int], FromClient]) -> asyncio.Future[FromNode]:
        """What the node will answer to a message with a fresh number. Raises `NodeGone`."""
        number = next(self._numbers)
        self.say(to(number))
        awaited: asyncio.Future[FromNode] = asyncio.get_running_loop().create_future()
        self._awaited[number] = awaited
        awaited.add_done_callback(lambda _: self._awaited.pop(number, None))
        return awaited

    def listen(self) -> AsyncIterator[FeedItem]:
        """Events from now on."""
        feed = next(self._numbers)
        self.say(Listen(feed))
        return _Listener(self, feed)

    async def _hear(self) -> None:
        try:
            while frame := await read_frame(self._reader, MOST_ANSWERED):
                message = unpacked(frame, FromNode)
                if isinstance(message, Hello):
                    raise BadMessage("a second greeting")
                awaited = self._awaited.get(message.number)
                if awaited is not None and not awaited.done():
                    awaited.set_result(message)  # else whoever asked has given up waiting
        except BadMessage:
            pass  # a node that cannot be understood is as good as none
        finally:
            self._end()

    def _end(self) -> None:
        self._writer.close()
        for awaited in tuple(self._awaited.values()):
            awaited.set_exception(NodeGone())
            awaited.exception()  # who waits is told; nobody has to wait


class _Verbs:
    """The methods of an API, each of which is one message."""

    def __init__(self, visitor: Visitor, of: str) -> None:
        self._visitor, self._of = visitor, of

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        if name not in verbs(self._of):
            raise AttributeError(name)

        async def ask(*args: object, **kwargs: object) -> object:
            return await self._visitor.ask(name, args, kwargs, self._of)

        return ask


class _NodeVerbs(_Verbs):
    """Those of the node, which also tells by itself."""

    def feed(self) -> AsyncIterator[FeedItem]:
        """As `NodeApi.feed`."""
        return self._visitor.listen()


class _Listener(AsyncIterator[FeedItem]):
    """One reader's end. Whoever gives up waiting loses no event: it is there the next time."""

    def __init__(self, visitor: Visitor, feed: int) -> None:
        self._visitor, self._feed = visitor, feed
        self._coming: asyncio.Future[FromNode] | None = None

    async def __anext__(self) -> FeedItem:
        if self._coming is None:
            self._coming = self._visitor.send(lambda number: Next(number, self._feed))
        message = await asyncio.shield(self._coming)
        self._coming = None
        match message:
            case Answered(_, result):
                item: Any = unpacked(result, FeedItem)
                return cast("FeedItem", item)
            case Ended():
                raise StopAsyncIteration
            case _:
                raise NodeGone
