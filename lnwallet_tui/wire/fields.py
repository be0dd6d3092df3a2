"""Field codecs: one object for each way in which the BOLTs write a field.

A message declares a field once, as `name: Annotated[python type, codec]`; the aliases at the end
are the fundamental types of BOLT 1. `rows` says what the BOLTs' field tables say about the field,
so that a test can compare our declarations with the text.
"""

from __future__ import annotations

from typing import Annotated, Final, Generic, Protocol, TypeVar

from lnwallet_tui.bitcoin.amount import MAX_SAT, AmountError, Msat, Sat
from lnwallet_tui.bitcoin.curve import is_public_key
from lnwallet_tui.wire.errors import AmountOutOfRange, WireError
from lnwallet_tui.wire.reader import Reader, bigsize
from lnwallet_tui.wire.scid import ShortChannelId

T = TypeVar("T")
A = TypeVar("A", bound=Sat | Msat)
Rows = tuple[tuple[str, str], ...]
"""Lines of a field table: the BOLT's type and the field's name."""


class Codec(Protocol[T]):
    """Reads and writes one field. `read` raises `WireError` only; `write` trusts its caller."""

    def read(self, reader: Reader) -> T: ...
    def write(self, value: T) -> bytes: ...
    def rows(self, name: str) -> Rows: ...


class Unsigned:
    """A big-endian number of `width` bytes."""

    def __init__(self, bolt_type: str, width: int) -> None:
        self.bolt_type, self.width = bolt_type, width

    def read(self, reader: Reader) -> int:
        return reader.uint(self.width)

    def write(self, value: int) -> bytes:
        return value.to_bytes(self.width, "big")

    def rows(self, name: str) -> Rows:
        return ((self.bolt_type, name),)


class Truncated:
    """A number without its leading zeros (`tu32`, `tu64`): all that is left of a record."""

    def __init__(self, bolt_type: str, width: int) -> None:
        self.bolt_type, self.width = bolt_type, width

    def read(self, reader: Reader) -> int:
        if reader.remaining > self.width:
            raise WireError(f"a {self.bolt_type} has at most {self.width} bytes")
        data = reader.rest()
        # BOLT 1: "Leading zeros in truncated integers MUST be omitted".
        if data.startswith(b"\0"):
            raise WireError(f"a {self.bolt_type} does not begin with a zero byte")
        return int.from_bytes(data, "big")

    def write(self, value: int) -> bytes:
        data = value.to_bytes((value.bit_length() + 7) // 8, "big")
        assert len(data) <= self.width, f"{value} is not a {self.bolt_type}"
        return data

    def rows(self, name: str) -> Rows:
        return ((self.bolt_type, name),)


class BigSizeField:
    """A `bigsize`."""

    def read(self, reader: Reader) -> int:
        return reader.bigsize()

    def write(self, value: int) -> bytes:
        return bigsize(value)

    def rows(self, name: str) -> Rows:
        return (("bigsize", name),)


class AmountOf(Generic[A]):
    """An amount in `unit`, written as `number` writes an integer."""

    def __init__(self, unit: type[A], number: Codec[int]) -> None:
        self.unit, self.number = unit, number

    def read(self, reader: Reader) -> A:
        value = self.number.read(reader)
        try:
            return self.unit(value)
        except AmountError:
            raise AmountOutOfRange(f"{value} is more than all bitcoin") from None

    def write(self, value: A) -> bytes:
        assert type(value) is self.unit, f"{value!r} is not in {self.unit.__name__}"
        return self.number.write(value.value)

    def rows(self, name: str) -> Rows:
        return self.number.rows(name)


class CeilingOf(AmountOf[A]):
    """An amount that is only a limit: above `most`, all bitcoin there can be, it says "no limit".

    Core Lightning writes `max_htlc_value_in_flight_msat` as 2^64 - 1.
    """

    def __init__(self, most: A, number: Codec[int]) -> None:
        super().__init__(type(most), number)
        self.most = most

    def read(self, reader: Reader) -> A:
        value = self.number.read(reader)
        return self.unit(value) if value < self.most.value else self.most


class Fixed:
    """Exactly `width` bytes."""

    def __init__(self, bolt_type: str, width: int) -> None:
        self.bolt_type, self.width = bolt_type, width

    def read(self, reader: Reader) -> bytes:
        return reader.take(self.width)

    def write(self, value: bytes) -> bytes:
        assert len(value) == self.width, f"a {self.bolt_type} has {self.width} bytes"
        return value

    def rows(self, name: str) -> Rows:
        return ((self.bolt_type, name),)


class PointField(Fixed):
    """A compressed point of the curve; anything else is refused."""

    def __init__(self) -> None:
        super().__init__("point", 33)

    def read(self, reader: Reader) -> bytes:
        point = super().read(reader)
        if not is_public_key(point):
            raise WireError("not a valid point")
        return point


class ScidField:
    """A `short_channel_id`."""

    width: Final = 8

    def read(self, reader: Reader) -> ShortChannelId:
        return ShortChannelId.from_int(reader.uint(self.width))

    def write(self, value: ShortChannelId) -> bytes:
        return int(value).to_bytes(self.width, "big")

    def rows(self, name: str) -> Rows:
        return (("short_channel_id", name),)


class Remaining:
    """All bytes that are left (`...*byte`)."""

    def read(self, reader: Reader) -> bytes:
        return reader.rest()

    def write(self, value: bytes) -> bytes:
        return value

    def rows(self, name: str) -> Rows:
        return (("...*byte", name),)


class Counted:
    """Bytes behind their number in a `u16`, which the BOLT calls `length_name`."""

    def __init__(self, length_name: str) -> None:
        self.length_name = length_name

    def read(self, reader: Reader) -> bytes:
        return reader.take(reader.uint(2))

    def write(self, value: bytes) -> bytes:
        return len(value).to_bytes(2, "big") + value

    def rows(self, name: str) -> Rows:
        return (("u16", self.length_name), (f"{self.length_name}*byte", name))


class SizedCodec(Codec[T], Protocol[T]):
    """A codec that always takes `width` bytes."""

    @property
    def width(self) -> int: ...


class _Items(Generic[T]):
    """What the three kinds of arrays share: items of one fixed width."""

    def __init__(self, item: SizedCodec[T]) -> None:
        self.item = item

    def read_items(self, reader: Reader, count: int) -> tuple[T, ...]:
        body = Reader(reader.take(count * self.item.width))
        return tuple(self.item.read(body) for _ in range(count))

    def write(self, value: tuple[T, ...]) -> bytes:
        return b"".join(map(self.item.write, value))

    def item_rows(self, count: str, name: str) -> Rows:
        return tuple((f"{count}*{kind}", name) for kind, _ in self.item.rows(name))


class CountedArray(_Items[T]):
    """Items behind their number in a `u16`, which the BOLT calls `count_name`."""

    def __init__(self, count_name: str, item: SizedCodec[T]) -> None:
        super().__init__(item)
        self.count_name = count_name

    def read(self, reader: Reader) -> tuple[T, ...]:
        return self.read_items(reader, reader.uint(2))

    def write(self, value: tuple[T, ...]) -> bytes:
        return len(value).to_bytes(2, "big") + super().write(value)

    def rows(self, name: str) -> Rows:
        return (("u16", self.count_name), *self.item_rows(self.count_name, name))


class FixedArray(_Items[T]):
    """Exactly `count` items."""

    def __init__(self, count: int, item: SizedCodec[T]) -> None:
        super().__init__(item)
        self.count = count

    def read(self, reader: Reader) -> tuple[T, ...]:
        return self.read_items(reader, self.count)

    def write(self, value: tuple[T, ...]) -> bytes:
        assert len(value) == self.count, f"{self.count} items, not {len(value)}"
        return super().write(value)

    def rows(self, name: str) -> Rows:
        return self.item_rows(str(self.count), name)


class RemainingArray(_Items[T]):
    """Items until the end."""

    def read(self, reader: Reader) -> tuple[T, ...]:
        count, over = divmod(reader.remaining, self.item.width)
        if over:
            raise WireError(f"{over} bytes after the last item")
        return self.read_items(reader, count)

    def rows(self, name: str) -> Rows:
        return self.item_rows("...", name)


BYTE: Final = Unsigned("byte", 1)
UINT16: Final = Unsigned("u16", 2)
UINT32: Final = Unsigned("u32", 4)
UINT64: Final = Unsigned("u64", 8)
TU32: Final = Truncated("tu32", 4)
TU64: Final = Truncated("tu64", 8)
BIGSIZE: Final = BigSizeField()
SAT64: Final = AmountOf(Sat, UINT64)
MSAT32: Final = AmountOf(Msat, UINT32)
MSAT64: Final = AmountOf(Msat, UINT64)
MSAT_TU64: Final = AmountOf(Msat, TU64)
MSAT_CEILING: Final = CeilingOf(Sat(MAX_SAT).to_msat(), UINT64)
BYTES32: Final = Fixed("32*byte", 32)
SHA256: Final = Fixed("sha256", 32)
CHAIN_HASH: Final = Fixed("chain_hash", 32)
CHANNEL_ID: Final = Fixed("channel_id", 32)
SIGNATURE: Final = Fixed("signature", 64)
POINT: Final = PointField()
SCID: Final = ScidField()
REMAINING: Final = Remaining()

Byte = Annotated[int, BYTE]
U16 = Annotated[int, UINT16]
U32 = Annotated[int, UINT32]
U64 = Annotated[int, UINT64]
BigSize = Annotated[int, BIGSIZE]
SatU64 = Annotated[Sat, SAT64]
MsatU32 = Annotated[Msat, MSAT32]
MsatU64 = Annotated[Msat, MSAT64]
MsatCeiling = Annotated[Msat, MSAT_CEILING]
Bytes32 = Annotated[bytes, BYTES32]
Sha256 = Annotated[bytes, SHA256]
ChainHash = Annotated[bytes, CHAIN_HASH]
ChannelId = Annotated[bytes, CHANNEL_ID]
Signature = Annotated[bytes, SIGNATURE]
Point = Annotated[bytes, POINT]
Scid = Annotated[ShortChannelId, SCID]
RemainingBytes = Annotated[bytes, REMAINING]
