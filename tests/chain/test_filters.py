"""BIP158: its vectors, an encoder written from its text, and what strangers may send instead."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from siphashc import siphash

from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.serial import compact_size
from lnwallet_tui.bitcoin.tx import txid_from_hex
from lnwallet_tui.chain import golomb
from lnwallet_tui.chain.filters import BasicFilter, FilterError, is_filtered, matching
from tests.bip158_encoder import (
    decoded_bit_by_bit,
    encode_filter,
    encode_numbers,
    filter_of,
    gcs_match_any,
    scripts_of,
    siphash_2_4,
)
from tests.bips import vectors

CASES = vectors("bip158")["cases"]
BLOCK_HASH = bytes(range(32))

scripts = st.frozensets(st.binary(min_size=1, max_size=40), max_size=30)


def spent_of(case: dict[str, Any]) -> list[bytes]:
    return [bytes.fromhex(script) for script in case["previous_output_scripts"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['height']}")
def test_bip158_vectors(case: dict[str, Any]) -> None:
    block = Block.parse(bytes.fromhex(case["block"]))
    assert block.hash == txid_from_hex(case["block_hash"])
    held = scripts_of(block, spent_of(case))
    found = BasicFilter(block.hash, bytes.fromhex(case["filter"]))
    assert found.count == len(held)
    assert found.lacks(sorted(held)) == ()
    assert all(found.matches([script]) for script in held)
    assert found.matches([b"\x51", *held]) == bool(held)
    assert not found.matches([b"none of these", b"\x00\x14" + bytes(20)])
    assert filter_of(block, spent_of(case)) == found.data


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['height']}")
def test_what_a_filter_leaves_out(case: dict[str, Any]) -> None:
    block = Block.parse(bytes.fromhex(case["block"]))
    found = BasicFilter(block.hash, bytes.fromhex(case["filter"]))
    for tx in block.transactions:
        for output in tx.outputs:
            script = output.script_pubkey
            assert found.matches([script]) == is_filtered(script)


# Reference implementation of SipHash, vectors.h (CC0): key 00 01 … 0f, data 00, 00 01, …
SIPHASH = {
    0: 0x726FDB47DD0E0E31,
    1: 0x74F839C593DC67FD,
    7: 0xAB0200F58B01D137,
    8: 0x93F5F5799A932462,
    15: 0xA129CA6149BE45E5,
}


@pytest.mark.parametrize("length", SIPHASH)
def test_siphash_vectors(length: int) -> None:
    key, data = bytes(range(16)), bytes(range(length))
    assert siphash(key, data) == siphash_2_4(key, data) == SIPHASH[length]


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=80))
def test_the_packages_siphash_is_the_papers(key: bytes, data: bytes) -> None:
    assert siphash(key, data) == siphash_2_4(key, data)


@given(scripts, scripts)
def test_what_is_in_a_filter_is_found(held: frozenset[bytes], others: frozenset[bytes]) -> None:
    found = BasicFilter(BLOCK_HASH, encode_filter(BLOCK_HASH, held))
    assert found.count == len(held)
    assert found.lacks(tuple(held)) == ()
    assert found.matches(tuple(held | others)) == (bool(held) or found.matches(tuple(others)))
    absent = found.lacks(tuple(others))
    assert held.isdisjoint(absent)
    assert found.matches(tuple(others)) == (len(absent) < len(others))


@given(st.sets(st.integers(0, golomb.M - 1), max_size=60))
def test_numbers_survive_the_coding(numbers: set[int]) -> None:
    coded = encode_numbers(sorted(numbers))
    assert golomb.decode(coded, len(numbers)) == sorted(numbers)


def test_a_distance_may_be_as_long_as_all() -> None:
    """More 1 in a row than chance makes; BIP158 sets no limit."""
    numbers = [3, 3, *[999 * golomb.M] * 998]
    assert golomb.decode(encode_numbers(numbers), 1_000) == numbers


def test_no_number_is_as_large_as_the_range() -> None:
    for count in (1, 2, 50):
        numbers = [*range(count - 1), count * golomb.M - 1]
        assert golomb.decode(encode_numbers(numbers), count) == numbers
        with pytest.raises(golomb.GolombError):
            golomb.decode(encode_numbers([*numbers[:-1], count * golomb.M]), count)


@given(scripts.filter(bool), scripts.filter(bool))
def test_the_bips_own_way_finds_the_same(held: frozenset[bytes], wanted: frozenset[bytes]) -> None:
    data = encode_filter(BLOCK_HASH, held)
    coded = data[len(compact_size(len(held))) :]
    assert golomb.decode(coded, len(held)) == list(decoded_bit_by_bit(coded, len(held)))
    slowly = gcs_match_any(siphash_2_4, BLOCK_HASH[:16], coded, sorted(wanted), len(held))
    assert BasicFilter(BLOCK_HASH, data).matches(sorted(wanted)) == slowly


@given(st.binary(max_size=400))
@example(b"")
@example(b"\x01\xff\xff\xff")
@example(b"\x01" + bytes(2))
@example(b"\xfd\x01\x00" + bytes(3))
def test_any_bytes_are_a_filter_or_a_filter_error(data: bytes) -> None:
    found = BasicFilter(BLOCK_HASH, data)
    try:
        found.matches([b"\x51"])
        assert len(found.lacks([b"\x51", b"\x52"])) <= 2
    except FilterError:
        return
    assert found.count <= golomb.MOST_ELEMENTS


@given(scripts, st.data())
def test_a_filter_with_one_bit_changed_still_holds_as_many_or_none(
    held: frozenset[bytes], data: st.DataObject
) -> None:
    whole = bytearray(encode_filter(BLOCK_HASH, held))
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[bit // 8] ^= 1 << bit % 8
    found = BasicFilter(BLOCK_HASH, bytes(whole))
    try:
        absent = found.lacks(tuple(held))
    except FilterError:
        return
    assert set(absent) <= held


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("", "begins with its number"),
        ("fd", "begins with its number"),
        ("fd0100000000", "begins with its number"),  # 1 in three bytes
        ("0000", "more than 0"),  # BIP158: "one byte containing zeroes"
        ("01", "1 numbers in 0 bytes"),
        ("010000", "1 numbers in 2 bytes"),
        ("0100000000", "more than 1"),  # a byte more than needed
        ("01000001", "more than 1"),  # 1 in the padding
        ("01ffffff", "less than 1"),
        ("01fffff0", "less than 1"),
        ("02fffff000000000", "less than 2"),
        ("01fe000000", "no script has"),  # 7 * 2^19, where M is the end
        ("fea1860100" + "00" * 250_003, "100001 numbers"),
        ("ff" + "ff" * 8, "numbers in 0 bytes"),
    ],
)
def test_what_is_no_filter(data: str, says: str) -> None:
    with pytest.raises(FilterError, match=says):
        BasicFilter(BLOCK_HASH, bytes.fromhex(data)).matches([b"\x51"])


@pytest.mark.parametrize("filling", [b"\xff", b"\x00", b"\xfe", b"\x7f\xff\xff"])
def test_a_hostile_filter_costs_no_more_than_its_length(filling: bytes) -> None:
    """Work that grew with the square of it would take hours, and the run has a limit for a test."""
    data = compact_size(90_000) + (filling * 300_000)[:290_000]
    with pytest.raises(FilterError):
        BasicFilter(BLOCK_HASH, data).matches([b"\x51"])


def test_the_blocks_that_match_are_named() -> None:
    hashes = [bytes((number,)) * 32 for number in range(5)]
    held = [{b"%d" % number, b"in all"} for number in range(5)]
    filters = [BasicFilter(h, encode_filter(h, s)) for h, s in zip(hashes, held, strict=True)]
    assert matching(filters, [b"3", b"1", b"7"]) == [hashes[1], hashes[3]]
    assert matching(filters, [b"in all"]) == hashes
    assert matching(filters, []) == []
