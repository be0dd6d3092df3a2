"""Transactions: the bytes are Core's, and nothing but a transaction is parsed."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import MAX_SAT, Sat
from lnwallet_tui.bitcoin.serial import Reader, SerialError, compact_size, with_length
from lnwallet_tui.bitcoin.tx import (
    OutPoint,
    Tx,
    TxIn,
    TxOut,
    TxParseError,
    txid_from_hex,
    txid_to_hex,
)
from tests.bips import vectors
from tests.bitcoin.core import core_serialize, core_txid

u32 = st.integers(0, 0xFFFFFFFF)
scripts = st.binary(max_size=40)
outpoints = st.builds(OutPoint, st.binary(min_size=32, max_size=32), u32)
witnesses = st.lists(scripts, max_size=3).map(tuple)
inputs = st.builds(TxIn, outpoints, scripts, u32, witnesses)
outputs = st.builds(TxOut, st.integers(0, MAX_SAT).map(Sat), scripts)
txs = st.builds(
    Tx,
    u32,
    st.lists(inputs, min_size=1, max_size=4).map(tuple),
    st.lists(outputs, min_size=1, max_size=4).map(tuple),
    u32,
)

# BIP143's first example, signed: one input with a script, one with a witness.
SIGNED = Tx.parse(bytes.fromhex(vectors("bip143")["cases"][0]["unsigned_tx"]))


@given(txs)
def test_there_and_back_and_core_agrees(tx: Tx) -> None:
    raw = tx.serialize()
    assert Tx.parse(raw) == tx
    assert core_serialize(raw) == raw
    assert core_txid(raw) == tx.txid


@given(txs)
def test_weight_counts_witness_bytes_once_and_others_four_times(tx: Tx) -> None:
    base, total = len(tx.serialize_base()), len(tx.serialize())
    assert tx.weight == 4 * base + (total - base)
    assert tx.vsize * 4 - 3 <= tx.weight <= tx.vsize * 4
    assert (tx.txid == tx.wtxid) == (not tx.has_witness)


@given(txs, st.data())
def test_a_changed_byte_parses_to_the_same_bytes_or_not_at_all(tx: Tx, data: st.DataObject) -> None:
    raw = bytearray(tx.serialize())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        parsed = Tx.parse(bytes(raw))
    except TxParseError:
        return
    assert parsed.serialize() == bytes(raw) == core_serialize(bytes(raw))


@given(txs, st.data())
def test_a_part_of_a_transaction_is_none(tx: Tx, data: st.DataObject) -> None:
    raw = tx.serialize()
    with pytest.raises(TxParseError):
        Tx.parse(raw[: data.draw(st.integers(0, len(raw) - 1))])
    with pytest.raises(TxParseError):
        Tx.parse(raw + b"\x00")


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_worse(garbage: bytes) -> None:
    with contextlib.suppress(TxParseError):
        assert Tx.parse(garbage).serialize() == garbage


def parts(*, value: int = 1, marker: str = "", count: str = "01", tail: str = "") -> bytes:
    """A transaction put together by hand, so that one part of it can be wrong."""
    txin = "11" * 32 + "00000000" + "00" + "ffffffff"
    out = value.to_bytes(8, "little").hex() + "0151"
    return bytes.fromhex("02000000" + marker + count + txin + "01" + out + tail + "00000000")


def test_the_hand_made_transaction_parses() -> None:
    assert Tx.parse(parts()).outputs == (TxOut(Sat(1), b"\x51"),)
    assert Tx.parse(parts(marker="0001", tail="010155")).inputs[0].witness == (b"\x55",)


@pytest.mark.parametrize(
    "raw",
    [
        parts(value=MAX_SAT + 1),
        parts(count="fd0100"),  # one, in three bytes
        parts(count="ff" + "ff" * 8),  # more inputs than there can be
        parts(marker="0002", tail="0100"),  # a flag that nobody knows
        parts(marker="0001", tail="00"),  # a witness part in which nothing stands
        bytes.fromhex("02000000" + "00" + "00" + "00000000"),  # no inputs
        bytes.fromhex("02000000" + "0001" + "00" + "00" + "00000000"),  # no inputs, with a flag
    ],
)
def test_what_core_would_not_relay_is_not_parsed(raw: bytes) -> None:
    with pytest.raises(TxParseError):
        Tx.parse(raw)


def test_with_witness_changes_one_input_only() -> None:
    signed = SIGNED.with_witness(1, (b"a", b"b"))
    assert signed.inputs[0] == SIGNED.inputs[0]
    assert signed.inputs[1].witness == (b"a", b"b")
    assert signed.txid == SIGNED.txid
    assert signed.wtxid != SIGNED.wtxid


def test_an_outpoint_reads_as_people_write_it() -> None:
    assert str(SIGNED.outpoint(1)) == f"{txid_to_hex(SIGNED.txid)}:1"


@given(st.binary(min_size=32, max_size=32))
def test_txids_are_shown_reversed(txid: bytes) -> None:
    assert txid_to_hex(txid) == txid[::-1].hex()
    assert txid_from_hex(txid_to_hex(txid)) == txid


@pytest.mark.parametrize("text", ["", "zz" * 32, "00" * 31, "00" * 33, "00 " * 32])
def test_what_is_no_txid_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hex"):
        txid_from_hex(text)


@given(st.integers(0, 2**64 - 1))
def test_compact_sizes_there_and_back(size: int) -> None:
    encoded = compact_size(size)
    reader = Reader(encoded)
    assert reader.compact_size() == size
    assert reader.at_end()
    assert reader.position == len(encoded)


@pytest.mark.parametrize(
    "encoded", ["fd0000", "fdfc00", "feffff0000", "ffffffffff00000000", "fd00"]
)
def test_a_compact_size_is_the_shortest(encoded: str) -> None:
    with pytest.raises(SerialError):
        Reader(bytes.fromhex(encoded)).compact_size()


def test_length_and_bytes_belong_together() -> None:
    assert Reader(with_length(b"abc")).with_length() == b"abc"


def test_a_transaction_can_be_stored() -> None:
    def to_builtin(value: object) -> int:
        assert isinstance(value, Sat)
        return value.value

    stored = msgspec.msgpack.encode(SIGNED, enc_hook=to_builtin)
    loaded = msgspec.msgpack.decode(stored, type=Tx, dec_hook=lambda kind, value: kind(value))
    assert loaded == SIGNED
