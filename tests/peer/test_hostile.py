"""Whatever comes, in each of the three acts and before `init`: closed or waiting, never raised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.peer.connection import Closed, Handshaken, PeerConnection
from lnwallet_tui.peer.errors import BadMac, FeaturesRequired, HandshakeFailed
from lnwallet_tui.wire import features
from lnwallet_tui.wire.bolt1 import Init, Warning_
from lnwallet_tui.wire.codec import MESSAGES, encode
from tests.peer.pair import OUR_INIT, Pair, Scripted, alice, bob, events, pieces
from tests.wire.declared import messages
from tests.work import weighed

junk = st.binary(min_size=1, max_size=400)
known_types = st.sampled_from(sorted(MESSAGES)).map(lambda number: number.to_bytes(2, "big"))
bodies = st.builds(bytes.__add__, known_types, st.binary(max_size=200))


def feed(connection: PeerConnection, data: bytes) -> list[object]:
    for piece in pieces(data, iter([7, 50, 1, 400, 400])):
        connection.receive_data(piece, 0)
    return list(events(connection))


def waiting_or_closed(told: list[object], data: bytes, need: int) -> None:
    """With fewer bytes than the step needs nothing happens; with enough it is over, once."""
    if len(data) < need:
        assert told == []
    else:
        [closed] = told
        assert isinstance(closed, Closed)
        assert isinstance(closed.error, HandshakeFailed | BadMac)
        assert closed.ours


@given(junk)
def test_in_act_one(data: bytes) -> None:
    connection = bob()
    waiting_or_closed(feed(connection, data), data, 50)
    assert connection.data_to_send() == b"", "BOLT 8: without any further messages"


@given(junk)
def test_in_act_two(data: bytes) -> None:
    connection = alice()
    connection.data_to_send()
    waiting_or_closed(feed(connection, data), data, 50)
    assert connection.data_to_send() == b""


@given(junk)
def test_in_act_three(data: bytes) -> None:
    connection = bob()
    connection.receive_data(alice().data_to_send(), 0)
    connection.data_to_send()
    waiting_or_closed(feed(connection, data), data, 66)
    assert connection.data_to_send() == b""


@given(junk)
def test_before_init(data: bytes) -> None:
    pair = Pair()
    pair.bob.receive_data(pair.alice.data_to_send(), 0)
    pair.alice.receive_data(pair.bob.data_to_send(), 0)
    assert isinstance(events(pair.alice)[-1], Handshaken)
    waiting_or_closed(feed(pair.alice, data), data, 18)


@given(st.lists(messages.map(encode) | bodies | st.binary(max_size=40), max_size=5), st.booleans())
def test_whatever_is_said(said: list[bytes], after_init: bool) -> None:
    """Any messages, before or after `init`: handed on, or one end, with a warning in ASCII."""
    peer = Scripted(*[OUR_INIT] * after_init)
    told = [event for data in said for event in peer.say(data)]
    assert not any(isinstance(event, Closed) for event in told[:-1])
    warnings = [msg for msg in peer.heard() if isinstance(msg, Warning_)]
    assert len(warnings) <= 1
    assert all(warning.data.isascii() for warning in warnings)
    if warnings:
        assert isinstance(told[-1], Closed)


@given(st.integers(0, 165), st.integers(1, 255))
def test_a_changed_byte_of_the_handshake(at: int, change: int) -> None:
    """Acts one, two and three are 166 bytes: no byte of them is free."""
    pair = Pair()
    sent = 0
    for one, other in ((pair.alice, pair.bob), (pair.bob, pair.alice), (pair.alice, pair.bob)):
        data = bytearray(one.data_to_send())
        act = data[: 66 if sent == 100 else 50]
        if sent <= at < sent + len(act):
            data[at - sent] ^= change
            other.receive_data(bytes(data), 0)
            closed = events(other)[-1]
            assert isinstance(closed, Closed)
            assert isinstance(closed.error, HandshakeFailed)
            return
        other.receive_data(bytes(data), 0)
        sent += len(act)
    raise AssertionError("the handshake went through with a changed byte")


@given(st.data())
def test_a_changed_byte_of_a_conversation(data: st.DataObject) -> None:
    pair = Pair.ready()
    pair.bob.handle_timer(1 << 40)  # a ping
    packet = bytearray(pair.bob.data_to_send())
    packet[data.draw(st.integers(0, len(packet) - 1))] ^= data.draw(st.integers(1, 255))
    pair.alice.receive_data(bytes(packet), 0)
    told = events(pair.alice)
    # A length that was made larger cannot be: it has a tag of its own.
    assert [type(event) for event in told] == [Closed]
    assert isinstance(told[0], Closed)
    assert isinstance(told[0].error, BadMac)


@pytest.mark.parametrize("bitmap", [b"\xff", b"\x55", b"\xaa", b"\0"])
def test_the_largest_bitmap_of_features_is_judged_at_once(bitmap: bytes) -> None:
    """Half a million bits, taken one by one from a long number, held everything up for seconds:
    that were as many passes over the bitmap as it has bits."""
    init = encode(Init(bitmap * 30_000, bitmap * 35_000))
    peer = Scripted()
    with weighed(features) as bytes_reckoned_with:
        [told] = peer.say(init)
    assert bytes_reckoned_with() <= 100 * len(init)
    if bitmap in (b"\xff", b"\x55"):
        assert isinstance(told, Closed)
        assert isinstance(told.error, FeaturesRequired)
