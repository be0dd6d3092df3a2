"""Two connections talk over a pipe that is cut anywhere; what `init` and `ping` must do."""

from itertools import chain, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.peer.connection import (
    MOST_UNSENT,
    Closed,
    Handshaken,
    InitReceived,
    MessageReceived,
    PeerConnection,
)
from lnwallet_tui.peer.errors import (
    DependenciesMissing,
    FeaturesRequired,
    InitExpected,
    InitRepeated,
    Malformed,
    NoCommonNetwork,
    PingFlood,
    RemoteError,
    UnknownEvenMessage,
)
from lnwallet_tui.wire.bolt1 import Error, Init, Ping, Pong, Warning_
from lnwallet_tui.wire.bolt2 import UpdateAddHtlc, UpdateFee
from lnwallet_tui.wire.bolt7 import ChannelUpdate
from lnwallet_tui.wire.codec import Message, Unknown, encode
from lnwallet_tui.wire.features import ONION_MESSAGES, OUR_INIT_FEATURES, Features
from lnwallet_tui.wire.scid import ShortChannelId
from tests.peer.pair import ALICE, BOB, OUR_INIT, REGTEST, Pair, Scripted, bob, events
from tests.wire.declared import messages

fragments = st.lists(st.integers(1, 100), max_size=60).map(lambda sizes: chain(sizes, repeat(977)))


@given(fragments, st.lists(messages, max_size=5))
@settings(max_examples=60)
def test_a_conversation_however_it_is_cut(cuts: chain[int], said: list[Message]) -> None:
    said = [msg for msg in said if not isinstance(msg, Init | Ping | Pong)]
    pair = Pair()
    pair.settle(cuts)
    assert events(pair.alice) == [Handshaken(public_key(BOB)), InitReceived(OUR_INIT)]
    assert events(pair.bob) == [Handshaken(public_key(ALICE)), InitReceived(OUR_INIT)]
    for msg in said:
        pair.alice.send(msg)
        pair.bob.send(msg)
    pair.settle(cuts)
    assert events(pair.bob) == [MessageReceived(msg) for msg in said]
    assert events(pair.alice) == [MessageReceived(msg) for msg in said]


def test_keys_rotate_under_way() -> None:
    pair = Pair.ready()
    for number in range(1100):
        pair.alice.send(UpdateFee(bytes(32), number))
    pair.settle()
    said = [event.message for event in events(pair.bob) if isinstance(event, MessageReceived)]
    assert said == [UpdateFee(bytes(32), number) for number in range(1100)]


def test_the_largest_message_passes() -> None:
    pair = Pair.ready()
    largest = Unknown(33333, bytes(65533))
    pair.alice.send(largest)
    pair.alice.send(Error(bytes(32), b"still in step"))
    pair.settle()
    assert events(pair.bob) == [MessageReceived(Error(bytes(32), b"still in step"))]


# -- init
def judged(init: Init) -> RemoteError | None:
    """What Alice thinks of a peer with this `init`; if it is an error, she says so in a warning."""
    peer = Scripted()
    [told] = peer.say(encode(init))
    if not isinstance(told, Closed):
        assert told == InitReceived(init)
        assert peer.heard() == []
        return None
    assert told.ours
    assert peer.heard() == [Warning_(bytes(32), told.reason.encode())]
    return told.error


def init_with(*bits: int, networks: tuple[bytes, ...] | None = (REGTEST,)) -> Init:
    return Init(b"", Features(bits).to_bytes(), networks)


@pytest.mark.parametrize(
    "init",
    [
        init_with(1, 9, 13, 15, 45),
        init_with(0, 8, 12, 14, 22, 44, 101),
        init_with(networks=None),
        init_with(networks=()),
        init_with(networks=(bytes(32), REGTEST)),
        Init(Features({13}).to_bytes(), b""),
    ],
)
def test_an_init_that_fits(init: Init) -> None:
    assert judged(init) is None


def test_an_init_of_another_network() -> None:
    assert isinstance(judged(init_with(networks=(bytes(32),))), NoCommonNetwork)


def test_an_init_that_requires_too_much() -> None:
    error = judged(init_with(0, 28, 100, 101))
    assert isinstance(error, FeaturesRequired)
    assert error.required == Features({28, 100})
    assert "option_dual_fund, feature 100" in str(error)


def test_required_features_count_in_the_old_bitmap_too() -> None:
    assert isinstance(judged(Init(Features({100}).to_bytes(), b"")), FeaturesRequired)


def test_an_init_without_its_dependencies() -> None:
    error = judged(init_with(51))
    assert isinstance(error, DependenciesMissing)
    assert error.pairs == (46,)


def refused(peer: Scripted, data: bytes) -> RemoteError | None:
    """The error for which Alice closes after this message."""
    [closed] = peer.say(data)
    assert isinstance(closed, Closed)
    assert closed.ours
    return closed.error


@pytest.mark.parametrize(
    "data", [encode(Ping(1)), encode(Error(bytes(32))), encode(Unknown(33333, b"")), b"\x83\x01"]
)
def test_the_first_message_is_init(data: bytes) -> None:
    peer = Scripted()
    assert isinstance(refused(peer, data), InitExpected)
    assert peer.heard() == [], 'BOLT 1: "MUST wait to receive init"'


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\x10\0\0\0", b"\0\x10\0\0\0\0\x01", b"\0\x12"])
def test_a_malformed_first_message(data: bytes) -> None:
    peer = Scripted()
    assert isinstance(refused(peer, data), Malformed)
    assert peer.heard() == []


def test_a_second_init_is_refused() -> None:
    assert isinstance(refused(Scripted(OUR_INIT), encode(OUR_INIT)), InitRepeated)


def test_nothing_is_sent_before_init() -> None:
    with pytest.raises(AssertionError):
        Scripted().alice.send(Error(bytes(32)))


# -- messages that are not handed on
def test_unknown_odd_is_ignored() -> None:
    assert Scripted(OUR_INIT).say(encode(Unknown(33333, b"anything"))) == []


@pytest.mark.parametrize("hops", [0, 1, 1000])
def test_vuln_071_onion_messages_are_ignored(hops: int) -> None:
    """LDK 0.2.5 panicked at a reply path that began at itself. Onion messages are not spoken here:
    whatever stands in one, it is never read."""
    point = public_key(ALICE)
    onion = bytes(66 + 60 * hops)
    message = Unknown(513, point + len(onion).to_bytes(2, "big") + onion)
    peer = Scripted(OUR_INIT)
    assert peer.say(encode(message)) == []
    assert peer.heard() == []
    assert ONION_MESSAGES not in OUR_INIT_FEATURES
    assert ONION_MESSAGES + 1 not in OUR_INIT_FEATURES


def test_unknown_even_closes() -> None:
    error = refused(Scripted(OUR_INIT), b"\x80\0")
    assert isinstance(error, UnknownEvenMessage)
    assert error.number == 0x8000


def test_malformed_closes_and_says_why() -> None:
    peer = Scripted(OUR_INIT)
    assert isinstance(refused(peer, encode(UpdateFee(bytes(32), 1))[:-1]), Malformed)
    sentence = b"The peer sent a malformed message: 4 bytes expected, 3 left."
    assert peer.heard() == [Warning_(bytes(32), sentence)]


def test_an_impossible_amount_closes_unless_it_is_relayed() -> None:
    """A `channel_update` comes from a third party: its relay has done nothing wrong."""
    peer = Scripted(OUR_INIT)
    update = ChannelUpdate(
        *(bytes(64), bytes(32), ShortChannelId(1, 2, 3), 7, 1, 0, 144),
        *(Msat(1), Msat(1000), 100, Msat(5_000_000)),
    )
    assert peer.say(encode(update)[:-8] + b"\xff" * 8) == []
    assert peer.say(encode(update)) == [MessageReceived(update)]
    add = encode(UpdateAddHtlc(bytes(32), 0, Msat(1), bytes(32), 1, bytes(1366)))
    assert isinstance(refused(peer, add[:42] + b"\xff" * 8 + add[50:]), Malformed)


@pytest.mark.parametrize("msg", [Error(bytes(32), b"x"), Warning_(bytes(32), b"\x1b[2J")])
def test_error_and_warning_are_handed_on(msg: Message) -> None:
    assert Scripted(OUR_INIT).say(encode(msg)) == [MessageReceived(msg)]


# -- ping
@pytest.mark.parametrize("size", [0, 1, 65531])
def test_a_pong_has_the_bytes_that_were_asked_for(size: int) -> None:
    peer = Scripted(OUR_INIT, Ping(size, b"abc"))
    assert peer.heard() == [Pong(bytes(size))]


@pytest.mark.parametrize("size", [65532, 65535])
def test_a_ping_that_wants_no_pong(size: int) -> None:
    assert Scripted(OUR_INIT, Ping(size)).heard() == []


def test_a_pong_that_nobody_asked_for_is_ignored() -> None:
    assert Scripted(OUR_INIT).say(encode(Pong(bytes(7)))) == []


def test_a_flood_of_pings_is_cut_off() -> None:
    peer = Scripted(OUR_INIT, *[Ping(65531)] * 64)
    closed = events(peer.alice)[-1]
    assert isinstance(closed, Closed)
    assert isinstance(closed.error, PingFlood)
    assert len(peer.alice.data_to_send()) < MOST_UNSENT + 1000


def test_pings_whose_pongs_are_read_are_no_flood() -> None:
    peer = Scripted(OUR_INIT)
    for _ in range(64):
        assert peer.say(encode(Ping(65531))) == []
        assert peer.heard() == [Pong(bytes(65531))]


# -- the end
def test_they_close() -> None:
    pair = Pair.ready()
    pair.alice.receive_data(b"", 0)
    assert events(pair.alice) == [Closed("The peer closed the connection.", ours=False)]


def closed_after(bytes_of_bob: int) -> str:
    pair = Pair()
    pair.bob.receive_data(pair.alice.data_to_send(), 0)
    pair.alice.receive_data(pair.bob.data_to_send()[:bytes_of_bob], 0)
    pair.alice.receive_data(b"", 0)
    closed = events(pair.alice)[-1]
    assert isinstance(closed, Closed)
    assert not closed.ours
    return closed.reason


def test_they_close_in_the_handshake() -> None:
    assert "is the node id right?" in closed_after(49)
    assert "it may lack a feature" in closed_after(50)


def test_we_close() -> None:
    pair = Pair.ready()
    pair.alice.send(Error(bytes(32), b"bye"))
    pair.alice.close("The user went away.")
    assert events(pair.alice) == [Closed("The user went away.", ours=True)]
    pair.settle()
    assert events(pair.bob) == [MessageReceived(Error(bytes(32), b"bye"))]


def test_after_the_end_everything_is_ignored() -> None:
    pair = Pair.ready()
    pair.alice.close("Enough.")
    assert len(events(pair.alice)) == 1
    pair.alice.send(Error(bytes(32)))
    pair.alice.close("Again.")
    pair.alice.handle_timer(1 << 40)
    pair.bob.send(Error(bytes(32)))
    pair.settle()
    pair.alice.receive_data(b"", 0)
    assert events(pair.alice) == []
    assert pair.alice.data_to_send() == b""
    assert pair.alice.next_deadline_ms() is None


def test_a_closed_connection_keeps_nothing() -> None:
    connection: PeerConnection = bob()
    connection.receive_data(bytes(50) + bytes(1 << 20), 0)
    assert isinstance(events(connection)[-1], Closed)
    assert len(connection._unread) == 0
