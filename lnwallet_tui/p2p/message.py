"""How a message is declared: a frozen dataclass whose fields stand in the order of the bytes.

@message("cfheaders")
class CFHeaders(Message):
    filter_type: U8
    stop_hash: Hash
    previous_filter_header: Hash
    filter_hashes: Annotated[tuple[bytes, ...], Many(HASH, 2_000)]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeVar, dataclass_transform, get_args, get_type_hints

from lnwallet_tui.bitcoin.serial import Reader, SerialError
from lnwallet_tui.p2p.errors import Malformed, P2pError
from lnwallet_tui.p2p.fields import AnyCodec

Layout = tuple[tuple[str, AnyCodec], ...]
"""The codecs of a declaration by the names of its fields, in order."""


class Message:
    """Base of all messages. Equal when all fields are."""

    __slots__ = ()
    COMMAND: ClassVar[str]
    LAYOUT: ClassVar[Layout]
    MOST: ClassVar[int]  # bytes of payload


class Record:
    """Base of what a message lists and has several fields."""

    __slots__ = ()
    LAYOUT: ClassVar[Layout]


M = TypeVar("M", bound=Message)
R = TypeVar("R", bound=Record)


def _layout(declaration: type) -> Layout:
    hints = get_type_hints(declaration, include_extras=True).items()
    return tuple((name, get_args(hint)[1]) for name, hint in hints if hasattr(hint, "__metadata__"))


@dataclass_transform(frozen_default=True)
def message(command: str) -> Callable[[type[M]], type[M]]:
    """Declare the message that is sent as `command`."""

    def declare(cls: type[M]) -> type[M]:
        made = dataclass(frozen=True, slots=True)(cls)
        made.COMMAND = command
        made.LAYOUT = _layout(made)
        made.MOST = sum(codec.most for _, codec in made.LAYOUT)
        return made

    return declare


@dataclass_transform(frozen_default=True)
def record(cls: type[R]) -> type[R]:
    """Declare the fields of an item."""
    made = dataclass(frozen=True, slots=True)(cls)
    made.LAYOUT = _layout(made)
    return made


class RecordOf:
    """The codec of a declared record."""

    def __init__(self, declaration: type[Record]) -> None:
        self.declaration = declaration
        self.most = sum(codec.most for _, codec in declaration.LAYOUT)

    def read(self, reader: Reader) -> Record:
        return self.declaration(**{name: c.read(reader) for name, c in self.declaration.LAYOUT})

    def write(self, value: Record) -> bytes:
        return b"".join(codec.write(getattr(value, name)) for name, codec in value.LAYOUT)


def read_message(declaration: type[M], payload: bytes) -> M:
    """The message that is the whole of `payload`. Raises `P2pError`."""
    reader = Reader(payload)
    try:
        made = declaration(**{name: codec.read(reader) for name, codec in declaration.LAYOUT})
        reader.expect_end()
    except SerialError as error:
        raise Malformed(f"{declaration.COMMAND}: {error}") from error
    except P2pError as error:
        raise type(error)(f"{declaration.COMMAND}: {error}") from error
    return made


def write_message(declared: Message) -> bytes:
    """The payload."""
    data = b"".join(codec.write(getattr(declared, name)) for name, codec in declared.LAYOUT)
    assert len(data) <= declared.MOST, f"{declared.COMMAND} of {len(data)} bytes"
    return data
