"""The node's side: answers everybody who comes to the socket.

Who asks and goes does not take back what was asked for: a payment under way goes on.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, assert_never

import msgspec

from lnwallet_tui.api.custody import CustodyApi
from lnwallet_tui.api.events import FeedItem
from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.process import ProcessApi
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.counter.messages import (
    MOST_ASKED,
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
from lnwallet_tui.counter.place import SOCKET_NAME, bound, is_ours, socket_in
from lnwallet_tui.counter.verbs import CUSTODY, NODE, PROCESS, Verb, verbs

MOST_UNDER_WAY: Final = 256
"""Questions of one visitor that are not answered yet; who asks more waits."""
MOST_VISITORS: Final = 128
"""At a time: each holds a file open, and a process may have some hundreds of them."""
MOST_FEEDS: Final = 16
"""Of one visitor: events are kept for each until it takes them."""
GREETING_SECONDS: Final = 10.0
"""So long somebody may stand there without a word."""

_WITH_ITS_SCREEN: Final = Refused(
    RefusalCode.NOT_READY,
    "This node is a playground's: it lives and ends with its screen.",
    "A playground is neither locked nor unlocked; to end it, leave its screen (q).",
)


class Counter:
    """Open from `opened` until `close`."""

    def __init__(
        self, node: NodeApi, others: Mapping[str, object], path: Path, server: asyncio.Server
    ) -> None:
        self._node, self._asked = node, {NODE: node, **others}
        self._path, self._server = path, server
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.wanted: Callable[[], None] = lambda: None

    @classmethod
    async def opened(
        cls,
        node: NodeApi,
        folder: Path,
        *,
        custody: CustodyApi | None = None,
        process: ProcessApi | None = None,
        name: str = SOCKET_NAME,
        wanted: Callable[[], None] = lambda: None,
    ) -> Counter:
        """A counter in that folder, whose lock the caller holds. Raises `NoPlace`, `OSError`.

        Who keeps the seed can be asked only where `custody` is given: a screen that has its node in
        its own process asks that one there. `wanted` is called when a node comes that is about to
        live and takes the wallet, of whatever version.
        """
        counter: Counter

        async def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.CancelledError):  # asyncio before 3.12 calls that a mistake
                await counter._serve(reader, writer)

        path = socket_in(folder, name)
        listening = bound(path)
        server = await asyncio.start_unix_server(came, sock=listening, start_serving=False)
        others = {CUSTODY: custody, PROCESS: process}
        counter = cls(node, others, path, server)
        counter.wanted = wanted
        await server.start_serving()
        return counter

    async def close(self) -> None:
        """Answer nobody any more, and leave no socket behind."""
        self._path.unlink(missing_ok=True)
        self._server.close()
        for writer in tuple(self._writers):
            writer.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._writers) >= MOST_VISITORS:
            writer.close()
            return
        self._writers.add(writer)
        try:
            if is_ours(writer.get_extra_info("socket")):
                await _Visit(self, self._node, self._asked, writer).go_on(reader)
        except (BadMessage, TimeoutError):
            pass  # who does not speak, or not our language, is not talked to
        finally:
            self._writers.discard(writer)
            writer.close()

    def do(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Beside everything else, until the counter closes."""
        task = asyncio.create_task(work, name="counter")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Visit:
    """One connection."""

    def __init__(
        self,
        counter: Counter,
        node: NodeApi,
        asked: Mapping[str, object],
        writer: asyncio.StreamWriter,
    ) -> None:
        self._counter, self._node, self._asked, self._writer = counter, node, asked, writer
        self._feeds: dict[int, AsyncIterator[FeedItem]] = {}
        self._waiting: dict[int, asyncio.Task[None]] = {}  # for a feed's next event
        self._room = asyncio.Semaphore(MOST_UNDER_WAY)

    async def go_on(self, reader: asyncio.StreamReader) -> None:
        """Until they leave. Raises `BadMessage`; `TimeoutError` for who says nothing at all."""
        try:
            async with asyncio.timeout(GREETING_SECONDS):
                first = await read_frame(reader, MOST_ASKED)
            if not first:
                return
            await self._hear(unpacked(first, FromClient))
            while frame := await read_frame(reader, MOST_ASKED):
                await self._hear(unpacked(frame, FromClient))
        finally:
            for task in self._waiting.values():  # an event that nobody takes; commands go on
                task.cancel()
            self._feeds.clear()

    async def _hear(self, message: FromClient) -> None:
        match message:
            case Hello(_, takes):
                self._say(Hello(VERSION))
                if takes:
                    self._counter.wanted()
            case Ask():
                await self._room.acquire()
                self._counter.do(self._answer(message))
            case Listen(feed):
                if len(self._feeds) >= MOST_FEEDS:
                    raise BadMessage("one reader too many")
                self._feeds[feed] = self._node.feed()
            case Next(number, feed):
                if feed not in self._feeds or feed in self._waiting:
                    raise BadMessage("an event for a reader that does not wait")
                self._waiting[feed] = self._counter.do(self._tell(number, feed))
            case _:
                assert_never(message)

    async def _answer(self, ask: Ask) -> None:
        try:
            self._say(await self._result(ask))
            await self._taken()
        finally:
            self._room.release()

    async def _result(self, ask: Ask) -> FromNode:
        verb, asked = verbs(ask.of).get(ask.verb), self._asked.get(ask.of)
        if verb is None:
            return Failed(ask.number, "BadMessage")
        if asked is None:
            return Shut(ask.number, _WITH_ITS_SCREEN)
        try:
            result = await _done(asked, verb, ask.arguments)
            if isinstance(result, Refused):
                return TurnedDown(ask.number, result)
            return Answered(ask.number, msgspec.Raw(packed(result)))
        except WalletShut as shut:
            return (TurnedDown if verb.may_be_refused else Shut)(ask.number, shut.refused)
        except Exception as error:  # a bug in one verb ends neither the visit nor the node
            self._complain(error)
            return Failed(ask.number, type(error).__name__)

    async def _tell(self, number: int, feed: int) -> None:
        item = await anext(self._feeds[feed], None)
        self._waiting.pop(feed, None)
        self._say(Ended(number) if item is None else Answered(number, msgspec.Raw(packed(item))))
        await self._taken()

    def _say(self, message: FromNode) -> None:
        if not self._writer.is_closing():
            self._writer.write(framed(message))

    async def _taken(self) -> None:
        """Wait until a visitor who reads slowly has room for more."""
        with suppress(OSError):  # gone: there is nobody to tell
            await self._writer.drain()

    def _complain(self, error: Exception) -> None:
        context = {"message": "a verb of the node's raised", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)


async def _done(asked: object, verb: Verb, arguments: msgspec.Raw) -> object:
    """What came of it. Some verbs of the custodian answer at once."""
    by_name = msgspec.structs.asdict(unpacked(arguments, verb.asks))
    result = getattr(asked, verb.name)(**by_name)
    return await result if inspect.isawaitable(result) else result
