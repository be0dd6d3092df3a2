"""The one way in: what is heard in which phase, over which link, and that nothing else is."""

from __future__ import annotations

from typing import get_args

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel.effects import Answer, Disconnect, NeedFunding, Send
from lnwallet_tui.channel.env import Step
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason, Violation
from lnwallet_tui.channel.events import (
    AddHtlc,
    ChannelEvent,
    CloseCooperatively,
    CloseResolved,
    FailHtlc,
    FailMalformedHtlc,
    ForceClose,
    FulfillHtlc,
    FundingImpossible,
    FundingReorganised,
    FundingSpendReorganised,
    MessageReceived,
    NewTip,
    OpeningTimedOut,
    PeerConnected,
    PeerDisconnected,
    SignCommitment,
    UpdateFee,
)
from lnwallet_tui.channel.signing import SignerRefused
from lnwallet_tui.channel.state import Channel, Forgotten, Link
from lnwallet_tui.channel.step import step
from lnwallet_tui.wire.bolt1 import Pong, Warning_
from lnwallet_tui.wire.bolt2 import ChannelReady, FundingSigned, UpdateFulfillHtlc
from lnwallet_tui.wire.bolt7 import GossipTimestampFilter
from lnwallet_tui.wire.features import Features
from tests.channel.two import Party, Two, funding_transaction, msat, one

ADD = AddHtlc(3, Msat(5_000_000), sha256(b"preimage"), 500, bytes(1366))
PLAIN: list[ChannelEvent] = [
    FundingImpossible(),
    OpeningTimedOut(),
    ADD,
    FulfillHtlc(0, bytes(32)),
    FailHtlc(0, b"reason"),
    FailMalformedHtlc(0, bytes(32), 0xC005),
    UpdateFee(400),
    SignCommitment(),
    CloseCooperatively(4, bytes(22), 1_000, Sat(1_000)),
    ForceClose(5, "the user said so"),
    PeerConnected(Features()),
    PeerDisconnected(),
    MessageReceived(Pong()),
    FundingReorganised(),
    FundingSpendReorganised(),
    NewTip(),
    CloseResolved(),
]


def ready() -> Two:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    return two


def violation(party: Party, event: ChannelEvent) -> str:
    """The sentence that the peer is told before the link ends."""
    before = party.channel
    effects = party.do(event)
    assert party.channel == before
    warning = one(effects, Send).message
    assert isinstance(warning, Warning_)
    assert warning.data.decode().startswith(one(effects, Disconnect).reason)
    return warning.data.decode()


# -- what is over
def test_nothing_wakes_what_is_forgotten() -> None:
    party = Party("anna")
    for event in PLAIN:
        taken = step(Forgotten(), event, party.env(party.signer))
        assert taken.state == Forgotten()
        closed = ChannelRefusal(RefusalReason.CLOSED)
        if isinstance(event, AddHtlc | CloseCooperatively | ForceClose):
            assert taken.effects == (Answer(event.command_id, closed),)
        else:
            assert taken.effects == ()
    assert len(PLAIN) == len(get_args(ChannelEvent)) - 3  # those that carry a transaction


# -- the link
def test_the_peer_must_reestablish_first() -> None:
    two = ready()
    two.disconnect()
    early = ChannelReady(two.a.channel.channel_id, two.b.signer_point)
    assert violation(two.a, MessageReceived(early)) == Violation.NOT_REESTABLISHED.sentence
    two.a.do(PeerConnected(two.a.features))
    assert two.a.channel.link is Link.REESTABLISHING
    assert violation(two.a, MessageReceived(early)) == Violation.NOT_REESTABLISHED.sentence


def test_the_peer_reestablishes_once() -> None:
    two = ready()
    two.disconnect()
    for party in two.both:
        party.do(PeerConnected(party.features))
    hello = two.b.outbox[0]
    two.exchange()
    assert two.a.channel.link is Link.LIVE
    twice = Violation.REESTABLISHED_TWICE.sentence
    assert violation(two.a, MessageReceived(hello)) == twice


def test_vuln_028_a_peer_that_drops_a_feature_is_sent_away() -> None:
    """The negotiated type differed after a reconnection: it is stored once, and never changes."""
    two = ready()
    two.disconnect()
    missing = Violation.MISSING_FEATURE.sentence
    assert violation(two.a, PeerConnected(Features())) == missing
    two.connect()
    assert two.a.channel.link is Link.LIVE


def test_messages_of_others_are_ignored() -> None:
    two = ready()
    before = two.a.channel
    for message in (
        Pong(),
        FundingSigned(before.channel_id, bytes(64)),
        GossipTimestampFilter(bytes(32), 0, 0),
    ):
        assert two.a.do(MessageReceived(message)) == ()
        assert two.a.channel == before


@pytest.mark.parametrize("event", [UpdateFee(400), SignCommitment()])
def test_over_no_link_nothing_is_proposed(event: ChannelEvent) -> None:
    two = ready()
    two.disconnect()
    before = two.a.channel
    assert two.a.do(event) == ()
    assert two.a.channel == before
    assert two.a.do(ADD) == (Answer(3, ChannelRefusal(RefusalReason.NOT_CONNECTED)),)


# -- whose fault it is
def test_a_violation_changes_nothing_that_is_stored() -> None:
    two = ready()
    wrong = UpdateFulfillHtlc(two.a.channel.channel_id, 17, bytes(32))
    assert violation(two.a, MessageReceived(wrong)) == Violation.UNKNOWN_HTLC.sentence


def test_our_own_bug_is_no_violation() -> None:
    """It comes out as it is: the channel freezes, and nothing of the step is stored."""
    two = ready()
    need = one(two.a.effects, NeedFunding)
    with pytest.raises(AssertionError, match="signed already"):
        two.a.do(funding_transaction(need))
    revoked = two.a.channel
    two.a.do(ADD)
    two.a.do(SignCommitment())
    two.exchange()
    two.a.state = revoked
    with pytest.raises(SignerRefused, match="revoked"):
        two.a.do(ForceClose(1, "the user said so"))
    assert two.a.state is revoked


def test_a_step_repeats_exactly() -> None:
    """No clock, no dice: the same state, event and world give the same step."""
    two = ready()
    for event in (ADD, SignCommitment(), CloseCooperatively(4, two.a.script, 900, Sat(800))):
        env = two.a.env(two.a.signer)
        first, second = (step(two.a.state, event, env) for _ in range(2))
        assert first == second
        two.a.do(event)


def test_an_event_without_consequence_has_nothing_to_store() -> None:
    two = ready()
    state = two.a.state
    assert isinstance(state, Channel)
    for event in (NewTip(), FundingSpendReorganised(), FailHtlc(0, b"")):
        taken = step(state, event, two.a.env(two.a.signer))
        assert taken == Step(state)
        assert taken.state is state
