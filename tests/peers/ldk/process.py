"""A child process that speaks JSON lines: requests in, answers and events out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from tests.peers.ldk.answers import AnyEvent, Event, Line

PATIENCE_SECONDS: Final = 60.0
"""For one answer or event; they take milliseconds, but the machine may be busy."""

_MOST_LINE: Final = 1 << 24
_SHOWN_OF_LOG: Final = 6_000

E = TypeVar("E", bound=Event)
T = TypeVar("T")


class ChildFailed(Exception):
    """The process ended, did not answer in time, or said that it cannot."""


class Child:
    """The process, its stderr in `log`, and the events that nobody has asked for yet.

    `intercept` sees every event first; what it returns True for is not kept.
    """

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        log: Path,
        intercept: Callable[[AnyEvent], bool],
    ) -> None:
        self._process = process
        self._log = log
        self._intercept = intercept
        self._numbers = 0
        self._answers: dict[int, asyncio.Future[Line]] = {}
        self.events: list[AnyEvent] = []
        self._news = asyncio.Condition()
        self._ended = False
        self._reader = asyncio.create_task(self._read(), name=f"reader of {log.stem}")

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        log: Path,
        intercept: Callable[[AnyEvent], bool],
    ) -> Child:
        """Run `command`; what it writes to stderr is appended to `log`."""
        with log.open("ab") as stderr:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                limit=_MOST_LINE,
            )
        return cls(process, log, intercept)

    async def call(self, command: str, fields: Mapping[str, object], answer: type[T]) -> T:
        """Ask, and wait for the answer. What it caused at once was told before it."""
        self._numbers += 1
        number = self._numbers
        request = {"number": number, "command": command, "fields": fields}
        if self._ended:
            raise self._failure(f"{command}: it is not running")
        self._answers[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(request) + b"\n")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                line = await self._answers[number]
        except TimeoutError:
            raise self._failure(f"{command}: no answer") from None
        finally:
            del self._answers[number]
        if line.error is not None:
            raise self._failure(f"{command}: {line.error}")
        return msgspec.json.decode(line.result, type=answer)

    async def event(self, kind: type[E], **fields: object) -> E:
        """Take the first event of that kind with these fields; wait for it."""

        def find() -> E | None:
            for event in self.events:
                if isinstance(event, kind) and all(
                    getattr(event, name) == value for name, value in fields.items()
                ):
                    return event
            return None

        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._news:
                await self._news.wait_for(lambda: self._ended or find() is not None)
        except TimeoutError:
            pass
        found = find()
        if found is None:
            raise self._failure(f"no {kind.__name__} with {fields}; there was: {self.events}")
        self.events = [event for event in self.events if event is not found]
        return found

    async def stop(self) -> None:
        """End it as a crash would, between two commands; harmless when done twice."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader

    def log_tail(self) -> str:
        """The end of what it wrote to stderr."""
        return self._log.read_text(errors="replace")[-_SHOWN_OF_LOG:]

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while raw := await self._process.stdout.readline():
            line = msgspec.json.decode(raw, type=Line)
            if line.event is not None:
                await self._on_event(msgspec.json.decode(raw, type=AnyEvent))
            elif line.number is not None and line.number in self._answers:
                self._answers[line.number].set_result(line)
        await self._on_end()

    async def _on_event(self, event: AnyEvent) -> None:
        if self._intercept(event):
            return
        async with self._news:
            self.events.append(event)
            self._news.notify_all()

    async def _on_end(self) -> None:
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_result(Line(error="the process ended"))
        async with self._news:
            self._ended = True
            self._news.notify_all()

    def _failure(self, what: str) -> ChildFailed:
        return ChildFailed(
            f"{self._log.stem}: {what}\n--- its stderr ends with:\n{self.log_tail()}"
        )
