"""Deadlines: handshake and `init`, silence, the answer to `ping`. Time is a number here."""

import pytest

from lnwallet_tui.peer.connection import Closed, PeerConnection
from lnwallet_tui.peer.errors import NoAnswer, RemoteError, SetUpTooSlow
from lnwallet_tui.peer.events import MessageReceived, StillThere
from lnwallet_tui.peer.liveness import Liveness
from lnwallet_tui.policy import ANSWER_MS, SET_UP_MS, SILENCE_MS
from lnwallet_tui.wire.bolt1 import Warning_
from tests.peer.pair import Pair, alice, bob, events


def end(connection: PeerConnection) -> RemoteError | None:
    closed = events(connection)[-1]
    assert isinstance(closed, Closed)
    assert closed.ours
    return closed.error


@pytest.mark.parametrize("connection", [alice(1000), bob(1000)], ids=["dialling", "dialled"])
def test_a_peer_that_never_speaks(connection: PeerConnection) -> None:
    assert connection.next_deadline_ms() == 1000 + SET_UP_MS
    connection.handle_timer(1000 + SET_UP_MS - 1)
    assert events(connection) == []
    connection.handle_timer(1000 + SET_UP_MS)
    assert isinstance(end(connection), SetUpTooSlow)


def test_a_peer_that_stops_before_init() -> None:
    pair = Pair()
    pair.now_ms = SET_UP_MS - 1
    pair.bob.receive_data(pair.alice.data_to_send(), pair.now_ms)
    pair.alice.receive_data(pair.bob.data_to_send(), pair.now_ms)
    assert pair.alice.next_deadline_ms() == SET_UP_MS
    events(pair.alice)
    pair.alice.handle_timer(SET_UP_MS)
    assert isinstance(end(pair.alice), SetUpTooSlow)


def test_silence_makes_a_ping_and_the_pong_ends_it() -> None:
    pair = Pair.ready()
    assert pair.alice.next_deadline_ms() == SILENCE_MS
    pair.alice.handle_timer(SILENCE_MS - 1)
    assert pair.alice.data_to_send() == b""
    pair.alice.handle_timer(SILENCE_MS)
    assert pair.alice.next_deadline_ms() == SILENCE_MS + ANSWER_MS
    pair.now_ms = SILENCE_MS + 5
    pair.settle()
    assert pair.alice.next_deadline_ms() == SILENCE_MS + 5 + SILENCE_MS
    assert events(pair.alice) == []


def test_30_seconds_of_silence_then_60_for_an_answer() -> None:
    pair = Pair.ready()
    pair.alice.handle_timer(29_999)
    assert pair.alice.data_to_send() == b""
    pair.alice.handle_timer(30_000)
    assert pair.alice.data_to_send() != b""
    pair.alice.handle_timer(89_999)
    assert events(pair.alice) == []
    pair.alice.handle_timer(90_000)
    assert isinstance(end(pair.alice), NoAnswer)


def test_a_ping_without_an_answer() -> None:
    pair = Pair.ready()
    pair.alice.handle_timer(SILENCE_MS)
    pair.alice.data_to_send()
    pair.alice.handle_timer(SILENCE_MS + ANSWER_MS - 1)
    assert events(pair.alice) == []
    pair.alice.handle_timer(SILENCE_MS + ANSWER_MS)
    assert isinstance(end(pair.alice), NoAnswer)
    assert pair.alice.data_to_send() == b"", "nobody is there to be told"


def test_any_message_shows_that_the_peer_is_there() -> None:
    pair = Pair.ready()
    pair.alice.handle_timer(SILENCE_MS)
    pair.alice.data_to_send()
    pair.bob.send(Warning_(bytes(32)))
    pair.now_ms = SILENCE_MS + ANSWER_MS - 1
    pair.settle()
    assert pair.alice.next_deadline_ms() == pair.now_ms + SILENCE_MS


def test_waking_from_suspension_asks_first() -> None:
    pair = Pair.ready()
    pair.alice.handle_timer(1 << 40)
    assert events(pair.alice) == []
    assert pair.alice.next_deadline_ms() == (1 << 40) + ANSWER_MS


def test_pieces_of_a_message_are_no_sign_of_life() -> None:
    pair = Pair.ready()
    pair.bob.send(Warning_(bytes(32)))
    pair.alice.receive_data(pair.bob.data_to_send()[:20], 1000)
    assert pair.alice.next_deadline_ms() == SILENCE_MS


# -- asked whether it is there
def ask_in_silence(pair: Pair) -> None:
    pair.now_ms = SILENCE_MS
    pair.alice.ask_whether_there(pair.now_ms)
    assert events(pair.alice) == []


def test_a_peer_that_was_heard_a_moment_ago_is_there() -> None:
    pair = Pair.ready()
    assert pair.alice.was_heard(SILENCE_MS - 1)
    pair.alice.ask_whether_there(SILENCE_MS - 1)
    assert events(pair.alice) == [StillThere()]
    assert pair.alice.data_to_send() == b""


def test_a_silent_peer_is_pinged_and_is_there_when_its_pong_comes() -> None:
    pair = Pair.ready()
    assert not pair.alice.was_heard(SILENCE_MS)
    ask_in_silence(pair)
    pair.settle()
    assert events(pair.alice) == [StillThere()]
    assert events(pair.bob) == []
    assert pair.alice.was_heard(SILENCE_MS)


def test_one_ping_is_enough_for_all_who_ask() -> None:
    pair = Pair.ready()
    pair.alice.handle_timer(SILENCE_MS)
    assert pair.alice.data_to_send() != b""
    for _ in range(2):
        ask_in_silence(pair)
    assert pair.alice.data_to_send() == b""


def test_any_message_is_an_answer_and_is_told_first() -> None:
    pair = Pair.ready()
    ask_in_silence(pair)
    pair.alice.data_to_send()
    for _ in range(2):
        pair.bob.send(Warning_(bytes(32)))
    pair.settle()
    told = [
        MessageReceived(Warning_(bytes(32))),
        StillThere(),
        MessageReceived(Warning_(bytes(32))),
    ]
    assert events(pair.alice) == told


def test_who_never_answers_is_not_there() -> None:
    pair = Pair.ready()
    ask_in_silence(pair)
    assert pair.alice.next_deadline_ms() == SILENCE_MS + ANSWER_MS
    pair.alice.handle_timer(SILENCE_MS + ANSWER_MS)
    assert isinstance(end(pair.alice), NoAnswer)
    pair.alice.ask_whether_there(SILENCE_MS + ANSWER_MS)
    assert events(pair.alice) == []


def test_both_may_ask_at_once() -> None:
    pair = Pair.ready()
    ask_in_silence(pair)
    pair.bob.ask_whether_there(pair.now_ms)
    pair.settle()
    assert events(pair.alice) == events(pair.bob) == [StillThere()]


def test_the_answer_to_a_ping_is_timed() -> None:
    pair = Pair.ready()
    timed = [pair.alice.latency_ms]
    pair.alice.handle_timer(SILENCE_MS)
    pair.now_ms = SILENCE_MS + 42
    pair.settle()
    assert [*timed, pair.alice.latency_ms] == [None, 42]
    assert pair.alice.heard_ms == SILENCE_MS + 42
    pair.settle()
    assert pair.bob.latency_ms is None


def test_only_the_ping_that_is_answered_is_timed() -> None:
    """Gossip comes in between and a second `ping` is sent before the first `pong`; one that nobody
    asked for says nothing."""
    alive = Liveness(0)
    alive.ready(0)
    alive.answered(5)
    timed = [alive.latency_ms]
    assert alive.is_ping_due(SILENCE_MS)
    alive.heard(SILENCE_MS + 10)
    assert alive.is_ping_due(2 * SILENCE_MS + 10)
    for later in (20, 30):
        alive.answered(2 * SILENCE_MS + later)
        timed.append(alive.latency_ms)
    assert timed == [None, SILENCE_MS + 20, SILENCE_MS + 20]
