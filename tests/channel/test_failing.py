"""The ends that nobody agreed on: each fate of a violation, errors, force closes, spends."""

from __future__ import annotations

import pytest
from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn
from lnwallet_tui.channel.effects import (
    Answer,
    Broadcast,
    Disconnect,
    Effect,
    HtlcNeverSent,
    Send,
    UserMustDecide,
)
from lnwallet_tui.channel.errors import (
    CLOSE_REASONS,
    HARMLESS_ERRORS,
    ChannelRefusal,
    CloseReason,
    Fate,
    RefusalReason,
    RemoteError,
    Violation,
)
from lnwallet_tui.channel.events import (
    AddHtlc,
    CloseCooperatively,
    CloseResolved,
    ForceClose,
    FundingSpendReorganised,
    FundingSpent,
    NewTip,
    PeerConnected,
    SignCommitment,
)
from lnwallet_tui.channel.failing import violated
from lnwallet_tui.channel.state import ChannelType, Link, Phase
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.wire.bolt1 import Error, Warning_
from lnwallet_tui.wire.bolt2 import ChannelReestablish, RevokeAndAck
from tests.channel.two import ANCHORS, STATIC, Party, Two, msat, one

FORCE = ForceClose(5, "the user said so")
BOTH_TYPES = pytest.mark.parametrize("anchors", [True, False], ids=["anchors", "static_remotekey"])


def in_use(kind: ChannelType = ANCHORS) -> Two:
    """A channel with money on both sides and an HTLC under way."""
    two = Two.fresh()
    two.ready(channel_type=kind, push=msat(300_000))
    two.a.do(AddHtlc(1, Msat(40_000_000), sha256(b"preimage"), 500, bytes(1366)))
    two.a.do(SignCommitment())
    two.exchange()
    return two


def commitment(party: Party) -> Tx:
    """The commitment that the party has published last."""
    return party.all(Broadcast)[-1].txs[-1]


def message(effects: tuple[Effect, ...]) -> Error | Warning_:
    (sent,) = [effect.message for effect in effects if isinstance(effect, Send)]
    assert isinstance(sent, Error | Warning_)
    return sent


# -- violations
def test_every_violation_of_a_channel_has_an_answer() -> None:
    for violation in Violation:
        two = Two.fresh()
        two.open()
        channel, signer = two.b.channel, two.b.signer
        taken = violated(channel, RemoteError(violation, "detail"), two.b.env(signer))
        told = message(taken.effects)
        assert told.channel_id == channel.channel_id
        assert told.data.decode() == f"{violation.sentence}: detail"
        if violation.fate is Fate.GOES_ON:
            assert isinstance(told, Warning_)
            assert taken.state is channel
            assert one(taken.effects, Disconnect) == Disconnect(violation.sentence)
        else:
            assert isinstance(told, Error)
            assert taken.state != channel


def test_a_wrong_secret_is_answered_by_our_commitment(engine: Engine) -> None:
    two = in_use()
    two.a.do(AddHtlc(2, Msat(30_000_000), sha256(b"other"), 500, bytes(1366)))
    two.a.do(SignCommitment())
    point = two.b.signer.per_commitment_point(9)
    effects = two.a.receive(RevokeAndAck(two.a.channel.channel_id, b"\x07" * 32, point))
    assert message(effects).data.decode() == Violation.REVOKED_SECRET.sentence
    publication = two.a.channel.publication
    assert publication is not None
    assert publication.reason is CloseReason.WRONG_SECRET
    assert commitment(two.a) in two.check_broadcasts(engine)


def test_a_peer_that_asks_for_it_by_number_zero(engine: Engine) -> None:
    two = in_use()
    two.disconnect()
    two.a.do(PeerConnected(two.a.features))
    hello = ChannelReestablish(two.a.channel.channel_id, 0, 0, bytes(32), two.b.signer_point)
    two.a.receive(hello)
    publication = two.a.channel.publication
    assert publication is not None
    assert publication.reason is CloseReason.PEER_ERROR
    two.check_broadcasts(engine)


# -- data loss
def lost() -> Two:
    """Anna's machine was set back to an older copy, and bert proves it to her."""
    two = Two.fresh()
    two.ready(push=msat(300_000))
    old, memory = two.a.channel, two.a.memory
    for number in range(2):
        two.a.do(AddHtlc(number, Msat(20_000_000), sha256(b"p"), 500, bytes(1366)))
        two.a.do(SignCommitment())
        two.exchange()
    two.disconnect()
    two.a.state, two.a.memory = changed(old, link=Link.OFFLINE), memory
    two.connect()
    return two


def test_vuln_055_old_data_is_never_published() -> None:
    """An older copy of a wallet, restored, was taken for the newest and published."""
    two = lost()
    assert two.a.channel.old_state
    told = two.a.said(Error)[-1]
    assert told.data.decode() == Violation.WE_ARE_BEHIND.sentence
    effects = two.a.do(FORCE)
    assert effects == (Answer(5, ChannelRefusal(RefusalReason.OLD_STATE)),)
    add = AddHtlc(1, Msat(1_000), bytes(32), 500, bytes(1366))
    assert two.a.do(add) == (Answer(1, ChannelRefusal(RefusalReason.OLD_STATE)),)
    close = CloseCooperatively(2, two.a.script, 1_000, Sat(1_000))
    assert two.a.do(close) == (Answer(2, ChannelRefusal(RefusalReason.OLD_STATE)),)
    assert two.a.receive(Error(two.a.channel.channel_id, b"")) == ()
    two.a.do(NewTip())
    assert two.a.channel.publication is None
    assert [tx.txid for effect in two.a.all(Broadcast) for tx in effect.txs] == [
        two.funding_tx.txid
    ]


def test_who_lost_data_says_so_at_each_connection() -> None:
    two = lost()
    two.disconnect()
    said = len(two.a.said(Error))
    two.a.do(PeerConnected(two.a.features))
    assert isinstance(two.a.outbox[-1], ChannelReestablish)  # LND publishes when it sees this
    two.b.outbox.clear()
    two.b.state = changed(two.b.channel, phase=Phase.READY, publication=None, link=Link.OFFLINE)
    two.b.memory = changed(two.b.memory, published=-1)
    two.b.do(PeerConnected(two.b.features))
    two.exchange()
    assert len(two.a.said(Error)) == said + 1


def test_the_peer_of_who_lost_data_publishes(engine: Engine) -> None:
    two = lost()
    publication = two.b.channel.publication
    assert publication is not None
    assert publication.reason is CloseReason.PEER_ERROR
    two.check_broadcasts(engine)


# -- the peer's error
def test_an_error_is_answered_by_our_commitment(engine: Engine) -> None:
    two = in_use()
    effects = two.a.receive(Error(two.a.channel.channel_id, b"sorry"))
    assert [effect for effect in effects if isinstance(effect, Send)] == []
    assert (two.a.channel.phase, two.a.channel.link) == (Phase.CLOSING, Link.OFFLINE)
    assert commitment(two.a) in two.check_broadcasts(engine)


@pytest.mark.parametrize("text", sorted(HARMLESS_ERRORS))
def test_errors_that_lnd_sends_for_nothing(text: bytes) -> None:
    two = in_use()
    before = two.a.channel
    effects = two.a.receive(Error(before.channel_id, text.capitalize() + b"\n"))
    assert two.a.channel == before
    assert [type(effect) for effect in effects] == [Disconnect]


def test_a_warning_changes_nothing() -> None:
    two = in_use()
    before = two.a.channel
    assert two.a.receive(Warning_(before.channel_id, b"hm")) == ()
    assert two.a.channel == before


def test_an_error_before_the_peer_agreed_publishes_nothing() -> None:
    """Our copy may be old, and a peer in an error state says nothing but that: "SHOULD retransmit
    the error packet and ignore any other packets for that channel". It publishes itself."""
    two = in_use()
    two.a.agreed = False
    old, memory = changed(two.a.channel, link=Link.OFFLINE), two.a.memory
    two.a.do(AddHtlc(2, Msat(30_000_000), sha256(b"other"), 500, bytes(1366)))
    two.a.do(SignCommitment())
    two.exchange()
    two.disconnect()
    two.a.state, two.a.memory = old, memory
    two.a.do(PeerConnected(two.a.features))
    assert two.a.channel.our_number < two.b.channel.their_number
    asked = (UserMustDecide(b"we had closed this one"),)
    assert two.a.receive(Error(old.channel_id, b"we had closed this one")) == asked
    assert two.a.channel.publication is None
    two.a.do(FORCE)
    assert two.a.channel.publication is not None


@pytest.mark.parametrize("word", ["error", "number zero"])
def test_an_agreed_close_stands_whatever_the_peer_says_then(word: str, engine: Engine) -> None:
    """BOLT 5: "if it has received a valid `closing_signed` message that includes a sufficient fee:
    SHOULD use this fee to perform a mutual close". LDK forgets a channel when the last signature
    is sent, and answers a reconnection with number zero, then with an error."""
    two = Two.fresh()
    two.ready(push=msat(300_000))
    two.a.do(CloseCooperatively(2, two.a.script, 1_000, Sat(1_000)))
    two.exchange()
    agreed = two.a.channel.closing.tx
    assert agreed is not None
    if word == "number zero":
        two.disconnect()
        two.a.do(PeerConnected(two.a.features))
        unknown = ChannelReestablish(
            two.a.channel.channel_id, 0, 0, b"\x01" * 32, two.b.signer_point
        )
        effects = two.a.receive(unknown)
    else:
        effects = two.a.receive(Error(two.a.channel.channel_id, b"no such channel"))
    assert one(effects, Broadcast).txs == (agreed,)
    assert two.a.channel.publication is None
    two.check_broadcasts(engine)


# -- force close
@BOTH_TYPES
def test_the_user_closes_by_force(anchors: bool, engine: Engine) -> None:
    two = in_use(ANCHORS if anchors else STATIC)
    effects = two.a.do(FORCE)
    assert one(effects, Answer) == Answer(5, None)
    assert message(effects).data == b"force close: the user said so"
    tx = commitment(two.a)
    assert tx in two.check_broadcasts(engine)
    again = two.a.do(FORCE)
    assert one(again, Broadcast).txs == (tx,)
    two.exchange()
    assert commitment(two.b) != tx
    two.check_broadcasts(engine)


def test_what_no_commitment_covers_was_never_sent() -> None:
    """A payment must not wait for an HTLC that no published commitment can hold."""
    for end in (FORCE, FundingSpent(Tx(2, (TxIn(OutPoint(bytes(32), 0)),), ()), 110)):
        two = in_use()
        two.a.do(AddHtlc(2, Msat(30_000_000), sha256(b"other"), 500, bytes(1366)))
        assert one(two.a.do(end), HtlcNeverSent) == HtlcNeverSent(1, sha256(b"other"))
        assert len(two.a.channel.ledger.htlcs) == 1


def test_the_peer_is_away(engine: Engine) -> None:
    two = in_use()
    two.disconnect()
    effects = two.a.do(ForceClose(5, "an HTLC deadline"))
    assert [effect for effect in effects if isinstance(effect, Send)] == []
    assert one(effects, Broadcast).why == "commitment: an HTLC deadline"
    two.check_broadcasts(engine)


def test_an_unconfirmed_funding_of_ours_goes_first(engine: Engine) -> None:
    two = Two.fresh()
    two.open()
    effects = two.a.do(FORCE)
    assert one(effects, Broadcast).txs == (two.funding_tx, commitment(two.a))
    two.check_broadcasts(engine)


def test_an_unconfirmed_funding_of_theirs_is_waited_for(engine: Engine) -> None:
    two = Two.fresh()
    two.open()
    assert [effect for effect in two.b.do(FORCE) if isinstance(effect, Broadcast)] == []
    two.b.outbox.clear()
    two.bury(1)
    assert len(two.b.all(Broadcast)) == 1
    two.check_broadcasts(engine)


def test_a_close_that_does_not_confirm_can_be_forced(engine: Engine) -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    two.a.do(CloseCooperatively(2, two.a.script, 1_000, Sat(1_000)))
    two.exchange()
    assert two.a.channel.closing.tx is not None
    two.a.do(FORCE)
    assert two.a.channel.publication is not None
    two.check_broadcasts(engine)


def test_each_reason_is_one_of_five() -> None:
    assert set(CLOSE_REASONS) == set(CloseReason)
    for reason in CloseReason:
        two = in_use()
        two.a.do(ForceClose(1, reason.value))
        assert two.a.channel.publication is not None
        assert two.a.channel.publication.reason is reason
    with pytest.raises(ValueError, match="because"):
        in_use().a.do(ForceClose(1, "because"))


# -- a dead channel
def test_a_dead_channel_repeats_its_error_and_hears_nothing() -> None:
    two = in_use()
    two.a.do(FORCE)
    two.disconnect()
    before = two.a.channel
    text = b"the channel is closed: the user said so"
    assert message(two.a.do(PeerConnected(two.a.features))).data == text
    hello = ChannelReestablish(before.channel_id, 1, 0, bytes(32), two.b.signer_point)
    assert message(two.a.receive(hello)).data == text
    revocation = RevokeAndAck(before.channel_id, bytes(32), two.b.signer_point)
    assert two.a.receive(revocation) == ()
    assert two.a.receive(Error(before.channel_id, b"")) == ()
    add = AddHtlc(1, Msat(1_000), bytes(32), 500, bytes(1366))
    assert two.a.do(add) == (Answer(1, ChannelRefusal(RefusalReason.CLOSING)),)
    assert two.a.do(SignCommitment()) == ()
    assert two.a.channel == before


# -- the chain
def test_a_spend_ends_talking(engine: Engine) -> None:
    two = in_use()
    two.b.do(FORCE)
    tx = commitment(two.b)
    two.a.do(FundingSpent(tx, 110))
    assert (two.a.channel.phase, two.a.channel.link) == (Phase.ON_CHAIN, Link.OFFLINE)
    assert two.a.channel.spend is not None
    assert two.a.channel.spend.tx == tx
    assert two.a.do(FundingSpent(tx, 110)) == ()
    closed = ChannelRefusal(RefusalReason.CLOSED)
    assert two.a.do(FORCE) == (Answer(5, closed),)
    close = CloseCooperatively(2, two.a.script, 1_000, Sat(1_000))
    assert two.a.do(close) == (Answer(2, closed),)
    assert b"its funding is spent" in message(two.a.do(PeerConnected(two.a.features))).data
    two.check_broadcasts(engine)


def test_a_spend_that_leaves_the_chain_is_published_again(engine: Engine) -> None:
    two = in_use()
    two.a.do(FORCE)
    tx = commitment(two.a)
    two.a.do(FundingSpent(tx, 110))
    assert one(two.a.do(FundingSpendReorganised()), Broadcast).txs == (tx,)
    assert two.a.channel.phase is Phase.CLOSING
    assert two.a.do(FundingSpendReorganised()) == ()
    two.check_broadcasts(engine)


def test_a_spend_of_theirs_that_leaves_the_chain_does_not_bring_the_channel_back() -> None:
    two = in_use()
    two.b.do(FORCE)
    two.a.do(FundingSpent(commitment(two.b), 110))
    effects = two.a.do(FundingSpendReorganised())
    assert [effect for effect in effects if isinstance(effect, Broadcast)] == []
    assert two.a.channel.is_dead
    two.a.do(FORCE)
    assert two.a.channel.publication is not None


def test_resolved_is_the_end() -> None:
    two = in_use()
    two.a.do(FORCE)
    with pytest.raises(AssertionError, match="not spent"):
        two.a.do(CloseResolved())
    two.a.do(FundingSpent(commitment(two.a), 110))
    two.a.do(CloseResolved())
    assert (two.a.channel.phase, two.a.channel.resolved) == (Phase.DONE, True)
    assert two.a.do(CloseResolved()) == ()
    assert two.a.do(PeerConnected(two.a.features)) == ()


def test_what_was_signed_to_be_published_is_never_revoked() -> None:
    two = in_use()
    two.a.do(FORCE)
    assert isinstance(two.a.memory, SignerMemory)
    assert two.a.memory.published == two.a.channel.our_number
