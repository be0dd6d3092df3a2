"""What comes back of a channel backup: a channel that asks to be closed, and signs nothing."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wpkh, p2wsh
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.backup import BackedUp, Backup, Whereabouts, backed_up, restored
from lnwallet_tui.channel.effects import Answer, Broadcast, Send, StateChanged, Watch
from lnwallet_tui.channel.errors import ChannelRefusal, CloseReason, RefusalReason
from lnwallet_tui.channel.events import (
    AddHtlc,
    ChannelEvent,
    CloseCooperatively,
    ForceClose,
    FundingConfirmed,
    FundingReorganised,
    FundingSpendReorganised,
    FundingSpent,
    MessageReceived,
    NewTip,
    PeerConnected,
    PeerDisconnected,
    SignCommitment,
    UpdateFee,
)
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.resume import wake
from lnwallet_tui.channel.scripts import to_remote_anchors_script
from lnwallet_tui.channel.signing import SignerRefused
from lnwallet_tui.channel.state import Channel, ChannelType, Phase
from lnwallet_tui.channel.transactions import build_commitment
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.onchain.left_behind import forms
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.wire.bolt1 import Error
from lnwallet_tui.wire.bolt2 import ChannelReestablish
from tests.channel.dealing import commit, locked_in, sent
from tests.channel.two import ANCHORS, STATIC, Party, Two, msat, one

BOTH_TYPES = pytest.mark.parametrize("kind", [ANCHORS, STATIC], ids=["anchors", "static"])
SALT, PEER = b"\x05" * 32, b"\x02" * 33


def kept(channel: Channel) -> BackedUp:
    where = Whereabouts(
        life=bytes(8), number=7, salt=SALT, peer_id=PEER, addresses=("ben.example:9735",)
    )
    return backed_up(channel, where)


def in_use(kind: ChannelType = ANCHORS) -> Two:
    """A channel with money on both sides, some commitments after its first."""
    two = Two.fresh()
    two.ready(channel_type=kind, push=msat(300_000))
    locked_in(two, two.a)
    commit(two, two.a)
    return two


def lose(party: Party) -> None:
    """All but the backup, which was written when the channel began."""
    party.state = restored(kept(party.channel), party.signer.basepoints)
    party.memory = SignerMemory(only_sweeps=True)
    party.effects.clear()
    party.outbox.clear()


@BOTH_TYPES
def test_payments_change_nothing_of_it(kind: ChannelType) -> None:
    two = Two.fresh()
    two.ready(channel_type=kind, push=msat(300_000))
    before = [kept(party.channel) for party in two.both]
    locked_in(two, two.a)
    commit(two, two.a)
    assert [kept(party.channel) for party in two.both] == before


def test_it_is_read_as_it_was_written() -> None:
    two = in_use()
    backup = Backup(
        network=Network.SIGNET, time=1, height=2, channels=tuple(kept(p.channel) for p in two.both)
    )
    assert decode(encode(backup), Backup) == backup


@BOTH_TYPES
@pytest.mark.parametrize("loser", [0, 1], ids=["funder", "fundee"])
def test_the_peer_closes_and_the_loser_only_asks(kind: ChannelType, loser: int) -> None:
    two = in_use(kind)
    lost, peer = two.both[loser], two.both[1 - loser]
    lose(lost)
    lost.do(PeerDisconnected())
    peer.do(PeerDisconnected())
    (hello,) = sent(lost.do(PeerConnected(lost.features)))
    assert isinstance(hello, ChannelReestablish)
    assert (hello.next_commitment_number, hello.next_revocation_number) == (0, 0)
    assert hello.your_last_per_commitment_secret == bytes(32)
    lost.outbox.clear()
    (answer,) = sent(peer.do(PeerConnected(peer.features)))
    peer.outbox.clear()
    told = lost.receive(answer)
    assert isinstance(one(told, Send).message, Error)
    peer.receive(hello)
    assert peer.channel.publication is not None
    assert peer.channel.publication.reason is CloseReason.PEER_ERROR
    published = peer.all(Broadcast)[-1].txs[-1]
    lost.receive(Error(lost.channel.channel_id, b"you asked for it"))
    lost.do(FundingSpent(published, lost.height))
    assert lost.channel.phase is Phase.ON_CHAIN
    assert lost.all(Broadcast) == []


@BOTH_TYPES
def test_by_the_error_alone_a_peer_closes_too(kind: ChannelType) -> None:
    """One that only sees that we have fallen behind waits for it (BOLT 2)."""
    two = in_use(kind)
    two.disconnect()
    lose(two.a)
    two.a.do(PeerConnected(two.a.features))
    two.a.outbox.clear()
    (answer,) = sent(two.b.do(PeerConnected(two.b.features)))
    two.b.outbox.clear()
    behind = fallen_behind(answer)
    two.b.receive(behind)
    assert two.b.channel.publication is None
    error = one(two.a.receive(answer), Send).message
    two.b.receive(error)
    assert two.b.channel.publication is not None


def fallen_behind(answer: object) -> ChannelReestablish:
    """As somebody who lost the newest commitments says it."""
    assert isinstance(answer, ChannelReestablish)
    return ChannelReestablish(
        channel_id=answer.channel_id,
        next_commitment_number=1,
        next_revocation_number=0,
        your_last_per_commitment_secret=bytes(32),
        my_current_per_commitment_point=answer.my_current_per_commitment_point,
    )


@BOTH_TYPES
def test_nothing_makes_it_publish_or_sign(kind: ChannelType) -> None:
    two = in_use(kind)
    spend, funding_tx = newest(two.b, Side.US), two.funding_tx
    lose(two.a)
    a = two.a
    events: list[ChannelEvent] = [
        FundingConfirmed(funding_tx, 101, 1),
        NewTip(),
        PeerConnected(a.features),
        AddHtlc(1, msat(1), bytes(32), 500, bytes(1366)),
        UpdateFee(5_000),
        SignCommitment(),
        CloseCooperatively(2, a.script, 1_000, two.a.channel.funding.value),
        ForceClose(3, CloseReason.USER.value),
        ForceClose(4, CloseReason.HTLC_DEADLINE.value),
        MessageReceived(Error(a.channel.channel_id, b"no")),
        PeerDisconnected(),
        FundingReorganised(),
        FundingSpent(spend, 110),
        FundingSpendReorganised(),
        NewTip(),
    ]
    for event in events:
        a.do(event)
        a.height += 3_000
    assert a.all(Broadcast) == []
    assert a.memory == SignerMemory(only_sweeps=True)
    refusals = [answer.result for answer in a.all(Answer)]
    assert len(refusals) == 4
    assert all(
        isinstance(one, ChannelRefusal)
        and one.reason in (RefusalReason.OLD_STATE, RefusalReason.CLOSING)
        for one in refusals
    )


def test_after_a_start_it_only_watches() -> None:
    two = in_use()
    lose(two.a)
    woken = wake(two.a.state, two.a.env(two.a.signer))
    assert [type(effect) for effect in woken.effects] == [Watch, StateChanged]


def test_the_signer_signs_only_what_takes_outputs() -> None:
    two = in_use()
    a, tx = two.a, newest(two.a, Side.US)
    number, funding = a.channel.our_number, a.channel.params(Side.US).funding_input
    theirs = newest(a, Side.THEM)
    a.memory = SignerMemory(only_sweeps=True)
    for refused in (
        lambda: a.signer.sign_holder_commitment(number, tx, funding),
        lambda: a.signer.sign_counterparty_commitment(0, theirs, funding),
        lambda: a.signer.release_secret(0),
        lambda: a.signer.accept_holder_commitment(0),
        lambda: a.signer.sign_closing(tx, funding),
    ):
        with pytest.raises(SignerRefused):
            refused()


@BOTH_TYPES
def test_what_the_words_alone_look_for_is_what_a_commitment_pays(kind: ChannelType) -> None:
    two = in_use(kind)
    for party, peer in (two.both, two.both[::-1]):
        plain, encumbered = forms(3, party.signer.basepoints.payment)
        pubkey = party.signer.basepoints.payment
        assert plain.script == p2wpkh(pubkey)
        assert encumbered.script == p2wsh(to_remote_anchors_script(pubkey))
        expected = encumbered if kind is ANCHORS else plain
        paid = [out.script_pubkey for out in newest(peer, Side.US).outputs]
        assert expected.script in paid
        assert (plain if expected is encumbered else encumbered).script not in paid


def newest(party: Party, holder: Side) -> Tx:
    """The newest commitment of `holder`, as the party builds it."""
    channel = party.channel
    if holder is Side.THEM:
        theirs = channel.their_current
        return build_commitment(channel.params(holder), theirs.point, theirs.spec).tx
    point = party.signer.per_commitment_point(channel.our_number)
    return build_commitment(channel.params(holder), point, channel.our_commitment.spec).tx
