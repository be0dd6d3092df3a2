"""Field codecs: one object for each way in which a Bitcoin message writes a field.

Each knows the most bytes that it takes, so that a message is known to be too long from its frame.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Generic, Protocol, TypeVar

from lnwallet_tui.bitcoin.block import HEADER_SIZE
from lnwallet_tui.bitcoin.serial import Reader, compact_size, with_length
from lnwallet_tui.p2p.errors import Malformed, TooLong

T = TypeVar("T")


class Codec(Protocol[T]):
    """Reads and writes one field. `read` raises `P2pError` or `SerialError` only; `write` trusts
    its caller."""

    @property
    def most(self) -> int: ...
    def read(self, reader: Reader) -> T: ...
    def write(self, value: T) -> bytes: ...


class Unsigned:
    """A little-endian number of `width` bytes."""

    def __init__(self, width: int) -> None:
        self.width: Final = width
        self.most: Final = width

    def read(self, reader: Reader) -> int:
        return reader.uint(self.width)

    def write(self, value: int) -> bytes:
        return value.to_bytes(self.width, "little")


class Signed:
    """A little-endian number of `width` bytes that may be negative."""

    def __init__(self, width: int) -> None:
        self.width: Final = width
        self.most: Final = width

    def read(self, reader: Reader) -> int:
        return int.from_bytes(reader.take(self.width), "little", signed=True)

    def write(self, value: int) -> bytes:
        return value.to_bytes(self.width, "little", signed=True)


class Fixed:
    """`width` bytes."""

    def __init__(self, width: int) -> None:
        self.width: Final = width
        self.most: Final = width

    def read(self, reader: Reader) -> bytes:
        return reader.take(self.width)

    def write(self, value: bytes) -> bytes:
        assert len(value) == self.width
        return value


class Counted:
    """Bytes behind their compact size, at most `limit` of them."""

    def __init__(self, limit: int) -> None:
        self.limit: Final = limit
        self.most: Final = len(compact_size(limit)) + limit

    def read(self, reader: Reader) -> bytes:
        return reader.take(read_count(reader, self.limit))

    def write(self, value: bytes) -> bytes:
        return with_length(value)


class Rest:
    """All that is left of the message: from `least` to `most` bytes."""

    def __init__(self, least: int, most: int) -> None:
        self.least: Final = least
        self.most: Final = most

    def read(self, reader: Reader) -> bytes:
        data = reader.rest()
        if len(data) < self.least:
            raise Malformed(f"{len(data)} bytes, at least {self.least} expected")
        return data

    def write(self, value: bytes) -> bytes:
        return value


class Many(Generic[T]):
    """A compact size, then so many items, at most `limit` of them.

    Items are read one by one and each takes bytes, so a count beyond what is there ends soon.
    """

    def __init__(self, item: Codec[T], limit: int) -> None:
        self.item: Final = item
        self.limit: Final = limit
        self.most: Final = len(compact_size(limit)) + limit * item.most

    def read(self, reader: Reader) -> tuple[T, ...]:
        read = self.item.read
        return tuple([read(reader) for _ in range(read_count(reader, self.limit))])

    def write(self, value: tuple[T, ...]) -> bytes:
        return compact_size(len(value)) + b"".join(map(self.item.write, value))


class HeaderOfBlock:
    """A block's 80 bytes and, in `headers`, its number of transactions, which is always 0."""

    most: Final = HEADER_SIZE + 1

    def read(self, reader: Reader) -> bytes:
        header = reader.take(HEADER_SIZE)
        if reader.uint(1):
            raise Malformed("transactions behind a header")
        return header

    def write(self, value: bytes) -> bytes:
        assert len(value) == HEADER_SIZE
        return value + b"\0"


class Flag:
    """One byte, 0 or 1, that old peers leave out when they mean 1 (BIP37: `relay`)."""

    most: Final = 1

    def read(self, reader: Reader) -> bool:
        if reader.at_end():
            return True
        flag = reader.uint(1)
        if flag > 1:
            raise Malformed(f"{flag} is neither yes nor no")
        return flag == 1

    def write(self, value: bool) -> bytes:
        return bytes((value,))


def read_count(reader: Reader, limit: int) -> int:
    """A compact size of at most `limit`."""
    count = reader.compact_size()
    if count > limit:
        raise TooLong(f"{count} are listed, {limit} at most may be")
    return count


HASH: Final = Fixed(32)

U8 = Annotated[int, Unsigned(1)]
U32 = Annotated[int, Unsigned(4)]
U64 = Annotated[int, Unsigned(8)]
I32 = Annotated[int, Signed(4)]
I64 = Annotated[int, Signed(8)]
Hash = Annotated[bytes, HASH]
AnyCodec = Codec[Any]
