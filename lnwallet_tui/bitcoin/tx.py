"""Transactions: frozen, with their ids, their weight and the wire format of BIP144.

Txids are 32 bytes in the order they are hashed in; `txid_to_hex` gives the reversed hex that people
read. Parsing is strict: what was parsed serializes to the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from lnwallet_tui.bitcoin.amount import AmountError, Sat
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.serial import Reader, SerialError, compact_size, with_length

SEQUENCE_FINAL: Final = 0xFFFFFFFF
_SEGWIT: Final = b"\x00\x01"  # BIP144: a marker that looks like "no inputs", and a flag


class TxParseError(ValueError):
    """These bytes are no transaction."""


@dataclass(frozen=True, slots=True, order=True)
class OutPoint:
    """An output of a transaction: which one it is."""

    txid: bytes
    vout: int

    def serialize(self) -> bytes:
        """36 bytes."""
        return self.txid + self.vout.to_bytes(4, "little")

    def __str__(self) -> str:
        return f"{txid_to_hex(self.txid)}:{self.vout}"


@dataclass(frozen=True, slots=True)
class TxIn:
    """An input: what it spends and, once signed, why it may."""

    outpoint: OutPoint
    script_sig: bytes = b""
    sequence: int = SEQUENCE_FINAL
    witness: tuple[bytes, ...] = ()

    def serialize(self) -> bytes:
        """Without the witness, which stands behind the outputs."""
        sequence = self.sequence.to_bytes(4, "little")
        return self.outpoint.serialize() + with_length(self.script_sig) + sequence


@dataclass(frozen=True, slots=True)
class TxOut:
    """An output: how much, to what script."""

    value: Sat
    script_pubkey: bytes

    def serialize(self) -> bytes:
        """8 bytes of value, then the script."""
        return self.value.value.to_bytes(8, "little") + with_length(self.script_pubkey)


@dataclass(frozen=True)  # without slots: an id is remembered, since it is asked for all the time
class Tx:
    """A transaction."""

    version: int
    inputs: tuple[TxIn, ...]
    outputs: tuple[TxOut, ...]
    locktime: int = 0

    @classmethod
    def parse(cls, data: bytes) -> Tx:
        """The transaction that is the whole of `data`; `TxParseError` otherwise."""
        reader = Reader(data)
        try:
            tx = read_tx(reader)
            reader.expect_end()
        except SerialError as error:
            raise TxParseError(str(error)) from error
        return tx

    @classmethod
    def parse_base(cls, data: bytes) -> Tx:
        """The same without witnesses, and perhaps without inputs, as BIP174 has unsigned ones."""
        reader = Reader(data)
        try:
            version = reader.uint(4)
            inputs = reader.many(lambda: _read_input(reader))
            outputs = reader.many(lambda: read_output(reader))
            tx = cls(version, inputs, outputs, reader.uint(4))
            reader.expect_end()
        except SerialError as error:
            raise TxParseError(str(error)) from error
        return tx

    def serialize(self) -> bytes:
        """With witnesses where there are any, in the old form where there are none."""
        if not self.has_witness:
            return self.serialize_base()
        witnesses = b"".join(_serialize_witness(txin.witness) for txin in self.inputs)
        return self._version() + _SEGWIT + self._body() + witnesses + self._locktime()

    def serialize_base(self) -> bytes:
        """Without witnesses: what the txid commits to."""
        return self._version() + self._body() + self._locktime()

    def _version(self) -> bytes:
        return self.version.to_bytes(4, "little")

    def _locktime(self) -> bytes:
        return self.locktime.to_bytes(4, "little")

    def _body(self) -> bytes:
        inputs = b"".join(txin.serialize() for txin in self.inputs)
        outputs = b"".join(txout.serialize() for txout in self.outputs)
        return compact_size(len(self.inputs)) + inputs + compact_size(len(self.outputs)) + outputs

    @property
    def has_witness(self) -> bool:
        """Whether any input has one."""
        return any(txin.witness for txin in self.inputs)

    @cached_property
    def txid(self) -> bytes:
        """The hash of everything but the witnesses, in wire order."""
        return sha256d(self.serialize_base())

    @property
    def wtxid(self) -> bytes:
        """The hash of everything, in wire order."""
        return sha256d(self.serialize())

    @property
    def weight(self) -> int:
        """BIP141: three times the size without witnesses, plus the size with them."""
        return 3 * len(self.serialize_base()) + len(self.serialize())

    @property
    def vsize(self) -> int:
        """A quarter of the weight, rounded up."""
        return -(-self.weight // 4)

    def outpoint(self, vout: int) -> OutPoint:
        """The name of output `vout`."""
        return OutPoint(self.txid, vout)

    def with_witness(self, index: int, witness: tuple[bytes, ...]) -> Tx:
        """The same transaction with `witness` on input `index`."""
        signed = replace(self.inputs[index], witness=witness)
        return replace(self, inputs=(*self.inputs[:index], signed, *self.inputs[index + 1 :]))


def read_tx(reader: Reader) -> Tx:
    """The next transaction, as it stands in a block; `TxParseError` or `SerialError`."""
    version = reader.uint(4)
    inputs = reader.many(lambda: _read_input(reader))
    segwit = not inputs
    if segwit:
        if reader.uint(1) != 1:
            raise TxParseError("a transaction without inputs")
        inputs = reader.many(lambda: _read_input(reader))
    outputs = reader.many(lambda: read_output(reader))
    if segwit:
        inputs = tuple(replace(txin, witness=_read_witness(reader)) for txin in inputs)
        if not any(txin.witness for txin in inputs):
            raise TxParseError("a witness part without a witness")
    if not inputs:
        raise TxParseError("a transaction without inputs")
    return Tx(version, inputs, outputs, reader.uint(4))


def _read_input(reader: Reader) -> TxIn:
    outpoint = OutPoint(reader.take(32), reader.uint(4))
    return TxIn(outpoint, reader.with_length(), reader.uint(4))


def read_output(reader: Reader) -> TxOut:
    """The next output; `TxParseError` or `SerialError`."""
    try:
        value = Sat(reader.uint(8))
    except AmountError as error:
        raise TxParseError(str(error)) from error
    return TxOut(value, reader.with_length())


def _read_witness(reader: Reader) -> tuple[bytes, ...]:
    return reader.many(reader.with_length)


def _serialize_witness(witness: tuple[bytes, ...]) -> bytes:
    return compact_size(len(witness)) + b"".join(with_length(item) for item in witness)


def txid_to_hex(txid: bytes) -> str:
    """The reversed hex in which txids and block hashes are shown."""
    return txid[::-1].hex()


def txid_from_hex(text: str) -> bytes:
    """The inverse of `txid_to_hex`; `ValueError` unless it is 64 hex digits."""
    txid = bytes.fromhex(text)[::-1]
    if len(txid) != 32 or len(text) != 64:
        raise ValueError("a txid has 64 hex digits")
    return txid
