"""The commitment dance: signatures, revocations, their order, and every way to get them wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest
from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel.effects import AskWhetherThere, Broadcast, HtlcNeverSent, Send
from lnwallet_tui.channel.errors import CloseReason, Violation
from lnwallet_tui.channel.events import (
    FailHtlc,
    FulfillHtlc,
    PeerDisconnected,
    SignCommitment,
    UpdateFee,
)
from lnwallet_tui.channel.held_htlcs import HtlcEntered, HtlcLeft
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.shachain import index_of
from lnwallet_tui.channel.state import Channel, ChannelType, Phase
from lnwallet_tui.channel.transactions import build_commitment
from lnwallet_tui.wire.bolt1 import Error, Warning_
from lnwallet_tui.wire.bolt2 import CommitmentSigned, RevokeAndAck, UpdateFulfillHtlc
from tests.channel.dealing import (
    PREIMAGE,
    ask,
    commit,
    in_use,
    kinds,
    locked_in,
    offer,
    sent,
    violation,
)
from tests.channel.two import ANCHORS, STATIC, Party, Two, msat, one

BOTH_TYPES = pytest.mark.parametrize("kind", [ANCHORS, STATIC], ids=["anchors", "static"])
M = TypeVar("M", CommitmentSigned, RevokeAndAck)
# The order of secp256k1: a signature with s is as good for the curve as one with ORDER - s.
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def signed_offer(kind: ChannelType = ANCHORS) -> tuple[Two, CommitmentSigned]:
    """`a` offered an HTLC, `b` knows it, and this is the signature that is on the way to `b`."""
    two = in_use(kind)
    offer(two.a)
    two.exchange()
    two.a.do(SignCommitment())
    message = two.a.outbox.popleft()
    assert isinstance(message, CommitmentSigned)
    return two, message


def tampered(message: M, **fields: object) -> M:
    """The message with other fields."""
    return replace(message, **fields)  # type: ignore[arg-type]  # the tests name real fields


def revocation_by(party: Party) -> RevokeAndAck:
    """The revocation that is on the way from the party."""
    message = party.outbox[0]
    assert isinstance(message, RevokeAndAck)
    return message


# -- the order of things
def test_one_htlc_takes_two_signatures_and_two_revocations() -> None:
    two, message = signed_offer()
    assert kinds(sent(two.b.receive(message))) == [RevokeAndAck, CommitmentSigned]
    assert two.a.receive(two.b.outbox.popleft()) != ()
    assert kinds(sent(two.a.receive(two.b.outbox.popleft()))) == [RevokeAndAck]
    two.exchange()
    assert (two.a.channel.our_number, two.b.channel.our_number) == (1, 1)
    for party in two.both:
        assert party.channel.their_next is None
        assert party.channel.their_next_point is not None


def test_nothing_is_signed_that_includes_no_update() -> None:
    """BOLT 2: "MUST NOT send a `commitment_signed` message that does not include any updates"."""
    two = in_use()
    assert two.a.do(SignCommitment()) == ()
    locked_in(two, two.a)
    for party in two.both:
        before = party.channel
        assert party.do(SignCommitment()) == ()
        assert party.channel == before


def test_one_signature_at_a_time_and_the_rest_follows_by_itself() -> None:
    two = in_use()
    offer(two.a)
    two.a.do(SignCommitment())
    offer(two.a)
    assert two.a.do(SignCommitment()) == ()
    two.exchange()
    assert two.a.channel.our_number == two.b.channel.our_number
    assert len(two.b.channel.our_commitment.spec.htlcs) == 2
    assert two.a.channel.ledger.is_quiet is False
    assert not any(two.a.channel.ledger.has_to_sign(side) for side in Side)


def test_both_sign_at_once() -> None:
    two = in_use()
    offer(two.a)
    offer(two.b)
    two.a.do(SignCommitment())
    two.b.do(SignCommitment())
    two.exchange()
    for party in two.both:
        assert len(party.channel.our_commitment.spec.htlcs) == 2
    assert two.disconnections() == []


def test_a_signature_may_change_nothing_but_the_number() -> None:
    """BOLT 2: "MAY send a `commitment_signed` message that doesn't change the commitment
    transaction aside from the new revocation number (due to dust, ...)". We take even one without
    any update: the BOLT binds the sender only."""
    two = in_use()
    offer(two.a, Msat(1))
    commit(two, two.a)
    assert two.b.channel.our_commitment.spec.untrimmed(two.b.channel.params(Side.US)) == ()
    assert two.b.channel.our_commitment.htlc_signatures == ()
    assert two.disconnections() == []


def test_the_feerate_may_be_all_that_changes() -> None:
    two = in_use()
    two.a.do(UpdateFee(1_000))
    commit(two, two.a)
    assert two.b.channel.our_commitment.spec.feerate_per_kw == 1_000
    assert two.a.channel.our_commitment.spec.feerate_per_kw == 1_000


# -- funding_txid
def test_the_funding_is_named_and_may_be_left_out() -> None:
    two, message = signed_offer()
    assert message.funding_txid == two.a.channel.funding.outpoint.txid
    assert kinds(sent(two.b.receive(tampered(message, funding_txid=None))))[0] is RevokeAndAck


def test_a_signature_for_another_funding_is_refused() -> None:
    two, message = signed_offer()
    other = tampered(message, funding_txid=bytes(32))
    assert violation(two.b.receive(other)) is Violation.OTHER_FUNDING


# -- wrong signatures
@BOTH_TYPES
def test_a_wrong_signature_is_answered_with_the_transaction(kind: ChannelType) -> None:
    """BOLT 1: "SHOULD include the raw, hex-encoded transaction" so that both can compare."""
    two, message = signed_offer(kind)
    before = two.b.channel
    wrong = tampered(message, signature=message.htlc_signature[0])
    assert violation(two.b.receive(wrong)) is Violation.COMMITMENT_SIGNATURE
    assert two.b.channel == before
    told = sent(two.b.effects)[-1]
    assert isinstance(told, Warning_)
    theirs = two.a.channel.their_next
    assert theirs is not None
    expected = build_commitment(two.a.channel.params(Side.THEM), theirs.point, theirs.spec).tx
    assert told.data.decode().split(": ")[1] == expected.serialize().hex()


@BOTH_TYPES
def test_a_high_s_is_refused(kind: ChannelType) -> None:
    two, message = signed_offer(kind)

    def high(signature: bytes) -> bytes:
        s = ORDER - int.from_bytes(signature[32:], "big")
        return signature[:32] + s.to_bytes(32, "big")

    wrong = tampered(message, signature=high(message.signature))
    assert violation(two.b.receive(wrong)) is Violation.COMMITMENT_SIGNATURE
    wrong = tampered(message, htlc_signature=(high(message.htlc_signature[0]),))
    assert violation(two.b.receive(wrong)) is Violation.HTLC_SIGNATURE


@BOTH_TYPES
def test_a_wrong_htlc_signature(kind: ChannelType) -> None:
    two, message = signed_offer(kind)
    wrong = tampered(message, htlc_signature=(message.signature,))
    assert violation(two.b.receive(wrong)) is Violation.HTLC_SIGNATURE


@pytest.mark.parametrize("count", [0, 2, 400])
def test_vuln_023_the_number_of_htlc_signatures_is_exact(count: int) -> None:
    """One signature for each HTLC output, no more and no fewer, before any is looked at."""
    two, message = signed_offer()
    wrong = tampered(message, htlc_signature=message.htlc_signature * count)
    assert violation(two.b.receive(wrong)) is Violation.HTLC_SIGNATURE_COUNT


def test_vuln_022_only_htlcs_with_an_output_are_signed() -> None:
    """Electrum 4.8.1 trimmed an HTLC of exactly the dust limit: the counts did not agree."""
    two = in_use()
    for amount in (545_999, 546_000, 546_001):
        offer(two.a, Msat(amount))
    two.exchange()
    two.a.do(SignCommitment())
    message = two.a.outbox[0]
    assert isinstance(message, CommitmentSigned)
    assert len(message.htlc_signature) == 2
    two.exchange()
    assert two.disconnections() == []


def test_htlcs_that_differ_in_their_expiry_only_are_signed_in_the_right_order() -> None:
    """BOLT 3 orders equal outputs by `cltv_expiry`; signatures follow the outputs."""
    two = in_use()
    for expiry in (503, 501, 502):
        assert isinstance(ask(two.a, msat(20_000), expiry), int)
    commit(two, two.a)
    commit(two, two.b)
    assert two.disconnections() == []
    assert two.b.channel.our_number == 1


# -- revocations
def test_a_revocation_that_nobody_waits_for() -> None:
    two = in_use()
    message = RevokeAndAck(two.a.channel.channel_id, bytes(31) + b"\1", public_key(sha256(b"p")))
    assert violation(two.a.receive(message)) is Violation.NOTHING_TO_REVOKE


@pytest.mark.parametrize("secret", [bytes(32), sha256(b"another"), b"\xff" * 32])
def test_a_wrong_secret_fails_the_channel(secret: bytes) -> None:
    """BOLT 2: "if `per_commitment_secret` is not a valid secret key or does not generate the
    previous `per_commitment_point`: MUST send an `error` and fail the channel"."""
    two, message = signed_offer()
    two.b.receive(message)
    wrong = tampered(revocation_by(two.b), per_commitment_secret=secret)
    effects = two.a.receive(wrong)
    assert violation(tuple(e for e in effects if isinstance(e, Send))) is Violation.REVOKED_SECRET
    assert isinstance(sent(effects)[0], Error)
    assert two.a.channel.phase is Phase.CLOSING
    publication = two.a.channel.publication
    assert publication is not None
    assert publication.reason is CloseReason.WRONG_SECRET
    # Ours is the one before: the new one of theirs may be published at any time all the same.
    assert two.a.channel.their_next is not None
    assert any(isinstance(effect, Broadcast) for effect in effects)


def test_a_secret_that_is_not_of_the_chain_is_refused() -> None:
    """It fits its point, but earlier ones do not follow from it: it could not be kept in 49
    entries. The channel waits: the right one may come after a reconnection."""
    two = in_use()
    for _ in range(2):
        locked_in(two, two.a)
    number = two.a.channel.their_current.spec.number
    assert index_of(number) & 1 == 1
    offer(two.a)
    commit(two, two.a)  # one more, so that the next secret covers the one before
    offer(two.a)
    two.exchange()
    two.a.do(SignCommitment())
    alien = sha256(b"alien")
    channel = two.a.channel
    two.a.state = changed(
        channel, their_current=changed(channel.their_current, point=public_key(alien))
    )
    two.b.receive(two.a.outbox.popleft())
    wrong = tampered(revocation_by(two.b), per_commitment_secret=alien)
    assert violation(two.a.receive(wrong)) is Violation.SECRET_CHAIN


def test_every_revoked_secret_is_kept() -> None:
    two = in_use()
    for _ in range(6):
        two.b.do(FailHtlc(locked_in(two, two.a), b"reason"))
        commit(two, two.b)
    for party, other in (two.both, two.both[::-1]):
        secrets, signer = party.channel.their_secrets, other.signer
        revoked = party.channel.their_current.spec.number
        assert secrets.revoked == revoked > 6
        for number in range(revoked):
            secret = secrets.secret_of(number)
            assert secret is not None
            assert public_key(secret) == signer.per_commitment_point(number)


def test_each_commitment_has_its_own_point() -> None:
    two = in_use()
    points = []
    for _ in range(3):
        locked_in(two, two.a)
        points.append(two.a.channel.their_current.point)
    assert points == [two.b.signer.per_commitment_point(number) for number in (1, 2, 3)]


# -- rows for punishing
def test_rows_begin_and_end_with_the_commitments_that_we_sign() -> None:
    two = in_use()
    htlc_id = locked_in(two, two.a)
    entered = [record for record in two.a.records if isinstance(record, HtlcEntered)]
    assert [(r.htlc.htlc_id, r.htlc.offered, r.first) for r in entered] == [(htlc_id, False, 1)]
    two.b.do(FulfillHtlc(htlc_id, PREIMAGE))
    commit(two, two.b)
    left = [record for record in two.a.records if isinstance(record, HtlcLeft)]
    assert [(r.htlc_id, r.offered, r.last) for r in left] == [(htlc_id, False, 1)]
    kept = [record for record in two.b.records if isinstance(record, HtlcEntered)]
    assert [(r.htlc.offered, r.first) for r in kept] == [(True, 1)]


def test_a_row_comes_with_the_signature_and_not_later() -> None:
    """Stored in the transaction that stores the commitment, before the signature leaves."""
    two = in_use()
    offer(two.a)
    assert two.a.records == []
    two.a.do(SignCommitment())
    assert [type(record) for record in two.a.records] == [HtlcEntered]


def test_what_a_step_stores_is_what_it_says() -> None:
    """Each state after a step that signs holds the number which the message fixes."""
    two, _ = signed_offer()
    last = two.a.history[-1]
    assert isinstance(last, Channel)
    assert last.their_next is not None
    assert last.their_next.spec.number == 1
    assert last.their_next_point is None
    assert not last.revoked_last


# -- a peer of whom nothing was heard
def test_nothing_is_signed_before_a_silent_peer_is_heard() -> None:
    """BOLT 2: "if it has not recently received a message from the remote node: SHOULD use `ping`
    and await the reply `pong` before sending `commitment_signed`."."""
    two = in_use()
    two.a.peer_was_heard = False
    offer(two.a)
    before = two.a.channel
    assert two.a.do(SignCommitment()) == (AskWhetherThere(),)
    assert two.a.channel == before
    two.a.peer_was_heard = True
    assert kinds(sent(two.a.do(SignCommitment()))) == [CommitmentSigned]
    two.exchange()
    assert len(two.b.channel.our_commitment.spec.htlcs) == 1


def test_what_a_silent_peer_was_offered_was_never_sent() -> None:
    two = in_use()
    two.a.peer_was_heard = False
    offer(two.a)
    two.a.do(SignCommitment())
    effects = two.a.do(PeerDisconnected())
    assert one(effects, HtlcNeverSent).payment_hash == sha256(PREIMAGE)
    assert two.a.channel.ledger.is_quiet


def test_a_silent_peer_has_the_preimage_at_once_and_the_removal_is_repeated() -> None:
    two = in_use()
    htlc_id = locked_in(two, two.a)
    two.b.peer_was_heard = False
    effects = two.b.do(FulfillHtlc(htlc_id, PREIMAGE))
    assert kinds(sent(effects)) == [UpdateFulfillHtlc]
    assert two.b.do(SignCommitment()) == (AskWhetherThere(),)
    two.disconnect()
    two.b.peer_was_heard = True
    two.connect()
    two.exchange()
    assert all(party.channel.ledger.is_quiet for party in two.both)
    assert not two.a.channel.ledger.htlcs
