"""How state is written: version byte, CRC-32, then MessagePack of frozen structs.

The checksum is there because SQLite does not notice a flipped bit inside a row, and a wallet must
say "damaged" before it shows a wrong balance. It protects against the disk, not against people.
"""

from __future__ import annotations

import zlib
from typing import Any, Final, TypeVar

import msgspec

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.amount import AmountError, Msat, Sat
from lnwallet_tui.store.errors import RowDamaged, SchemaTooNew

VERSION: Final = 1
"""Of all that is stored: what is added to a struct later has a default. The first that cannot have
one makes a second version, and with it whoever reads the first."""

_HEADER: Final = 5
T = TypeVar("T")


def encode(value: object) -> bytes:
    """The bytes to store for `value`."""
    body = _ENCODER.encode(value)
    return bytes([VERSION]) + _checksum(VERSION, body) + body


def decode(data: bytes, kind: type[T]) -> T:
    """The value of type `kind` that was stored.

    Raises `RowDamaged` for bytes that `encode` did not write, `SchemaTooNew` for those of a version
    that is not known here.
    """
    if checked_version(data) > VERSION:
        raise SchemaTooNew(f"A newer program wrote this {kind.__name__}.")
    try:
        return msgspec.msgpack.decode(data[_HEADER:], type=kind, dec_hook=_from_plain)
    except (msgspec.MsgspecError, AmountError, ValueError, UnicodeDecodeError) as error:
        raise RowDamaged(f"A stored {kind.__name__} cannot be read ({error}).") from error


def decode_or(data: object, default: T, *, newer_too: bool = False) -> T:
    """The value that was stored, of the type of `default`, which is taken where it is damaged;
    `newer_too`: also where a newer program wrote it."""
    assert isinstance(data, bytes)
    try:
        return decode(data, type(default))
    except RowDamaged:
        return default
    except SchemaTooNew:
        if not newer_too:
            raise
        return default


def checked_version(data: bytes) -> int:
    """The version that stands before a stored value, after its checksum was compared."""
    if len(data) < _HEADER or data[1:_HEADER] != _checksum(data[0], data[_HEADER:]):
        raise RowDamaged("A row of the wallet's file is damaged: its checksum does not match.")
    return data[0]


def _checksum(version: int, body: bytes) -> bytes:
    return zlib.crc32(body, version).to_bytes(4, "big")


def _to_plain(value: object) -> object:
    match value:
        case Sat() | Msat():
            return value.value
        case Untrusted():
            return value.raw()
        case _:
            raise TypeError(f"{type(value).__name__} is not a stored type")


def _from_plain(kind: type[Any], value: Any) -> object:
    if kind in (Sat, Msat, Untrusted):
        return kind(value)
    raise TypeError(f"{kind.__name__} is not a stored type")


_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=_to_plain)
