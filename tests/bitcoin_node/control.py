"""The line to whoever started the node: JSON lines in and out. Where it breaks, the node ends."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Final, get_type_hints

import msgspec

from tests.bitcoin_node.answers import Request
from tests.bitcoin_node.commands import Commands

_MOST_LINE: Final = 1 << 24
Command = Callable[..., Coroutine[Any, Any, object]]


class Control:
    """Commands are carried out beside each other: one may wait for what another does."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self._running: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Until the line is closed."""
        reader = asyncio.StreamReader(limit=_MOST_LINE)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        while line := await reader.readline():
            request = msgspec.json.decode(line, type=Request)
            task = asyncio.create_task(self._carry_out(request), name=request.command)
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        for task in self._running:
            task.cancel()

    async def _carry_out(self, request: Request) -> None:
        answer: dict[str, object] = {"number": request.number}
        try:
            command: Command = getattr(self._commands, request.command)
            fields = msgspec.json.decode(request.fields, type=_fields_of(command))
            answer["result"] = await command(**msgspec.structs.asdict(fields))
        except Exception as error:  # whatever it is, the test is told and the node goes on
            answer["error"] = f"{type(error).__name__}: {error}"
        say(answer)


def say(line: object) -> None:
    """One line to whoever started the node."""
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def _fields_of(command: Command) -> type[msgspec.Struct]:
    hints = get_type_hints(command)
    fields = [
        (name, hints[name])
        if one.default is inspect.Parameter.empty
        else (name, hints[name], one.default)
        for name, one in inspect.signature(command).parameters.items()
    ]
    return msgspec.defstruct("Fields", fields, forbid_unknown_fields=True)
