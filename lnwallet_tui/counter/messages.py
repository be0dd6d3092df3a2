"""What crosses the socket: MessagePack, and before each message its length in four bytes.

Arguments and results are `Raw` here: only the verb says of which type they are (`verbs`).
"""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import Any, Final

import msgspec

from lnwallet_tui.api.custody import Hidden
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.untrusted import Untrusted

VERSION: Final = version("lnwallet-tui")
"""Of this program: only the same one is talked to."""
MOST_ASKED: Final = 1 << 20
"""Bytes of one question: the longest has a few pasted texts in it."""
MOST_ANSWERED: Final = 64 << 20
"""Bytes of one answer: a page of payments has some hundred kilobytes."""
LENGTH: Final = 4
"""Bytes before each message."""


class BadMessage(Exception):
    """What came is no message of ours."""


class Hello(msgspec.Struct, frozen=True, tag=True):
    """First from both ends. Two versions of the program do not talk: they have other views. But
    this much each understands: `takes` is said by a node that is about to live, which the guard
    lets have the wallet."""

    version: str
    takes: bool = False


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Do `verb`; the answer bears the same `number`. `of` says whose verb it is (`verbs`)."""

    number: int
    verb: str
    arguments: msgspec.Raw
    of: str = ""


class Listen(msgspec.Struct, frozen=True, tag=True):
    """Keep the node's events for the reader `feed`, from what was asked before this on."""

    feed: int


class Next(msgspec.Struct, frozen=True, tag=True):
    """The next event for that reader, as soon as there is one. Asked for one by one, so that what
    a slow screen has not taken is superseded in the node and waits nowhere else."""

    number: int
    feed: int


class Answered(msgspec.Struct, frozen=True, tag=True):
    """The result of a verb, or an event."""

    number: int
    result: msgspec.Raw


class TurnedDown(msgspec.Struct, frozen=True, tag=True):
    """The node refused; nothing changed."""

    number: int
    refused: Refused


class Shut(msgspec.Struct, frozen=True, tag=True):
    """The same of a question that otherwise is always answered: the wallet is not open."""

    number: int
    refused: Refused


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A bug of the node's: `kind` is the name of what was raised, never its text."""

    number: int
    kind: str


class Ended(msgspec.Struct, frozen=True, tag=True):
    """There are no more events: the node ends."""

    number: int


FromClient = Hello | Ask | Listen | Next
FromNode = Hello | Answered | TurnedDown | Shut | Failed | Ended


def packed(value: object) -> bytes:
    """`value` as MessagePack; peer-controlled text as it came."""
    return _ENCODER.encode(value)


def unpacked(data: bytes | msgspec.Raw, kind: Any) -> Any:
    """The value of type `kind` in `data`. Raises `BadMessage`."""
    try:
        return msgspec.msgpack.decode(data, type=kind, dec_hook=_from_plain)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadMessage(str(error)) from error


def framed(message: FromClient | FromNode) -> bytes:
    """A message with its length before it."""
    body = packed(message)
    return len(body).to_bytes(LENGTH, "big") + body


async def read_frame(reader: asyncio.StreamReader, most: int) -> bytes:
    """The next message's bytes, empty at the end of the stream. Raises `BadMessage` for one longer
    than `most`."""
    try:
        length = int.from_bytes(await reader.readexactly(LENGTH), "big")
        if not 0 < length <= most:
            raise BadMessage(f"a message of {length} bytes")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, OSError):
        return b""


def whole(text: str) -> str:
    """Half of a surrogate pair is no text: a terminal that speaks no UTF-8 may have given one."""
    return text.encode("utf-8", "replace").decode()


def _to_plain(value: object) -> object:
    match value:
        case Untrusted():
            return whole(value.raw())
        case Hidden():  # to the one process that keeps the seed, or from it; logged nowhere
            return whole(value.reveal())
        case _:
            raise TypeError(f"{type(value).__name__} does not cross the counter")


def _from_plain(kind: type[Any], value: Any) -> object:
    if kind in (Untrusted, Hidden) and isinstance(value, str):
        return kind(value)
    raise ValueError(f"{kind.__name__} does not cross the counter")


_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=_to_plain)
