"""How a message is declared: a frozen dataclass whose fields stand as in the BOLT's field table.

    @message(36)
    class ChannelReady(Message):
        channel_id: ChannelId
        second_per_commitment_point: Point
        short_channel_id: Annotated[ShortChannelId | None, Tlv(1, SCID)] = None

The layout (codecs in order, then TLVs) is read from the annotations once, when the first of its
kind is read or written: a screen that begins speaks with nobody yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Generic,
    Self,
    TypeVar,
    dataclass_transform,
    get_args,
    get_type_hints,
)

from lnwallet_tui.wire.errors import WireError
from lnwallet_tui.wire.fields import REMAINING, Codec, Rows
from lnwallet_tui.wire.reader import Reader
from lnwallet_tui.wire.tlv import read_tlvs, write_tlv


@dataclass(frozen=True, slots=True)
class Tlv:
    """Marks an optional field as TLV record `number` of the message's stream."""

    number: int
    codec: Codec[Any]


class _SignedExtension:
    """Marks the field that keeps the extension as it came, because signatures cover it."""


SignedExtension = Annotated[bytes, _SignedExtension()]


@dataclass(frozen=True, slots=True)
class Layout:
    """The codecs of a declaration: fixed fields in order, then TLVs in the order of their types."""

    fields: tuple[tuple[str, Codec[Any]], ...]
    tlvs: tuple[tuple[str, Tlv], ...]
    extension: str | None  # the name of the field that keeps the extension unread

    @classmethod
    def of(cls, declaration: type) -> Self:
        """Read from the annotations of a class."""
        fields: list[tuple[str, Codec[Any]]] = []
        tlvs: list[tuple[str, Tlv]] = []
        extension = None
        for name, hint in get_type_hints(declaration, include_extras=True).items():
            mark = get_args(hint)[1] if hasattr(hint, "__metadata__") else None
            if isinstance(mark, Tlv):
                tlvs.append((name, mark))
            elif isinstance(mark, _SignedExtension):
                extension = name
            elif mark is not None:
                fields.append((name, mark))
        assert [tlv.number for _, tlv in tlvs] == sorted({tlv.number for _, tlv in tlvs})
        return cls(tuple(fields), tuple(tlvs), extension)

    def read(self, reader: Reader) -> dict[str, Any]:
        """The values by field name, from a reader that stands at the first of them."""
        return {name: codec.read(reader) for name, codec in self.fields}

    def read_extension(self, reader: Reader) -> dict[str, Any]:
        """What follows the fixed fields. BOLT 1: a stream of TLV records, "the extension"."""
        if self.extension is not None:
            return {self.extension: reader.rest()}
        found = read_tlvs(reader.rest(), {tlv.number: tlv.codec for _, tlv in self.tlvs})
        return {name: found.get(tlv.number) for name, tlv in self.tlvs}

    def write(self, declared: object) -> bytes:
        """The fixed fields, then the TLVs that are present, then a kept extension."""
        parts = [codec.write(getattr(declared, name)) for name, codec in self.fields]
        for name, tlv in self.tlvs:
            value = getattr(declared, name)
            if value is not None:
                parts.append(write_tlv(tlv.number, tlv.codec.write(value)))
        if self.extension is not None:
            parts.append(REMAINING.write(getattr(declared, self.extension)))
        return b"".join(parts)

    def rows(self) -> Rows:
        """The fixed fields as the BOLT's table has them."""
        return tuple(row for name, codec in self.fields for row in codec.rows(name))


class Declared:
    """The layout of whichever class is asked."""

    def __get__(self, _: object, declaration: type) -> Layout:
        return _layout(declaration)


@cache
def _layout(declaration: type) -> Layout:
    return Layout.of(declaration)


class Message:
    """Base of all messages. Equal when all fields are."""

    __slots__ = ()
    MESSAGE_TYPE: ClassVar[int]
    MESSAGE_NAME: ClassVar[str]  # as in the BOLT: "open_channel"
    LAYOUT: ClassVar = Declared()


class Record:
    """Base of what stands inside a TLV record or an array with several fields of its own."""

    __slots__ = ()
    LAYOUT: ClassVar = Declared()


M = TypeVar("M", bound=Message)
R = TypeVar("R", bound=Record)


@dataclass_transform(frozen_default=True)
def message(number: int) -> Callable[[type[M]], type[M]]:
    """Declare a message of type `number`."""

    def declare(cls: type[M]) -> type[M]:
        made = dataclass(frozen=True, slots=True)(cls)
        made.MESSAGE_TYPE = number
        made.MESSAGE_NAME = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower().rstrip("_")
        return made

    return declare


@dataclass_transform(frozen_default=True)
def record(cls: type[R]) -> type[R]:
    """Declare the fields inside a TLV record or array item."""
    return dataclass(frozen=True, slots=True)(cls)


class RecordOf(Generic[R]):
    """The codec of a declared record; `width` only where the record is an array item."""

    def __init__(self, declaration: type[R], width: int = 0, name: str = "") -> None:
        self.declaration: Final = declaration
        self.width, self.name = width, name

    def read(self, reader: Reader) -> R:
        return self.declaration(**self.declaration.LAYOUT.read(reader))

    def write(self, value: R) -> bytes:
        return self.declaration.LAYOUT.write(value)

    def rows(self, name: str) -> Rows:
        return ((self.name, name),) if self.name else self.declaration.LAYOUT.rows()


def read_message(declaration: type[M], body: bytes) -> M:
    """The message of this declaration from its bytes after the type. Raises `WireError`."""
    reader, layout = Reader(body), declaration.LAYOUT
    try:
        return declaration(**layout.read(reader), **layout.read_extension(reader))
    except WireError as error:
        error.add_note(f"in {declaration.MESSAGE_NAME}")
        raise
