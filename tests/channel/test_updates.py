"""Updates: as commands, as messages, and what others hear of them and when."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel.effects import (
    HtlcFailed,
    HtlcFulfilled,
    HtlcNeverSent,
    HtlcReceived,
)
from lnwallet_tui.channel.errors import Violation
from lnwallet_tui.channel.events import (
    ChannelEvent,
    CloseCooperatively,
    FailHtlc,
    FailMalformedHtlc,
    FulfillHtlc,
    PeerDisconnected,
    SignCommitment,
    UpdateFee,
)
from lnwallet_tui.channel.htlcs import Side, Stage
from lnwallet_tui.channel.state import Link, Phase
from lnwallet_tui.channel.updates import pending_effects
from lnwallet_tui.wire.bolt2 import (
    CommitmentSigned,
    RevokeAndAck,
    UpdateFailHtlc,
    UpdateFailMalformedHtlc,
    UpdateFulfillHtlc,
)
from lnwallet_tui.wire.bolt2 import UpdateFee as UpdateFeeMessage
from lnwallet_tui.wire.codec import Message
from tests.channel.dealing import (
    EXPIRY,
    ONION,
    PAYMENT_HASH,
    PREIMAGE,
    add_message,
    commit,
    in_use,
    locked_in,
    offer,
    sent,
    violation,
)
from tests.channel.two import Two, msat

BADONION = 0xC005


# -- what is sent
def test_an_offer_is_sent_and_binds_nobody_yet() -> None:
    two = in_use()
    assert offer(two.a) == 0
    (message,) = two.a.outbox
    assert message == add_message(two.a, id=0)
    two.exchange()
    assert two.a.channel.our_number == two.b.channel.our_number == 0
    assert not two.b.all(HtlcReceived)
    assert offer(two.a) == 1


def test_removals_as_they_are_sent() -> None:
    two = in_use()
    ids = [locked_in(two, two.a) for _ in range(3)]
    channel_id = two.b.channel.channel_id
    commands: list[tuple[ChannelEvent, Message]] = [
        (FulfillHtlc(ids[0], PREIMAGE), UpdateFulfillHtlc(channel_id, ids[0], PREIMAGE)),
        (FailHtlc(ids[1], b"reason"), UpdateFailHtlc(channel_id, ids[1], b"reason")),
        (
            FailMalformedHtlc(ids[2], sha256(ONION), BADONION),
            UpdateFailMalformedHtlc(channel_id, ids[2], sha256(ONION), BADONION),
        ),
    ]
    for command, message in commands:
        assert sent(two.b.do(command)) == [message]


# -- what others hear
def test_an_htlc_is_told_when_it_is_irrevocable_and_not_before() -> None:
    """BOLT 2: "until an incoming HTLC has been irrevocably committed: MUST NOT offer the
    corresponding outgoing HTLC"; the same holds for whoever would settle it."""
    two = in_use()
    offer(two.a)
    two.a.do(SignCommitment())
    kinds = []
    while two.a.outbox or two.b.outbox:
        heard_before = len(two.b.all(HtlcReceived))
        sender = two.a if two.a.outbox else two.b
        kinds.append(type(sender.outbox[0]))
        two.deliver_one()
        if len(two.b.all(HtlcReceived)) > heard_before:
            assert kinds[-1] is RevokeAndAck
            assert sender is two.a
    assert two.b.all(HtlcReceived) == [HtlcReceived(0, msat(20_000), PAYMENT_HASH, EXPIRY, ONION)]


def test_a_preimage_is_told_at_once_and_a_failure_when_it_is_final() -> None:
    two = in_use()
    paid, failed = locked_in(two, two.a), locked_in(two, two.a)
    two.b.do(FulfillHtlc(paid, PREIMAGE))
    two.b.do(FailHtlc(failed, b"reason"))
    two.exchange()
    assert two.a.all(HtlcFulfilled) == [HtlcFulfilled(paid, PAYMENT_HASH, PREIMAGE)]
    assert two.a.all(HtlcFailed) == []
    two.b.do(SignCommitment())
    two.deliver_one()  # their commitment_signed: we revoke and sign
    assert two.a.all(HtlcFailed) == []
    two.exchange()
    assert two.a.all(HtlcFailed) == [HtlcFailed(failed, PAYMENT_HASH, b"reason", 0)]
    assert two.a.channel.ledger.ours == msat(580_000)
    assert two.a.channel.ledger.is_quiet


def test_what_could_not_be_read_fails_with_its_code() -> None:
    two = in_use()
    htlc_id = locked_in(two, two.a)
    two.b.do(FailMalformedHtlc(htlc_id, sha256(ONION), BADONION))
    commit(two, two.b)
    assert two.a.all(HtlcFailed) == [HtlcFailed(htlc_id, PAYMENT_HASH, None, BADONION)]


def test_a_failure_after_the_preimage_is_not_told() -> None:
    """A peer shows the preimage, comes back, and fails the HTLC: the payment is proved."""
    two = in_use()
    htlc_id = locked_in(two, two.a)
    channel_id = two.a.channel.channel_id
    two.a.receive(UpdateFulfillHtlc(channel_id, htlc_id, PREIMAGE))
    two.disconnect()
    two.connect()
    two.b.do(FailHtlc(htlc_id, b"reason"))
    commit(two, two.b)
    assert two.a.channel.ledger.ours == msat(600_000)
    assert (len(two.a.all(HtlcFulfilled)), two.a.all(HtlcFailed)) == (1, [])


def test_a_disconnect_tells_what_was_never_sent() -> None:
    two = in_use()
    offer(two.a)
    two.a.do(SignCommitment())
    offer(two.a)
    two.disconnect()
    assert two.a.all(HtlcNeverSent) == [HtlcNeverSent(1, PAYMENT_HASH)]
    assert two.a.do(PeerDisconnected()) == ()


def test_after_a_crash_open_offers_and_known_preimages_are_told_again() -> None:
    two = in_use()
    locked_in(two, two.a)
    settled = locked_in(two, two.b)
    offer(two.a)
    two.a.do(FulfillHtlc(settled, PREIMAGE))
    two.exchange()
    assert pending_effects(two.b.channel) == (
        HtlcReceived(0, msat(20_000), PAYMENT_HASH, EXPIRY, ONION),
        HtlcFulfilled(settled, PAYMENT_HASH, PREIMAGE),
    )
    assert pending_effects(two.a.channel) == ()


# -- decisions
def test_a_decision_is_taken_once() -> None:
    two = in_use()
    htlc_id = locked_in(two, two.a)
    two.b.do(FailHtlc(htlc_id, b"reason"))
    decided = two.b.channel
    for again in (FulfillHtlc(htlc_id, PREIMAGE), FailHtlc(htlc_id, b"other"), FailHtlc(9, b"")):
        assert two.b.do(again) == ()
    assert two.b.channel == decided


def test_a_wrong_preimage_from_inside_is_our_bug() -> None:
    two = in_use()
    htlc_id = locked_in(two, two.a)
    with pytest.raises(AssertionError, match="opens another HTLC"):
        two.b.do(FulfillHtlc(htlc_id, bytes(32)))


def test_a_decision_while_the_peer_is_away_is_told_when_it_is_back() -> None:
    two = in_use()
    htlc_id = locked_in(two, two.a)
    two.disconnect()
    assert sent(two.b.do(FulfillHtlc(htlc_id, PREIMAGE))) == []
    assert two.b.channel.link is Link.OFFLINE
    two.connect()
    assert two.a.channel.ledger.is_quiet
    assert two.a.channel.ledger.ours == msat(580_000)


# -- the feerate
def test_a_feerate_is_proposed_unless_it_changes_nothing() -> None:
    two = in_use()
    today = two.a.channel.ledger.feerate_per_kw
    assert two.a.do(UpdateFee(today)) == ()
    two.a.do(UpdateFee(1_000))
    assert two.a.do(UpdateFee(1_000)) == ()
    commit(two, two.a)
    assert [type(m) for m in two.a.said(UpdateFeeMessage)] == [UpdateFeeMessage]
    for party in two.both:
        assert party.channel.our_commitment.spec.feerate_per_kw == 1_000
        assert party.channel.ledger.feerate_per_kw == 1_000


def test_no_feerate_is_proposed_once_the_channel_closes() -> None:
    two = in_use()
    locked_in(two, two.a)
    two.a.do(CloseCooperatively(3, two.a.script, 1_000, Sat(5_000)))
    two.exchange()
    assert two.a.channel.phase is Phase.SHUTTING_DOWN
    assert two.a.do(UpdateFee(1_000)) == ()


# -- what the peer may not send
def test_an_htlc_is_removed_by_the_side_it_was_offered_to_and_once() -> None:
    two = in_use()
    ours = locked_in(two, two.a)
    channel_id = two.a.channel.channel_id
    theirs = [locked_in(two, two.b) for _ in range(2)][-1]
    assert theirs != ours
    for message in (
        UpdateFailHtlc(channel_id, theirs, b"their own"),
        UpdateFulfillHtlc(channel_id, 78, PREIMAGE),
        UpdateFailMalformedHtlc(channel_id, 79, bytes(32), BADONION),
    ):
        assert violation(two.a.receive(message)) is Violation.UNKNOWN_HTLC
    two.a.receive(UpdateFailHtlc(channel_id, ours, b"once"))
    again = two.a.receive(UpdateFailHtlc(channel_id, ours, b"twice"))
    assert violation(again) is Violation.UNKNOWN_HTLC


def test_an_htlc_that_is_not_committed_cannot_be_removed() -> None:
    two = in_use()
    htlc_id = offer(two.a)
    message = UpdateFulfillHtlc(two.a.channel.channel_id, htlc_id, PREIMAGE)
    assert violation(two.a.receive(message)) is Violation.UNKNOWN_HTLC
    two.a.do(SignCommitment())
    assert violation(two.a.receive(message)) is Violation.UNKNOWN_HTLC
    assert two.a.all(HtlcFulfilled) == []


def test_a_preimage_must_open_the_htlc() -> None:
    two = in_use()
    htlc_id = locked_in(two, two.a)
    wrong = UpdateFulfillHtlc(two.a.channel.channel_id, htlc_id, bytes(32))
    assert violation(two.a.receive(wrong)) is Violation.PREIMAGE
    assert two.a.all(HtlcFulfilled) == []


def test_malformed_needs_the_badonion_bit() -> None:
    two = in_use()
    htlc_id = locked_in(two, two.a)
    wrong = UpdateFailMalformedHtlc(two.a.channel.channel_id, htlc_id, bytes(32), 0x4005)
    assert violation(two.a.receive(wrong)) is Violation.NOT_BADONION


def test_no_update_before_both_are_ready() -> None:
    two = Two.fresh()
    two.open(push=msat(400_000))
    assert violation(two.b.receive(add_message(two.a))) is Violation.NOT_READY
    signed = CommitmentSigned(two.a.channel.channel_id, bytes(64))
    assert violation(two.b.receive(signed)) is Violation.NOT_READY


def test_no_offer_after_shutdown() -> None:
    two = in_use()
    locked_in(two, two.b)
    two.a.do(CloseCooperatively(3, two.a.script, 1_000, Sat(5_000)))
    two.exchange()
    assert two.b.channel.phase is Phase.SHUTTING_DOWN
    late = two.b.receive(add_message(two.a))
    assert violation(late) is Violation.UPDATE_AFTER_SHUTDOWN


def test_no_update_while_the_fee_of_a_close_is_negotiated() -> None:
    two = in_use()
    two.a.do(CloseCooperatively(3, two.a.script, 1_000, Sat(5_000)))
    two.deliver_one()
    assert two.b.channel.phase is Phase.NEGOTIATING
    late = two.b.receive(UpdateFeeMessage(two.b.channel.channel_id, 1_000))
    assert violation(late) is Violation.UPDATE_AFTER_SHUTDOWN


def test_a_violation_changes_nothing() -> None:
    """The state is what it was, so the next connection goes on from there."""
    two = in_use()
    locked_in(two, two.a)
    before = two.a.channel
    two.a.receive(UpdateFulfillHtlc(before.channel_id, 5, PREIMAGE))
    assert two.a.channel == before
    two.disconnect()
    two.connect()
    locked_in(two, two.b)
    assert two.b.channel.ledger.find(Side.US, 0)
    assert all(h.stage is Stage.LOCKED_IN for h in two.a.channel.ledger.htlcs)


def test_htlcs_in_both_directions_in_one_commitment_each() -> None:
    """Many updates of both sides, crossing each other, settle in a few commitments."""
    two = in_use()
    for _ in range(5):
        offer(two.a, msat(5_000))
        offer(two.b, Msat(100_000))
    two.a.do(SignCommitment())
    commit(two, two.b)
    for party in two.both:
        assert len(party.channel.ledger.htlcs) == 10
        assert len(party.all(HtlcReceived)) == 5
        assert all(h.stage is Stage.LOCKED_IN for h in party.channel.ledger.htlcs)
        for htlc_id in range(5):
            party.do(FulfillHtlc(htlc_id, PREIMAGE))
    two.b.do(SignCommitment())
    commit(two, two.a)
    for party in two.both:
        assert party.channel.ledger.is_quiet
        assert len(party.said(CommitmentSigned)) <= 6
    assert two.a.channel.ledger.ours == msat(600_000 - 25_000 + 500)
