"""Who ended a channel and why stands in its state before anything of the close leaves."""

from __future__ import annotations

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel.close_record import CloseRecord, PendingHtlc
from lnwallet_tui.channel.effects import Broadcast, Send
from lnwallet_tui.channel.errors import Violation
from lnwallet_tui.channel.events import (
    AddHtlc,
    CloseCooperatively,
    ForceClose,
    FundingSpendReorganised,
    FundingSpent,
    SignCommitment,
)
from lnwallet_tui.channel.recording import MOST_SAID
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.wire.bolt1 import Error
from lnwallet_tui.wire.bolt2 import RevokeAndAck, Shutdown
from tests.channel.two import Party, Two, msat

DUE = PendingHtlc(htlc_id=0, outgoing=True, amount=Msat(40_000_000), cltv_expiry=500)


def in_use() -> Two:
    """A channel with money on both sides and an HTLC of Anna's under way."""
    two = Two.fresh()
    two.ready(push=msat(300_000))
    two.a.do(AddHtlc(1, DUE.amount, sha256(b"preimage"), DUE.cltv_expiry, bytes(1366)))
    two.a.do(SignCommitment())
    two.exchange()
    return two


def only(party: Party) -> CloseRecord:
    (record,) = party.channel.close_records
    return record


def test_what_was_known_is_kept_with_a_force_close_by_command() -> None:
    two = in_use()
    before = two.a.channel
    two.a.do(ForceClose(5, "the user said so"))
    assert only(two.a) == CloseRecord(
        began=CloseBegan.COMMAND,
        height=two.a.height,
        time=two.a.now,
        ours=before.ledger.ours,
        theirs=before.ledger.theirs,
        htlcs=(DUE,),
        peer_online=True,
        feerate_per_kw=before.our_commitment.spec.feerate_per_kw,
        soon_per_kw=2_000,
        our_number=before.our_number,
        their_revoked=before.their_secrets.revoked,
    )
    assert before.their_secrets.revoked > 0


def test_it_stands_in_the_step_that_publishes() -> None:
    """Whoever stores the step's state before its effects has it on disk before the close leaves."""
    two = in_use()
    two.a.do(ForceClose(5, "the user said so"))
    leaving = [
        taken for taken, _ in two.a.steps if any(isinstance(e, Broadcast) for e in taken.effects)
    ]
    state = leaving[-1].state
    assert isinstance(state, Channel)
    assert state.publication is not None
    assert state.close_records == two.a.channel.close_records != ()


def test_a_deadline_is_kept_with_its_htlc_and_an_absent_peer() -> None:
    two = in_use()
    two.disconnect()
    two.a.do(ForceClose(5, "an HTLC deadline", DUE))
    record = only(two.a)
    assert (record.began, record.deadline) == (CloseBegan.DEADLINE, DUE)
    assert not record.peer_online


def test_their_error_is_kept_as_they_wrote_it_and_cut() -> None:
    two = in_use()
    said = b"\x1b[2J" + b"x" * 2 * MOST_SAID
    two.a.receive(Error(two.a.channel.channel_id, said))
    record = only(two.a)
    assert record.began is CloseBegan.PEER_ERROR
    assert record.said.raw() == said[:MOST_SAID].decode()
    assert record.fault == ""


def test_an_order_after_their_error_is_kept_beside_it() -> None:
    two = in_use()
    two.a.receive(Error(two.a.channel.channel_id, b"no"))
    published = two.a.channel.publication
    two.a.do(ForceClose(5, "an HTLC deadline", DUE))  # which asks for nothing new
    assert only(two.a).began is CloseBegan.PEER_ERROR
    effects = two.a.do(ForceClose(6, "the user said so"))
    assert any(isinstance(effect, Broadcast) for effect in effects)
    began = [one.began for one in two.a.channel.close_records]
    assert began == [CloseBegan.PEER_ERROR, CloseBegan.COMMAND]
    assert two.a.channel.publication == published
    two.a.do(ForceClose(7, "the user said so"))
    assert len(two.a.channel.close_records) == 2


def test_their_fault_is_named_by_us() -> None:
    two = in_use()
    two.a.do(AddHtlc(2, Msat(30_000_000), sha256(b"other"), 500, bytes(1366)))
    two.a.do(SignCommitment())
    point = two.b.signer.per_commitment_point(9)
    two.a.receive(RevokeAndAck(two.a.channel.channel_id, b"\x07" * 32, point))
    record = only(two.a)
    assert record.began is CloseBegan.PEER_FAULT
    assert record.fault == Violation.REVOKED_SECRET.sentence
    assert not record.said


def test_each_side_knows_who_asked_to_close_together() -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    two.a.do(CloseCooperatively(1, two.a.script, 1_000, Sat(5_000)))
    shutdown = [effect.message for effect in two.a.effects if isinstance(effect, Send)][-1]
    assert isinstance(shutdown, Shutdown)
    assert only(two.a).began is CloseBegan.WE_TOGETHER
    two.exchange()
    assert only(two.a).began is CloseBegan.WE_TOGETHER  # their answer begins nothing
    assert only(two.b).began is CloseBegan.THEY_TOGETHER
    tx = two.a.channel.closing.tx
    assert tx is not None
    for party in two.both:
        party.do(FundingSpent(tx, party.height + 1))
        assert len(party.channel.close_records) == 1  # it is on chain what was agreed


def test_steps_follow_each_other_and_each_counts_once() -> None:
    two = in_use()
    two.a.do(CloseCooperatively(1, two.a.script, 1_000, Sat(5_000)))
    two.a.do(CloseCooperatively(2, two.a.script, 2_000, Sat(6_000)))
    two.a.height += 10
    for _ in range(2):
        two.a.do(ForceClose(5, "the user said so"))
    steps = [(one.began, one.height) for one in two.a.channel.close_records]
    assert steps == [
        (CloseBegan.WE_TOGETHER, two.a.height - 10),
        (CloseBegan.COMMAND, two.a.height),
    ]


def test_what_others_publish_is_seen_and_what_we_published_is_not_theirs() -> None:
    two = in_use()
    two.b.do(ForceClose(5, "the user said so"))
    theirs = two.b.all(Broadcast)[-1].txs[-1]
    two.a.do(FundingSpent(theirs, two.a.height))
    two.a.do(FundingSpendReorganised())
    two.a.do(FundingSpent(theirs, two.a.height))
    assert only(two.a).began is CloseBegan.THEY_ALONE
    two.b.do(FundingSpent(theirs, two.b.height))
    assert only(two.b).began is CloseBegan.COMMAND
