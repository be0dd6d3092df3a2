"""What each failure teaches about the way, and that no stranger teaches us about others' hops."""

from __future__ import annotations

from typing import Any

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onion.messages import (
    ChannelDisabled,
    ExpiryTooFar,
    Failure,
    FeeInsufficient,
    IncorrectCltvExpiry,
    IncorrectOrUnknownPaymentDetails,
    InvalidOnionHmac,
    MppTimeout,
    PermanentChannelFailure,
    PermanentNodeFailure,
    TemporaryChannelFailure,
    TemporaryNodeFailure,
    UnknownNextPeer,
)
from lnwallet_tui.payment.lessons import NOTHING, learn
from lnwallet_tui.payment.records import Lessons, Passage, Room, Route, RouteHop
from lnwallet_tui.wire.codec import encode
from lnwallet_tui.wire.scid import ShortChannelId
from tests.payment.people import CHANNEL, stored
from tests.routing.gossip import node_id, update

FIRST, SECOND = ShortChannelId(100, 1, 0), ShortChannelId(100, 2, 0)
ROUTE = Route(
    CHANNEL,
    (
        RouteHop(node_id=node_id("ada")),
        RouteHop(node_id=node_id("ben"), short_channel_id=FIRST),
        RouteHop(node_id=node_id("cyd"), short_channel_id=SECOND),
    ),
)
CARRIED = (3_000, 2_000, 1_000)
PASSED = (Passage(int(FIRST), node_id("ada"), 2_000),)
UNUSED = Lessons(rooms=(Room(int(SECOND), node_id("ben"), NOTHING),), passages=PASSED)


def told(at: int, failure: Failure) -> Lessons:
    return stored(learn(Lessons(), ROUTE, CARRIED, (at, failure)))


def test_a_channel_that_cannot_now_carries_less() -> None:
    assert told(1, TemporaryChannelFailure(b"")).room() == {(int(SECOND), node_id("ben")): 999}
    assert told(0, TemporaryChannelFailure(b"")).room() == {(int(FIRST), node_id("ada")): 1_999}


def test_what_other_parts_carry_is_part_of_what_was_too_much() -> None:
    beside = {(int(SECOND), node_id("ben")): 500, (int(FIRST), node_id("ada")): 7}
    failure = TemporaryChannelFailure(b"")
    lessons = learn(Lessons(), ROUTE, CARRIED, (1, failure), beside)
    assert lessons.room() == {(int(SECOND), node_id("ben")): 1_499}


def test_what_has_passed_a_hop_and_came_back_can_pass_it_again() -> None:
    by_ada, by_ben = (int(FIRST), node_id("ada")), (int(SECOND), node_id("ben"))
    assert told(0, TemporaryChannelFailure(b"")).passed() == {}
    assert told(1, TemporaryChannelFailure(b"")).passed() == {by_ada: 2_000}
    lessons = told(2, MppTimeout())
    assert lessons.passed() == {by_ada: 2_000, by_ben: 1_000}
    again = learn(lessons, ROUTE, (300, 200, 100), (2, MppTimeout()))
    assert again.passed() == lessons.passed()


@pytest.mark.parametrize("failure", [TemporaryNodeFailure(), PermanentNodeFailure()])
def test_a_node_that_cannot_is_avoided(failure: Failure) -> None:
    assert told(1, failure) == Lessons(avoided=(node_id("ben"),), passages=PASSED)


@pytest.mark.parametrize(
    "failure",
    [
        PermanentChannelFailure(),
        UnknownNextPeer(),
        InvalidOnionHmac(bytes(32)),
        ExpiryTooFar(),
        FeeInsufficient(Msat(1), b""),
        FeeInsufficient(Msat(1), b"\x00\x01 no update"),
    ],
)
def test_a_hop_that_fails_for_good_is_left_out(failure: Failure) -> None:
    assert told(1, failure) == UNUSED


def test_the_payee_may_like_another_way() -> None:
    assert told(2, IncorrectOrUnknownPaymentDetails(Msat(1), 1)).room() == UNUSED.room()


def test_that_other_parts_were_missing_is_no_fault_of_the_way() -> None:
    assert not told(2, MppTimeout()).rooms


def test_what_nobody_signed_makes_the_whole_way_suspect() -> None:
    lessons = learn(Lessons(), ROUTE, CARRIED, None)
    assert lessons.room() == {
        (int(FIRST), node_id("ada")): NOTHING,
        (int(SECOND), node_id("ben")): NOTHING,
    }
    assert lessons.ours == ((CHANNEL, NOTHING),)


def test_a_peer_that_is_the_payee_is_known_by_our_own_channel() -> None:
    direct = Route(CHANNEL, ROUTE.hops[:1])
    for answer in (None, (0, TemporaryNodeFailure()), (0, TemporaryChannelFailure(b""))):
        assert learn(Lessons(), direct, (1_000,), answer).ours == ((CHANNEL, NOTHING),)


@pytest.mark.parametrize("with_type", [True, False])
def test_the_terms_that_a_node_signs_count_for_its_hop(with_type: bool) -> None:
    message = encode(update("ben", "cyd", 2, fee_base_msat=Msat(77)))
    failure = FeeInsufficient(Msat(1), message if with_type else message[2:])
    [hop] = told(1, failure).corrected
    assert (hop.source, hop.target) == (node_id("ben"), node_id("cyd"))
    assert (hop.short_channel_id, hop.fee_base_msat) == (int(SECOND), 77)


def test_the_same_terms_again_are_no_help() -> None:
    failure = IncorrectCltvExpiry(1, encode(update("ben", "cyd", 2)))
    once = told(1, failure)
    again = learn(once, ROUTE, CARRIED, (1, failure))
    assert (again.corrected, again.rooms) == (once.corrected, UNUSED.rooms)


def test_a_channel_that_was_switched_off_stays_out() -> None:
    direction = int(node_id("ben") > node_id("cyd"))
    off = encode(update("ben", "cyd", 2, channel_flags=direction | 2))
    [hop] = told(1, ChannelDisabled(0, off)).corrected
    assert hop.is_disabled


@pytest.mark.parametrize(
    ("source", "target", "number", "changes"),
    [
        ("cyd", "ben", 2, {}),  # of the other end
        ("eve", "cyd", 2, {}),  # of a stranger
        ("ben", "cyd", 3, {}),  # of another channel
    ],
)
def test_terms_of_others_teach_nothing(
    source: str, target: str, number: int, changes: dict[str, Any]
) -> None:
    message = encode(update(source, target, number, **changes))
    assert told(1, FeeInsufficient(Msat(1), message)) == UNUSED


def test_later_lessons_count() -> None:
    once = told(1, TemporaryChannelFailure(b""))
    more = learn(once, ROUTE, (300, 200, 100), (1, TemporaryChannelFailure(b"")))
    assert more.room() == {(int(SECOND), node_id("ben")): 99}


def test_who_changes_its_terms_at_each_attempt_is_left_out() -> None:
    """Else it could have us come back until the attempts are used up."""
    lessons = Lessons()
    for fee in (77, 78, 79):
        message = encode(update("ben", "cyd", 2, fee_base_msat=Msat(fee)))
        lessons = learn(lessons, ROUTE, CARRIED, (1, FeeInsufficient(Msat(1), message)))
    [hop] = lessons.corrected
    assert (hop.fee_base_msat, lessons.room()) == (77, UNUSED.room())
