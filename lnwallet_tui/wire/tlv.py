"""TLV streams (BOLT 1), strict: ascending, minimal, nothing even that we do not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lnwallet_tui.wire.errors import TlvError, WireError
from lnwallet_tui.wire.fields import Codec
from lnwallet_tui.wire.reader import Reader, bigsize


@dataclass(frozen=True, slots=True)
class TlvRecord:
    """One record as it came; `offset` is where it begins in the stream (bytes)."""

    number: int
    value: bytes
    offset: int


def tlv_records(stream: bytes) -> Iterator[TlvRecord]:
    """The records of a stream, in order. Raises `TlvError` where the stream is malformed.

    Whether a type is known is not looked at here.
    """
    reader, before = Reader(stream), -1
    while reader.remaining:
        offset, number = reader.position, None
        try:
            number = reader.bigsize()
            value = reader.take(reader.bigsize())
        except WireError as error:
            raise TlvError(str(error), number, offset) from None
        # BOLT 1: "if decoded types are not strictly-increasing … MUST fail to parse".
        if number <= before:
            raise TlvError("TLV types do not increase", number, offset)
        before = number
        yield TlvRecord(number, value, offset)


def read_tlvs(stream: bytes, known: Mapping[int, Codec[Any]]) -> dict[int, Any]:
    """The decoded values of the `known` types in a stream; unknown odd types are left out.

    Raises `TlvError`: a malformed stream or value, or an unknown even type.
    The values are as their codecs make them (`Any`: each type has its own).
    """
    values: dict[int, Any] = {}
    for record in tlv_records(stream):
        codec = known.get(record.number)
        if codec is not None:
            values[record.number] = _read_value(record, codec)
        elif record.number % 2 == 0:
            raise TlvError(f"TLV type {record.number} is unknown", record.number, record.offset)
    return values


def _read_value(record: TlvRecord, codec: Codec[Any]) -> Any:
    reader = Reader(record.value)
    try:
        value = codec.read(reader)
    except WireError as error:
        raise TlvError(str(error), record.number, record.offset) from error
    # BOLT 1: "if length is not exactly equal to that required for the known encoding for type:
    # MUST fail to parse the tlv_stream".
    if reader.remaining:
        raise TlvError(f"{reader.remaining} bytes too many", record.number, record.offset)
    return value


def write_tlv(number: int, value: bytes) -> bytes:
    """One record; the caller writes a stream's records in the order of their types."""
    return bigsize(number) + bigsize(len(value)) + value
