"""Payloads go to messages and back; any bytes at all are either a message or a `P2pError`."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.serial import compact_size
from lnwallet_tui.p2p.codec import (
    MESSAGES,
    MOST_PAYLOAD,
    Message,
    Unknown,
    command_of,
    decode,
    encode,
)
from lnwallet_tui.p2p.compact_filters import CFCheckpt, CFHeaders, CFilter
from lnwallet_tui.p2p.control import Addr, AddrV2, FeeFilter, Ping, Version
from lnwallet_tui.p2p.errors import Malformed, P2pError, TooLong
from lnwallet_tui.p2p.inventory import GetHeaders, Headers, Inv, Item, ItemKind, RawBlock, RawTx
from tests.p2p.declared import known, messages


@given(messages)
def test_a_message_survives_the_wire(message: Message) -> None:
    payload = encode(message)
    assert decode(command_of(message), payload) == message
    assert encode(decode(command_of(message), payload)) == payload


def message_or_p2p_error(command: str, payload: bytes) -> Message | None:
    try:
        return decode(command, payload)
    except P2pError:
        return None


@given(st.sampled_from(sorted(MESSAGES)), st.binary(max_size=600))
@example("version", b"")
def test_any_bytes_are_a_message_or_a_p2p_error(command: str, payload: bytes) -> None:
    seen = message_or_p2p_error(command, payload)
    if isinstance(seen, RawBlock | RawTx):
        with suppress(Malformed):
            seen.parse()


@given(known, st.data())
def test_damaged_messages_are_messages_or_p2p_errors(message: Message, data: st.DataObject) -> None:
    whole = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(0, len(whole) - 1)))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    seen = message_or_p2p_error(command_of(message), bytes(whole))
    assert seen is None or type(seen) is type(message)


@given(known)
def test_a_message_is_neither_shorter_nor_longer(message: Message) -> None:
    command, payload = command_of(message), encode(message)
    if not isinstance(message, RawBlock | RawTx):
        with pytest.raises(Malformed):
            decode(command, payload + b"\0")
        # `version` may end before its last field, as old peers send it.
        cut = 2 if isinstance(message, Version) else 1
        if payload:
            with pytest.raises(P2pError):
                decode(command, payload[:-cut])


@pytest.mark.parametrize("command", sorted(MESSAGES))
def test_no_message_may_be_longer_than_what_its_fields_hold(command: str) -> None:
    assert MESSAGES[command].MOST <= MOST_PAYLOAD


@pytest.mark.parametrize(
    ("command", "before", "limit"),
    [
        ("inv", b"", 50_000),  # Core: MAX_INV_SZ
        ("getdata", b"", 50_000),
        ("notfound", b"", 50_000),
        ("headers", b"", 2_000),  # Core: MAX_HEADERS_RESULTS
        ("getheaders", bytes(4), 101),  # Core: MAX_LOCATOR_SZ
        ("addr", b"", 1_000),  # Core: MAX_ADDR_TO_SEND
        ("addrv2", b"", 1_000),  # BIP155
        ("cfheaders", bytes(65), 2_000),  # BIP157
        ("cfcheckpt", bytes(33), 0xFFFF),
        ("cfilter", bytes(33), 300_000),
        ("version", bytes(80), 256),  # Core: MAX_SUBVERSION_LENGTH
    ],
)
def test_a_count_beyond_its_limit_is_refused_before_anything_is_made(
    command: str, before: bytes, limit: int
) -> None:
    for count in (limit + 1, 1 << 32, (1 << 64) - 1):
        with pytest.raises(TooLong, match=command):
            decode(command, before + compact_size(count) + bytes(100))
    with pytest.raises(Malformed):  # within the limit, but not there
        decode(command, before + compact_size(limit) + bytes(3))


def test_a_count_that_is_a_lie_costs_no_memory() -> None:
    tracemalloc.start()
    with pytest.raises(P2pError):
        decode("inv", compact_size(50_000) + bytes(36 * 10))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 64 << 10


def test_nothing_is_kept_of_addresses_once_they_are_gone() -> None:
    """Each value of an `enum.Flag` is remembered for ever, and services are a stranger's number."""
    tracemalloc.start()
    for start in range(0, 20_000, 1_000):
        entries = (bytes(4) + compact_size(1 << 40 | n) for n in range(start, start + 1_000))
        listed = b"".join(entry + bytes.fromhex("01 04 01020304 208d") for entry in entries)
        assert isinstance(decode("addrv2", compact_size(1_000) + listed), AddrV2)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 1 << 20


def test_a_count_in_more_bytes_than_it_needs_is_refused() -> None:
    with pytest.raises(Malformed):
        decode("inv", b"\xfd\x01\x00" + bytes(36))


def test_a_full_answer_is_read() -> None:
    headers = Headers(tuple(number.to_bytes(80, "little") for number in range(2_000)))
    assert decode("headers", encode(headers)) == headers
    assert len(encode(headers)) == Headers.MOST
    hashes = tuple(number.to_bytes(32, "little") for number in range(2_000))
    batch = CFHeaders(0, bytes(32), bytes(32), hashes)
    assert decode("cfheaders", encode(batch)) == batch
    assert len(encode(batch)) == CFHeaders.MOST


def test_headers_bring_no_transactions() -> None:
    with pytest.raises(Malformed):
        decode("headers", b"\x01" + bytes(80) + b"\x01")


def test_a_version_without_the_last_field_asks_for_transactions() -> None:
    """BIP37 added `relay`; peers from before it left it out and meant yes."""
    version = decode("version", bytes(80) + b"\0" + bytes(4))
    assert isinstance(version, Version)
    assert version.relay
    with pytest.raises(Malformed):
        decode("version", bytes(80) + b"\0" + bytes(4) + b"\x02")


def test_unknown_messages_are_kept_as_they_are() -> None:
    """Compact blocks (BIP152) among them: we do not ask for any."""
    for command in ("sendcmpct", "cmpctblock", "sendtxrcncl", "feeler"):
        assert decode(command, b"\x01\x02") == Unknown(command, b"\x01\x02")


def test_what_we_ask_and_are_told_as_bytes() -> None:
    assert encode(Ping(0x0807060504030201)) == bytes(range(1, 9))
    assert encode(GetHeaders(70016, (b"\x01" * 32,))).hex() == (
        "80110100" + "01" + "01" * 32 + "00" * 32
    )
    assert encode(Inv((Item(ItemKind.WITNESS_BLOCK, b"\x02" * 32),))).hex() == (
        "01" + "02000040" + "02" * 32
    )
    assert encode(CFilter(0, b"\x03" * 32, b"\0")).hex() == "00" + "03" * 32 + "0100"
    assert encode(CFCheckpt(0, b"\x04" * 32, ())).hex() == "00" + "04" * 32 + "00"
    assert encode(FeeFilter(1_000)).hex() == "e803000000000000"
    assert encode(Addr(())) == encode(AddrV2(())) == b"\0"
