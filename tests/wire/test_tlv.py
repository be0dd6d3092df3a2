"""BOLT 1, appendix B: TLV streams in the namespaces n1 and n2."""

import json
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.wire.errors import TlvError
from lnwallet_tui.wire.fields import SCID, TU32, TU64, U64, UINT16, Codec, Point
from lnwallet_tui.wire.message import Record, RecordOf, record
from lnwallet_tui.wire.tlv import read_tlvs, tlv_records, write_tlv

STREAMS = json.loads((Path(__file__).parents[1] / "vectors/bolts/bolt01.json").read_text())[
    "tlv_streams"
]


@record
class Tlv3(Record):
    """`tlv3` of n1."""

    node_id: Point
    amount_msat_1: U64
    amount_msat_2: U64


NAMESPACES: dict[str, dict[int, Codec[Any]]] = {
    "n1": {1: TU64, 2: SCID, 3: RecordOf(Tlv3), 254: UINT16},
    "n2": {0: TU64, 11: TU32},
}
CASES = [(vector, name) for vector in STREAMS for name in vector["namespaces"]]
FIELDS = {1: "amount_msat", 2: "scid", 254: "cltv_delta"}


def words(values: dict[int, Any]) -> str:
    """Decoded values of n1, said as the vectors say them."""
    said = []
    for number, value in values.items():
        name = f"`tlv{ {1: 1, 2: 2, 3: 3, 254: 4}[number] }`"
        if isinstance(value, Tlv3):
            said += [name, f"`node_id`={value.node_id.hex()}"]
            said += [f"`amount_msat_1`={value.amount_msat_1}"]
            said += [f"`amount_msat_2`={value.amount_msat_2}"]
        else:
            said += [name, f"`{FIELDS[number]}`={value}"]
    return " ".join(said)


@pytest.mark.parametrize(("vector", "namespace"), CASES, ids=str)
def test_stream(vector: dict[str, Any], namespace: str) -> None:
    stream = bytes.fromhex(vector["stream"])
    if not vector["valid"]:
        with pytest.raises(TlvError):
            read_tlvs(stream, NAMESPACES[namespace])
        return
    values = read_tlvs(stream, NAMESPACES[namespace])
    if values:
        assert words(values) == vector["text"]
        [(number, value)] = values.items()
        assert write_tlv(number, NAMESPACES[namespace][number].write(value)) == stream


VALID = [bytes.fromhex(vector["stream"]) for vector, name in CASES if vector["valid"]]
INVALID = [bytes.fromhex(vector["stream"]) for vector, _ in CASES if not vector["valid"]]


def first_type(stream: bytes) -> int:
    return next(iter(tlv_records(stream))).number


@pytest.mark.parametrize("valid", [stream for stream in VALID if stream], ids=bytes.hex)
def test_appending_a_higher_stream(valid: bytes) -> None:
    """BOLT 1: "Any appending of a higher-numbered valid stream … should not trigger"."""
    for higher in VALID:
        if not higher or first_type(higher) <= first_type(valid):
            continue
        read_tlvs(valid + higher, NAMESPACES["n1"])


def invalid_in_n1() -> list[bytes]:
    return [
        bytes.fromhex(vector["stream"])
        for vector in STREAMS
        if not vector["valid"] and "n1" in vector["namespaces"]
    ]


@pytest.mark.parametrize("valid", VALID, ids=bytes.hex)
def test_appending_an_invalid_stream(valid: bytes) -> None:
    """BOLT 1: "Any appending of an invalid stream to a valid stream should trigger"."""
    for invalid in invalid_in_n1():
        with pytest.raises(TlvError):
            read_tlvs(valid + invalid, NAMESPACES["n1"])


def test_an_error_says_which_record_and_where() -> None:
    with pytest.raises(TlvError) as caught:
        read_tlvs(bytes.fromhex("0101010201ff"), NAMESPACES["n1"])
    assert (caught.value.number, caught.value.offset) == (2, 3)
    with pytest.raises(TlvError) as caught:
        read_tlvs(bytes.fromhex("010101fd"), NAMESPACES["n1"])
    assert (caught.value.number, caught.value.offset) == (None, 3)
