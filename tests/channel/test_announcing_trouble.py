"""Public channels when something goes wrong: cuts, crashes, wrong halves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from lnwallet_tui.channel.announcement import Announcing
from lnwallet_tui.channel.effects import Disconnect, Send
from lnwallet_tui.channel.env import Step
from lnwallet_tui.channel.errors import Violation
from lnwallet_tui.channel.events import (
    ForceClose,
    FundingConfirmed,
    FundingSpent,
    MessageReceived,
    NewTip,
    PeerConnected,
)
from lnwallet_tui.channel.resume import resume
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.channel.step import step
from lnwallet_tui.store import codec as stored
from lnwallet_tui.wire.bolt1 import Warning_
from lnwallet_tui.wire.bolt2 import ChannelReestablish
from lnwallet_tui.wire.bolt7 import AnnouncementSignatures
from tests.channel.public import (
    EITHER,
    MOVED,
    PLACE,
    announced,
    announcing,
    buried,
    deep,
    half_of,
    halves,
    mine,
    public,
    restart,
    told,
)
from tests.channel.two import (
    Party,
    Two,
    msat,
    one,
    script_of,
)

GOLDEN = Path(__file__).parent / "golden" / "channel-private-1.hex"


# -- reconnections
def test_ours_is_repeated_until_the_peers_came() -> None:
    """BOLT 7: "Upon reconnection [...]: If it has NOT previously received
    `announcement_signatures` for the funding transaction: MUST send its own"."""
    two = deep()
    for times in range(2, 5):
        two.disconnect()
        for party in two.both:
            party.do(PeerConnected(party.features))
        for sender, receiver in (two.both, two.both[::-1]):
            receiver.receive(sender.outbox.popleft())
        assert [len(halves(party)) for party in two.both] == [times, times]
    two.exchange()
    assert [len(announced(party)) for party in two.both] == [1, 1]


@pytest.mark.parametrize("delivered", range(12))
def test_a_cut_anywhere_ends_the_same(delivered: int) -> None:
    """Each message of channel_ready and of the announcement is lost, with all after it."""
    two = Two.relays()
    two.open()
    for party in two.both:
        party.height += 6
        party.do(FundingConfirmed(two.funding_tx, party.height - 5, 1))
    for _ in range(delivered):
        two.deliver_one()
    two.disconnect()
    two.connect()
    (of_a,), (of_b,) = map(announced, two.both)
    assert of_a == of_b
    assert two.disconnections() == []


@pytest.mark.parametrize("delivered", range(6))
def test_a_second_cut_while_it_is_repeated(delivered: int) -> None:
    two = deep()
    two.deliver_one()
    two.disconnect()
    for party in two.both:
        party.do(PeerConnected(party.features))
    for _ in range(delivered):
        two.deliver_one()
    two.disconnect()
    two.connect()
    (of_a,), (of_b,) = map(announced, two.both)
    assert of_a == of_b


def test_what_both_have_is_not_sent_again() -> None:
    two = public()
    for _ in range(3):
        two.disconnect()
        two.connect()
        mine(two)
    assert [len(halves(party)) for party in two.both] == [1, 1]
    assert [len(announced(party)) for party in two.both] == [1, 1]


@EITHER
def test_a_peer_that_sends_its_own_is_answered_once_a_connection(who: int) -> None:
    """BOLT 7: "Upon reconnection [...]: If it receives `announcement_signatures` for the funding
    transaction: MUST respond with its own". Answers of answers would never end."""
    two = public()
    party, peer = two.both[who], two.both[1 - who]
    again = halves(peer)[0]
    assert party.receive(again) == ()
    two.disconnect()
    two.connect()
    answer = one(party.receive(again), Send).message
    assert answer == halves(party)[0]
    for event in (MessageReceived(again), NewTip()):
        taken = step(party.channel, event, party.env(party.signer))
        assert taken == Step(party.channel)
        assert taken.state is party.channel  # nothing to store
    assert len(announced(party)) == 1


@EITHER
def test_a_peer_that_lost_its_half_gets_it_again(who: int) -> None:
    """It is started from a state of before: both still come to the same."""
    two = public()
    party, peer = two.both[who], two.both[1 - who]
    earlier = next(
        state
        for state in reversed(peer.history)
        if isinstance(state, Channel) and state.announcing and state.announcing.theirs is None
    )
    two.disconnect()
    peer.state = earlier
    restart(peer)
    two.connect()
    assert len(halves(party)) == 2
    assert announced(peer)[-1] == announced(party)[0]
    assert two.disconnections() == []


# -- crashes
@EITHER
def test_a_crash_right_after_any_step_loses_nothing(who: int) -> None:
    """What a step told the node comes again from `resume`, before its effects or after."""
    two = public()
    party = two.both[who]
    counted = 0
    for taken, memory in party.steps:
        party.memory = memory
        again = resume(taken.state, party.env(party.signer))
        if isinstance(taken.state, Channel) and taken.state.announcing:
            complete = taken.state.announcing.told
            assert told(again) == (announced(party) if complete else [])
        for effect in told(taken.effects):
            assert effect in told(again)
            counted += 1
        assert not [effect for effect in again if isinstance(effect, Send)]
    assert counted == 1


@EITHER
@pytest.mark.parametrize("delivered", range(6))
def test_a_crash_at_any_message_ends_the_same(who: int, delivered: int) -> None:
    two = Two.relays()
    two.open()
    for party in two.both:
        party.height += 6
        party.do(FundingConfirmed(two.funding_tx, party.height - 5, 1))
    for _ in range(delivered):
        two.deliver_one()
    restart(two.both[who])
    two.disconnect()
    two.connect()
    of_a, of_b = (announced(party)[-1] for party in two.both)
    assert of_a == of_b


def test_each_start_tells_it_again_until_the_channel_closes() -> None:
    two = public()
    for _ in range(2):
        assert told(restart(two.a)) == announced(two.b)
    two.disconnect()
    two.connect()
    two.a.do(ForceClose(1, "the user said so"))
    assert told(restart(two.a)) == []


def test_a_spent_funding_is_announced_no_more() -> None:
    two = public()
    two.a.do(FundingSpent(two.funding_tx, 120))
    assert told(restart(two.a)) == []


def test_a_channel_that_the_peer_broke_is_announced_no_more() -> None:
    two = public()
    two.disconnect()
    for party in two.both:
        party.do(PeerConnected(party.features))
    hello = two.b.outbox.popleft()
    assert isinstance(hello, ChannelReestablish)
    two.a.receive(replace(hello, next_commitment_number=0))
    assert two.a.channel.publication is not None
    assert told(restart(two.a)) == []


# -- wrong halves
@EITHER
def test_another_place_is_warned_of_and_ignored(who: int) -> None:
    """BOLT 7: "If the `short_channel_id` doesn't match one of its funding transactions: SHOULD send
    a `warning`."."""
    two = deep()
    party, peer = two.both[who], two.both[1 - who]
    before = party.channel
    effects = party.receive(half_of(two, peer, MOVED))
    warning = one(effects, Send).message
    assert isinstance(warning, Warning_)
    assert warning.data.startswith(b"short_channel_id of announcement_signatures")
    assert len(effects) == 1
    assert party.channel == before
    two.exchange()
    assert len(announced(party)) == 1


Forgery = Callable[[Two, Party, AnnouncementSignatures], AnnouncementSignatures]
FORGERIES: dict[str, Forgery] = {
    "node": lambda _two, _peer, half: replace(half, node_signature=half.bitcoin_signature),
    "bitcoin": lambda _two, _peer, half: replace(half, bitcoin_signature=half.node_signature),
    "nothing": lambda _two, _peer, half: replace(half, node_signature=bytes(64)),
    "ours": lambda two, peer, _half: half_of(two, two.a if peer is two.b else two.b),
    "place": lambda two, peer, half: replace(half_of(two, peer, MOVED), short_channel_id=PLACE),
}


@EITHER
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_wrong_signature_ends_the_connection(who: int, forgery: str) -> None:
    """BOLT 7: "If the `node_signature` OR the `bitcoin_signature` is NOT correct: MAY send a
    `warning` and close the connection"."""
    two = deep()
    party, peer = two.both[who], two.both[1 - who]
    before = party.channel
    forged = FORGERIES[forgery](two, peer, halves(peer)[0])
    effects = party.receive(forged)
    warning = one(effects, Send).message
    assert isinstance(warning, Warning_)
    assert warning.data.decode() == Violation.ANNOUNCEMENT_SIGNATURE.sentence
    assert one(effects, Disconnect).reason == Violation.ANNOUNCEMENT_SIGNATURE.sentence
    assert party.channel == before
    two.disconnect()
    two.connect()
    assert [len(announced(party)) for party in two.both] == [1, 1]


@EITHER
def test_a_wrong_half_does_not_take_the_place_of_a_right_one(who: int) -> None:
    two = public()
    party, peer = two.both[who], two.both[1 - who]
    before = party.channel
    forged = replace(halves(peer)[0], node_signature=bytes(64))
    assert one(party.receive(forged), Disconnect).reason
    assert party.channel == before


def test_a_private_channel_and_a_wallet_ignore_halves() -> None:
    """BOLT 7: "serves as an opt-in mechanism"."""
    private = Two.relays()
    private.ready(private=True)
    wallet = buried(5)
    wallet.b.announcer = None
    for two in (private, wallet):
        before = two.b.channel
        assert two.b.receive(half_of(two, two.a)) == ()
        assert two.b.channel == before
    mine(wallet, 3)
    wallet.exchange()
    wallet.disconnect()
    wallet.connect()
    assert halves(wallet.b) == []
    assert wallet.disconnections() == []


# -- what is stored
def test_a_channel_stored_before_there_were_public_ones_is_private() -> None:
    channel = stored.decode(bytes.fromhex(GOLDEN.read_text()), Channel)
    two = Two.relays()
    two.ready(private=True, push=msat(300_000))
    known = changed(two.a.channel.funding, given=msat(0), opened=0)  # these are kept since then
    assert channel == changed(two.a.channel, funding=known)
    assert channel.announcing is None


def test_the_link_leaves_nothing_behind() -> None:
    two = deep()
    two.disconnect()
    for party in two.both:
        known = announcing(party)
        assert known == Announcing(sent=PLACE)
        assert script_of(party.name) == party.channel.shutdown_script
    assert [type(first) for first in two.a.outbox] == []
    two.a.do(PeerConnected(two.a.features))
    assert [type(first) for first in two.a.outbox] == [ChannelReestablish]
