"""Public channels whose funding leaves the best chain: at another place all begins anew."""

from __future__ import annotations

from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.announcement import Announcing
from lnwallet_tui.channel.effects import Send
from lnwallet_tui.channel.events import (
    FundingConfirmed,
    FundingReorganised,
    NewTip,
)
from lnwallet_tui.channel.resume import resume
from lnwallet_tui.policy import POLICY
from lnwallet_tui.routing.network import KnownNetwork, Learned
from lnwallet_tui.wire.bolt1 import Warning_
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
    move,
    public,
    restart,
    told,
)
from tests.channel.two import (
    one,
)


def test_a_funding_that_moved_is_announced_anew() -> None:
    """BOLT 7: "a blockchain reorganization would otherwise invalidate the `short_channel_id`"."""
    two = public()
    old = announced(two.a)[0]
    for party in two.both:
        party.do(FundingReorganised())
        party.height = MOVED.block
        effects = party.do(FundingConfirmed(two.funding_tx, MOVED.block, MOVED.tx_index))
        assert told(effects) == []
        assert announcing(party) == Announcing()
        assert told(resume(party.state, party.env(party.signer))) == []
    mine(two, 5)
    two.exchange()
    for party in two.both:
        assert [found.short_channel_id for found in announced(party)] == [PLACE, MOVED]
        assert party.said(Warning_) == []
    assert announced(two.a)[1] == announced(two.b)[1] != old
    network = KnownNetwork(Network.REGTEST.chain_hash)
    assert network.learn(announced(two.a)[1], two.a.now) is Learned.NEW
    assert two.disconnections() == []


def test_a_funding_that_moved_waits_for_the_depth_asked_for_again() -> None:
    two = buried(10, policy=changed(POLICY, small_channel_depth=10))
    move(two)
    mine(two, 3)
    assert [len(halves(party)) for party in two.both] == [1, 1]
    mine(two)
    two.exchange()
    for party in two.both:
        assert [found.short_channel_id for found in announced(party)] == [PLACE, MOVED]


@EITHER
def test_a_half_for_the_old_place_is_worth_nothing_in_the_new_one(who: int) -> None:
    two = deep()
    party, peer = two.both[who], two.both[1 - who]
    late = halves(peer)[0]
    move(two)
    peer.outbox.clear()
    assert isinstance(one(party.receive(late), Send).message, Warning_)
    assert announced(party) == []
    party.receive(half_of(two, peer, MOVED))
    assert [found.short_channel_id for found in announced(party)] == [MOVED]


@EITHER
def test_who_hears_of_the_reorganisation_first_is_understood(who: int) -> None:
    two = public()
    party, peer = two.both[who], two.both[1 - who]
    party.do(FundingReorganised())
    assert party.receive(half_of(two, peer, MOVED)) == ()
    party.height = MOVED.block
    party.do(FundingConfirmed(two.funding_tx, MOVED.block, MOVED.tx_index))
    known = announcing(party)
    assert known.theirs is not None
    assert known.theirs.short_channel_id == MOVED
    assert announced(party)[1:] == []
    party.height += 5
    party.do(NewTip())
    assert halves(party)[-1].short_channel_id == MOVED
    assert announced(party)[-1].short_channel_id == MOVED


def test_a_funding_that_comes_back_to_its_place_is_told_again_when_deep() -> None:
    two = public()
    two.a.do(FundingReorganised())
    assert told(resume(two.a.state, two.a.env(two.a.signer))) == []
    two.a.height = PLACE.block
    two.a.do(FundingConfirmed(two.funding_tx, PLACE.block, PLACE.tx_index))
    two.a.height += 4
    two.a.do(NewTip())
    assert len(announced(two.a)) == 1
    two.a.height += 1
    two.a.do(NewTip())
    assert announced(two.a) == announced(two.b) * 2
    assert len(halves(two.a)) == 1


def test_depth_that_is_lost_takes_it_back() -> None:
    """BOLT 7: "If the funding transaction has less than 6 confirmations: MUST NOT send
    `channel_announcement`."."""
    two = public()
    two.a.height -= 1
    two.a.do(NewTip())
    assert told(restart(two.a)) == []
    two.a.height += 1
    assert told(two.a.do(NewTip())) == announced(two.b)
