"""The funding's depth, its reorganisations and its absence; `channel_ready` in both directions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import pytest
from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel.effects import Answer, Broadcast, HtlcReceived, Send
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason, Violation
from lnwallet_tui.channel.events import (
    AddHtlc,
    CloseCooperatively,
    CloseResolved,
    FailHtlc,
    FundingConfirmed,
    FundingReorganised,
    FundingSpent,
    MessageReceived,
    NewTip,
    PeerDisconnected,
    SignCommitment,
)
from lnwallet_tui.channel.state import Channel, ChannelType, Opening, Phase
from lnwallet_tui.wire.bolt1 import Error
from lnwallet_tui.wire.bolt2 import ChannelReady
from lnwallet_tui.wire.scid import ShortChannelId
from tests.channel.dealing import add_message
from tests.channel.public import half_of
from tests.channel.two import Party, Two, msat, one, script_of

ADD = AddHtlc(9, Msat(5_000_000), bytes(32), 500, bytes(1366))


def confirm(two: Two, party: Party) -> None:
    """A block with the funding transaction."""
    party.height += 1
    party.do(FundingConfirmed(two.funding_tx, party.height, 4))


def mine(party: Party, blocks: int) -> None:
    for _ in range(blocks):
        party.height += 1
        party.do(NewTip())


def refused(party: Party) -> RefusalReason | None:
    """Why an HTLC cannot be offered; None if it was."""
    result = one(party.do(ADD), Answer).result
    return result.reason if isinstance(result, ChannelRefusal) else None


# -- depth
def test_channel_ready_is_sent_at_the_depth_asked_for() -> None:
    two = Two.fresh()
    two.open()
    confirm(two, two.b)
    mine(two.b, 1)
    assert two.b.said(ChannelReady) == []
    mine(two.b, 1)  # three confirmations
    (told,) = two.b.said(ChannelReady)
    assert told.channel_id == two.b.channel.channel_id
    assert told.second_per_commitment_point == two.b.signer.per_commitment_point(1)
    assert told.short_channel_id == two.b.alias
    mine(two.b, 2)
    assert len(two.b.said(ChannelReady)) == 1
    assert two.b.channel.phase is Phase.FUNDING


def test_both_have_to_say_it() -> None:
    two = Two.fresh()
    two.open()
    confirm(two, two.b)
    mine(two.b, 2)
    two.exchange()
    assert two.a.channel.ready.received
    assert two.a.channel.phase is Phase.FUNDING
    assert refused(two.a) is RefusalReason.NOT_READY
    confirm(two, two.a)
    mine(two.a, 2)
    two.exchange()
    assert [party.channel.phase for party in two.both] == [Phase.READY, Phase.READY]
    assert two.a.channel.ready.their_alias == two.b.alias
    assert two.a.channel.their_next_point == two.b.signer.per_commitment_point(1)
    assert two.a.channel.short_channel_id == ShortChannelId(101, 4, 1)
    assert refused(two.a) is None


def test_deep_while_the_peer_is_away_it_is_told_after_the_reconnection() -> None:
    two = Two.fresh()
    two.open()
    two.disconnect()
    for party in two.both:
        confirm(two, party)
        mine(party, 3)
        assert party.said(ChannelReady) == []
    two.connect()
    assert [party.channel.phase for party in two.both] == [Phase.READY, Phase.READY]


def test_a_lost_channel_ready_is_repeated_until_a_commitment_follows() -> None:
    """BOLT 2: "if `next_commitment_number` is 1 in both the `channel_reestablish` it sent and
    received [...]: MUST retransmit `channel_ready`."
    """
    two = Two.fresh()
    two.open()
    for party in two.both:
        confirm(two, party)
        mine(party, 2)
    two.disconnect()
    two.connect()
    assert [party.channel.phase for party in two.both] == [Phase.READY, Phase.READY]
    assert len(two.a.said(ChannelReady)) == 2
    two.disconnect()
    two.connect()
    assert len(two.a.said(ChannelReady)) == 3
    assert two.disconnections() == []


def test_a_repeated_channel_ready_only_brings_an_alias() -> None:
    two = Two.fresh()
    two.ready()
    before = two.a.channel
    other = ShortChannelId(3, 2, 1)
    again = ChannelReady(before.channel_id, two.b.signer.per_commitment_point(5), other)
    two.a.receive(again)
    after = two.a.channel
    assert after.ready.their_alias == other
    assert after == changed(before, ready=changed(before.ready, their_alias=other))
    assert two.a.receive(again) == ()
    assert two.a.receive(replace(again, short_channel_id=None)) == ()


@pytest.mark.parametrize("made", [Two.fresh, Two.relays], ids=["private", "public"])
def test_vuln_011_any_order_of_ready_blocks_and_reorganisation(made: Callable[[], Two]) -> None:
    """The machine assumed an order of messages: a second `channel_ready` crashed it, and an early
    `announcement_signatures` did."""
    happens = ("ready", "ready", "announcement", "block", "reorg")
    for order in sorted(set(permutations(happens))):
        two = made()
        two.open()
        point = two.b.signer.per_commitment_point(1)
        message = ChannelReady(two.a.channel.channel_id, point, two.b.alias)
        for what in order:
            if what == "block":
                confirm(two, two.a)
                mine(two.a, 2)
            elif what == "reorg":
                two.a.do(FundingReorganised())
            elif what == "announcement":
                two.a.receive(half_of(two, two.b))
            else:
                two.a.receive(message)
        assert two.a.channel.publication is None, order
        assert two.a.channel.their_next_point == point
        confirm(two, two.a)
        mine(two.a, 2)
        assert two.a.channel.phase is Phase.READY, order


# -- what the chain shows
def fakes(two: Two) -> dict[str, Tx]:
    """Transactions with the funding's id that do not pay the channel, if ids could be had so."""
    real = two.funding_tx
    change, output = real.outputs
    return {
        "wrong script": replace(real, outputs=(change, TxOut(output.value, script_of("x")))),
        "1 sat less": replace(
            real, outputs=(change, TxOut(output.value - Sat(1), output.script_pubkey))
        ),
        "wrong vout": replace(real, outputs=(output, change)),
        "vout out of range": replace(real, outputs=(output,)),
    }


@pytest.mark.parametrize("flaw", ["wrong script", "1 sat less", "wrong vout", "vout out of range"])
def test_vuln_001_a_fake_funding_is_looked_at(flaw: str) -> None:
    """Only the confirmations of the txid were counted, not what the output paid."""
    two = Two.fresh()
    two.open()
    fake = fakes(two)[flaw]
    named = changed(two.b.channel.funding, outpoint=OutPoint(fake.txid, 1))
    two.b.state = changed(two.b.channel, funding=named)
    two.b.height += 6
    effects = two.b.do(FundingConfirmed(fake, two.b.height, 1))
    assert two.b.gone
    told = one(effects, Send).message
    assert isinstance(told, Error)
    assert told.data.decode() == Violation.FAKE_FUNDING.sentence
    assert two.b.said(ChannelReady) == []


@pytest.mark.parametrize("what", ["in no block", "spent before it is deep"])
def test_vuln_001_a_funding_that_is_not_there_is_no_channel(what: str) -> None:
    """The same: it was believed what the peer said of it."""
    two = Two.fresh()
    two.open(push=msat(300_000))
    if what == "spent before it is deep":
        confirm(two, two.b)
        outpoint = two.b.channel.funding.outpoint
        thief = Tx(2, (TxIn(outpoint),), (TxOut(Sat(900_000), script_of("thief")),))
        two.b.do(FundingSpent(thief, two.b.height))
    point = two.a.signer.per_commitment_point(1)
    two.b.receive(ChannelReady(two.b.channel.channel_id, point, two.a.alias))
    mine(two.b, 100)
    assert two.b.said(ChannelReady) == []
    assert two.b.channel.phase is not Phase.READY
    assert refused(two.b) is not None
    two.b.receive(add_message(two.a))
    assert two.b.all(HtlcReceived) == []


def test_vuln_010_a_coinbase_funds_only_when_it_is_mature() -> None:
    """HTLCs of such a channel could not be enforced for a hundred blocks."""
    two = Two.fresh()
    two.open()
    coinbase = replace(two.funding_tx, inputs=(TxIn(OutPoint(bytes(32), 0xFFFFFFFF)),))
    named = changed(two.b.channel.funding, outpoint=OutPoint(coinbase.txid, 1))
    two.b.state = changed(two.b.channel, funding=named)
    two.b.height += 1
    two.b.do(FundingConfirmed(coinbase, two.b.height, 0))
    mine(two.b, 98)
    assert two.b.said(ChannelReady) == []
    mine(two.b, 1)
    assert len(two.b.said(ChannelReady)) == 1


# -- reorganisations
def test_before_ready_a_reorganisation_begins_the_count_again() -> None:
    two = Two.fresh()
    two.open()
    confirm(two, two.b)
    mine(two.b, 1)
    two.b.do(FundingReorganised())
    mine(two.b, 10)
    assert two.b.said(ChannelReady) == []
    confirm(two, two.b)
    mine(two.b, 1)
    assert two.b.said(ChannelReady) == []
    mine(two.b, 1)
    assert len(two.b.said(ChannelReady)) == 1


def test_after_ready_a_reorganisation_suspends_new_htlcs() -> None:
    two = Two.fresh()
    two.ready()
    two.a.do(FundingReorganised())
    assert two.a.channel.phase is Phase.READY
    assert two.a.channel.short_channel_id is None
    assert refused(two.a) is RefusalReason.REORGANISED
    confirm(two, two.a)
    assert refused(two.a) is RefusalReason.REORGANISED
    mine(two.a, 2)
    assert refused(two.a) is None


def test_what_is_offered_over_a_funding_that_is_not_deep_is_marked_to_fail() -> None:
    """Who takes a payment of a channel that may never have been gives it away."""
    two = Two.fresh()
    two.ready()
    two.b.do(FundingReorganised())
    two.a.do(AddHtlc(1, msat(20_000), bytes(32), 500, bytes(1366)))
    two.a.do(SignCommitment())
    two.exchange()
    assert one(two.b.effects, HtlcReceived).excess_dust
    confirm(two, two.b)
    mine(two.b, 2)
    two.a.do(AddHtlc(1, msat(20_000), bytes(32), 500, bytes(1366)))
    two.a.do(SignCommitment())
    two.exchange()
    assert not two.b.all(HtlcReceived)[-1].excess_dust


def test_a_funding_of_ours_is_published_again_after_a_reorganisation() -> None:
    two = Two.fresh()
    two.ready()
    assert one(two.a.do(FundingReorganised()), Broadcast).txs == (two.funding_tx,)
    assert [e for e in two.b.do(FundingReorganised()) if isinstance(e, Broadcast)] == []
    before = two.a.channel
    assert two.a.do(FundingReorganised()) == ()
    assert two.a.channel == before


# -- absence
def test_vuln_004_a_fundee_forgets_a_funding_that_never_comes() -> None:
    """Channels without a funding transaction were watched for ever."""
    two = Two.fresh()
    two.open()
    two.b.height += 2_015
    two.b.do(NewTip())
    assert [party.gone for party in two.both] == [False, False]
    two.b.height += 1
    effects = two.b.do(NewTip())
    assert [party.gone for party in two.both] == [False, True]
    assert isinstance(one(effects, Send).message, Error)


def end_of(party: Party, funding_tx: Tx) -> None:
    """The way out of whatever state it is in."""
    match party.state:
        case Opening():
            party.do(PeerDisconnected())
        case Channel() as channel if not (channel.we_fund or channel.ready.sent):
            party.height += party.policy.funding_timeout
            party.do(NewTip())
        case Channel() as channel if channel.phase is not Phase.DONE:
            party.height += 1
            party.do(FundingConfirmed(funding_tx, party.height, 4))
            outpoint = channel.funding.outpoint
            spend = Tx(2, (TxIn(outpoint),), (TxOut(Sat(900_000), script_of("somebody")),))
            party.do(FundingSpent(spend, party.height))
            party.do(CloseResolved())


def test_vuln_004_there_is_a_way_out_of_every_state() -> None:
    """The same: the condition of the end could not come true where there was no funding. Here of
    all states of a channel's life, on either side."""
    two = Two.fresh()
    two.ready(push=msat(300_000))
    two.a.do(ADD)
    two.a.do(SignCommitment())
    two.exchange()
    two.b.do(FailHtlc(0, b"an encrypted reason"))
    two.b.do(SignCommitment())
    two.exchange()
    two.a.do(CloseCooperatively(2, two.a.script, 1_000, Sat(10_000)))
    two.exchange()
    funding_tx, phases = two.funding_tx, set[Phase]()
    for party in two.both:
        for taken, memory in tuple(party.steps):
            party.state, party.memory = taken.state, memory
            if isinstance(party.state, Channel):
                phases.add(party.state.phase)
            end_of(party, funding_tx)
            assert party.gone or party.channel.phase is Phase.DONE, taken.state
    assert phases >= {Phase.FUNDING, Phase.READY, Phase.NEGOTIATING, Phase.CLOSING}


def test_a_funder_never_forgets() -> None:
    two = Two.fresh()
    two.open()
    two.a.height += 100_000
    two.a.do(NewTip())
    assert not two.a.gone


def test_a_fundee_that_said_ready_never_forgets() -> None:
    """Money of ours may be in it: a reorganisation does not take our signatures away."""
    two = Two.fresh()
    two.ready()
    two.b.do(FundingReorganised())
    two.b.height += 100_000
    two.b.do(NewTip())
    assert not two.b.gone


def test_a_reorganisation_gives_the_funding_its_time_again() -> None:
    two = Two.fresh()
    two.open()
    two.b.height += 2_000
    confirm(two, two.b)
    two.b.do(FundingReorganised())
    two.b.height += 2_015
    two.b.do(NewTip())
    assert not two.b.gone


def test_an_alias_always_goes_with_it() -> None:
    for alias in (True, False):
        two = Two.fresh()
        two.ready(channel_type=ChannelType.of(anchors=True, scid_alias=alias))
        assert two.a.channel.ready.their_alias == two.b.alias
        assert two.b.channel.ready.their_alias == two.a.alias
        message = two.a.said(ChannelReady)[0]
        assert two.b.do(MessageReceived(message)) == ()
