"""Pushes, numbers and the standard forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin import script

KEY = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")


def read_push(encoded: bytes) -> bytes:
    """What an interpreter would leave on the stack: written apart from the code under test."""
    op = encoded[0]
    if op == 0x4F:
        return b"\x81"
    if 0x51 <= op <= 0x60:
        return bytes((op - 0x50,))
    width = {0x4C: 1, 0x4D: 2, 0x4E: 4}.get(op, 0)
    length = int.from_bytes(encoded[1 : 1 + width], "little") if width else op
    assert len(encoded) == 1 + width + length
    return encoded[1 + width :]


@given(
    st.one_of(st.binary(max_size=80), st.sampled_from([b"\x01" * n for n in (255, 256, 70_000)]))
)
def test_a_push_pushes_its_data(data: bytes) -> None:
    assert read_push(script.push(data)) == data


@pytest.mark.parametrize(
    ("data", "encoded"),
    [
        (b"", "00"),
        (b"\x00", "0100"),
        (b"\x01", "51"),
        (b"\x10", "60"),
        (b"\x11", "0111"),
        (b"\x81", "4f"),
        (b"\x02" * 75, "4b" + "02" * 75),
        (b"\x02" * 76, "4c4c" + "02" * 76),
        (b"\x02" * 256, "4d0001" + "02" * 256),
    ],
)
def test_a_push_is_the_shortest(data: bytes, encoded: str) -> None:
    assert script.push(data).hex() == encoded


@pytest.mark.parametrize(
    ("number", "encoded"),
    [
        (0, ""),
        (1, "01"),
        (-1, "81"),
        (127, "7f"),
        (128, "8000"),
        (-128, "8080"),
        (144, "9000"),
        (255, "ff00"),
        (2016, "e007"),
        (32767, "ff7f"),
        (32768, "008000"),
        (500_000, "20a107"),
    ],
)
def test_numbers_as_the_interpreter_holds_them(number: int, encoded: str) -> None:
    assert script.encode_number(number).hex() == encoded


@given(st.integers(-(2**31), 2**31))
def test_numbers_there_and_back(number: int) -> None:
    encoded = script.encode_number(number)
    magnitude = int.from_bytes(encoded, "little")
    if encoded and encoded[-1] & 0x80:
        magnitude = -(magnitude - (0x80 << 8 * (len(encoded) - 1)))
    assert magnitude == number


def test_the_to_self_delay_of_bolt_3s_vectors() -> None:
    # BOLT 3, Appendix C: to_self_delay 144 stands in to_local's script as 029000.
    assert script.script_number(144).hex() == "029000"
    assert script.script_number(16).hex() == "60"


def test_assemble_takes_opcodes_and_data() -> None:
    assert script.assemble(script.OP_DUP, b"\xaa\xbb", script.OP_EQUAL).hex() == "7602aabb87"


def test_forms_are_recognised_and_no_other() -> None:
    forms = {
        script.is_p2wpkh: script.p2wpkh(KEY),
        script.is_p2wsh: script.p2wsh(b"\x51"),
        script.is_p2pkh: script.p2pkh(bytes(20)),
        script.is_p2sh: script.p2sh(bytes(20)),
    }
    for recognise in forms:
        assert [other for other in forms if recognise(forms[other])] == [recognise]


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        ("0014" + "11" * 20, (0, b"\x11" * 20)),
        ("5120" + "11" * 32, (1, b"\x11" * 32)),
        ("6002" + "1111", (16, b"\x11\x11")),
        ("6028" + "11" * 40, (16, b"\x11" * 40)),
        ("6029" + "11" * 41, None),
        ("5101" + "11", None),
        ("6102" + "1111", None),
        ("5003" + "111111", None),
        ("5120" + "11" * 31, None),
        ("", None),
    ],
)
def test_witness_programs(encoded: str, expected: tuple[int, bytes] | None) -> None:
    raw = bytes.fromhex(encoded)
    assert script.parse_witness_program(raw) == expected
    if expected:
        assert script.witness_program(*expected) == raw


ALWAYS = ["0014" + "11" * 20, "0020" + "11" * 32]
ANYSEGWIT = ["5120" + "11" * 32, "5102" + "1111", "6028" + "11" * 40]
NEVER = [
    "",
    "76a914" + "11" * 20 + "88ac",
    "a914" + "11" * 20 + "87",
    "0015" + "11" * 21,
    "5101" + "11",
    "6106" + "11" * 6,
    "6a06" + "11" * 6,
]


@pytest.mark.parametrize("encoded", ALWAYS + ANYSEGWIT + NEVER)
@pytest.mark.parametrize("anysegwit", [True, False])
def test_scripts_that_bolt_2_allows_in_shutdown(encoded: str, anysegwit: bool) -> None:
    allowed = encoded in ALWAYS or (anysegwit and encoded in ANYSEGWIT)
    assert script.is_standard_shutdown_script(bytes.fromhex(encoded), anysegwit) is allowed
