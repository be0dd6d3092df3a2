"""Partially signed transactions (BIP174, version 0): read and written.

What is not known here is kept and handed on. The format is small; the libraries that read it bring
transactions, scripts and key arithmetic of their own, and a second one of those beside the keys is
worse than these lines.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from lnwallet_tui.bitcoin.serial import Reader, SerialError, compact_size, with_length
from lnwallet_tui.bitcoin.tx import Tx, TxParseError
from lnwallet_tui.coins.psbt_rules import Global, In, Out, is_allowed

MAGIC: Final = b"psbt\xff"
MOST_BYTES: Final = 4_000_000
"""A transaction has at most 400,000 of weight, and each input may bring another one."""

Fields = Mapping[bytes, bytes]
"""By the whole key: its type, and what stands behind it."""
Kind = TypeVar("Kind", Global, In, Out)


class PsbtError(ValueError):
    """Not a partially signed transaction. The message says why in plain words."""


@dataclass(frozen=True, slots=True)
class Psbt:
    """An unsigned transaction, and what is known of its inputs and outputs. `fields` are those of
    the whole, without the transaction."""

    tx: Tx
    fields: Fields
    inputs: tuple[Fields, ...]
    outputs: tuple[Fields, ...]

    @classmethod
    def of(cls, tx: Tx) -> Psbt:
        """With nothing known."""
        bare = Tx.parse_base(tx.serialize_base())
        return cls(bare, {}, tuple({} for _ in tx.inputs), tuple({} for _ in tx.outputs))

    @classmethod
    def parse(cls, data: bytes) -> Psbt:
        """Raises `PsbtError`."""
        if len(data) > MOST_BYTES:
            raise PsbtError("it is too long")
        reader = Reader(data)
        try:
            if reader.take(len(MAGIC)) != MAGIC:
                raise PsbtError("it does not begin as one")
            fields = _read_fields(reader, Global)
            raw = fields.pop(key(Global.UNSIGNED_TX), None)
            if raw is None:
                raise PsbtError("the unsigned transaction is missing")
            tx = Tx.parse_base(raw)
            inputs = tuple(_read_fields(reader, In) for _ in tx.inputs)
            outputs = tuple(_read_fields(reader, Out) for _ in tx.outputs)
            reader.expect_end()
        except (SerialError, TxParseError) as error:
            raise PsbtError(str(error)) from error
        return cls(tx, fields, inputs, outputs)

    @classmethod
    def from_text(cls, text: str) -> Psbt:
        """Of base64. Raises `PsbtError`."""
        try:
            return cls.parse(base64.b64decode("".join(text.split()), validate=True))
        except (binascii.Error, UnicodeEncodeError, ValueError) as error:
            if isinstance(error, PsbtError):
                raise
            raise PsbtError("it is no base64") from error

    def serialize(self) -> bytes:
        """What `parse` reads."""
        whole = {key(Global.UNSIGNED_TX): self.tx.serialize_base(), **self.fields}
        maps = (whole, *self.inputs, *self.outputs)
        return MAGIC + b"".join(map(_serialize_fields, maps))

    def to_text(self) -> str:
        """In base64."""
        return base64.b64encode(self.serialize()).decode()

    def with_input(self, index: int, fields: Fields) -> Psbt:
        """With these fields of an input instead."""
        return replace(self, inputs=(*self.inputs[:index], fields, *self.inputs[index + 1 :]))

    def with_output(self, index: int, fields: Fields) -> Psbt:
        """With these fields of an output instead."""
        return replace(self, outputs=(*self.outputs[:index], fields, *self.outputs[index + 1 :]))


def key(kind: Global | In | Out, rest: bytes = b"") -> bytes:
    """The whole key of a field."""
    return compact_size(kind.value) + rest


def entries(fields: Fields, kind: Global | In | Out) -> dict[bytes, bytes]:
    """All fields of a type, by what stands behind it in their keys."""
    start = compact_size(kind.value)
    return {name[len(start) :]: value for name, value in fields.items() if name.startswith(start)}


def _read_fields(reader: Reader, kinds: type[Kind]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    while name := reader.with_length():
        value = reader.with_length()
        # BIP174 says that each key of a map stands there once.
        if name in found:
            raise PsbtError("a key stands there twice")
        start = Reader(name)
        number = start.compact_size()
        kind = next((one for one in kinds if one.value == number), None)
        if kind is not None and not is_allowed(kind, start.rest(), value):
            raise PsbtError(f"field {number:#04x} has a form that it must not have")
        found[name] = value
    return found


def _serialize_fields(fields: Fields) -> bytes:
    return (
        b"".join(with_length(name) + with_length(value) for name, value in fields.items()) + b"\0"
    )
