"""Messages go to bytes and back; any bytes at all are either a message or a `WireError`."""

import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.wire import bolt1, bolt2
from lnwallet_tui.wire.codec import (
    MAX_MESSAGE,
    MESSAGES,
    AmountOutOfRange,
    Message,
    Unknown,
    UnknownEven,
    WireError,
    decode,
    encode,
)
from lnwallet_tui.wire.reader import bigsize
from tests.wire.declared import POINTS, messages


def test_no_layout_is_read_before_somebody_speaks() -> None:
    """They are many, and a screen that begins waits for all that is loaded."""
    code = """
from lnwallet_tui.wire import message
read, of = [], message.Layout.of
message.Layout.of = lambda declaration: read.append(declaration) or of(declaration)
from lnwallet_tui.onion import messages, payload
from lnwallet_tui.wire import codec
loaded = len(read)
codec.decode(codec.encode(codec.MESSAGES[18](num_pong_bytes=0, ignored=b"")))
print(loaded, len(read))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["0", "1"]


@given(messages)
def test_a_message_survives_the_wire(message: Message) -> None:
    assert decode(encode(message)) == message


@given(messages)
def test_what_was_decoded_encodes_to_the_same_bytes(message: Message) -> None:
    data = encode(message)
    assert encode(decode(data)) == data


def message_or_wire_error(data: bytes) -> Message | None:
    try:
        return decode(data)
    except WireError:
        return None


@given(st.sampled_from(sorted(MESSAGES)), st.binary(max_size=600))
@example(16, b"")
def test_any_bytes_are_a_message_or_a_wire_error(number: int, body: bytes) -> None:
    message_or_wire_error(number.to_bytes(2, "big") + body)


@given(messages, st.data())
def test_damaged_messages_are_messages_or_wire_errors(
    message: Message, data: st.DataObject
) -> None:
    whole = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(2, max(2, len(whole) - 1)))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    seen = message_or_wire_error(bytes(whole))
    assert seen is None or isinstance(seen, MESSAGES.get(int.from_bytes(whole[:2], "big"), Unknown))


@given(messages)
def test_no_prefix_of_the_fixed_fields_is_a_message(message: Message) -> None:
    fixed = len(encode(message)) - len(_extension(message))
    with pytest.raises(WireError):
        decode(encode(message)[: fixed - 1])


def _extension(message: Message) -> bytes:
    layout = message.LAYOUT
    bare = b"".join(codec.write(getattr(message, name)) for name, codec in layout.fields)
    return encode(message)[2 + len(bare) :]


def test_an_unknown_odd_type_is_handed_on() -> None:
    assert decode(bytes.fromhex("7fffabcd")) == Unknown(0x7FFF, b"\xab\xcd")
    assert encode(Unknown(0x7FFF, b"\xab\xcd")) == bytes.fromhex("7fffabcd")


def test_an_unknown_even_type_is_said_by_its_number() -> None:
    with pytest.raises(UnknownEven) as caught:
        decode(bytes.fromhex("7ffeabcd"))
    assert caught.value.number == 0x7FFE


@pytest.mark.parametrize("data", [b"", b"\0"])
def test_half_a_type_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        decode(data)


def test_a_wire_error_names_the_message() -> None:
    with pytest.raises(WireError) as caught:
        decode(b"\0\x22")
    assert "in funding_created" in caught.value.__notes__


@pytest.mark.parametrize("count", [1, 65535])
def test_a_count_without_its_items_is_refused(count: int) -> None:
    head = (132).to_bytes(2, "big") + bytes(32 + 64) + count.to_bytes(2, "big")
    with pytest.raises(WireError, match=f"{count * 64} bytes expected, 63 left"):
        decode(head + bytes(63))


def test_more_than_all_bitcoin_is_refused() -> None:
    whole = encode(
        bolt2.UpdateAddHtlc(bytes(32), 0, Msat(1), bytes(32), 500_000, bytes(1366)),
    )
    amount = slice(2 + 32 + 8, 2 + 32 + 8 + 8)
    # BOLT 1: "milli-satoshi amounts MUST be at most 0x1d24b2dfac520000".
    most = 0x1D24B2DFAC520000
    accepted = decode(whole[: amount.start] + most.to_bytes(8, "big") + whole[amount.stop :])
    assert isinstance(accepted, bolt2.UpdateAddHtlc)
    assert accepted.amount_msat == Msat(most)
    with pytest.raises(AmountOutOfRange):
        decode(whole[: amount.start] + (most + 1).to_bytes(8, "big") + whole[amount.stop :])


def test_a_ceiling_above_all_bitcoin_means_no_limit() -> None:
    accept = bytearray(bytes(2 + 32 + 8) + b"\xff" * 8 + bytes(8 + 8 + 4 + 2 + 2))
    accept[:2] = (33).to_bytes(2, "big")
    decoded = decode(bytes(accept) + b"".join(POINTS[:1] * 6))
    assert isinstance(decoded, bolt2.AcceptChannel)
    assert decoded.max_htlc_value_in_flight_msat == Msat(0x1D24B2DFAC520000)


def test_a_point_that_is_not_on_the_curve_is_refused() -> None:
    ready = encode(bolt2.ChannelReady(bytes(32), POINTS[0]))
    for point in (b"\x04" + POINTS[0][1:], b"\x02" + b"\xff" * 32, bytes(33)):
        with pytest.raises(WireError, match="not a valid point"):
            decode(ready[: 2 + 32] + point)


@pytest.mark.parametrize(
    "message", [bolt1.Ping(0, bytes(65532)), bolt1.Error(bytes(32), bytes(65500))]
)
def test_a_message_that_is_too_long_is_our_bug(message: Message) -> None:
    with pytest.raises(AssertionError):
        encode(message)


def test_the_largest_ping_fits() -> None:
    ping = bolt1.Ping(0, bytes(MAX_MESSAGE - 2 - 2 - 2))
    assert len(encode(ping)) == MAX_MESSAGE
    assert decode(encode(ping)) == ping


EMPTY_RECORDS = b"".join(bigsize(number) + b"\0" for number in range(0xFD, 0x8000, 2))
HOSTILE = {
    "features of all bits": bytes.fromhex("00100000ffe9") + b"\xff" * 0xFFE9,
    "many empty records": bytes.fromhex("001000000000") + EMPTY_RECORDS,
    "many networks": bytes.fromhex("00100000000001fdffc0") + bytes(0xFFC0),
    "many checksums": (264).to_bytes(2, "big")
    + bytes(32 + 9 + 2)
    + b"\x03\xfd\xff\x80"
    + bytes(0xFF80),
    "many signatures": (132).to_bytes(2, "big") + bytes(32 + 64) + b"\x03\xfe" + bytes(1022 * 64),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_memory_for_a_message_is_bounded(name: str) -> None:
    data = HOSTILE[name]
    assert 0.95 * MAX_MESSAGE < len(data) <= MAX_MESSAGE
    tracemalloc.start()
    seen = decode(data)
    if isinstance(seen, bolt1.Init):
        seen.offered()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * MAX_MESSAGE
