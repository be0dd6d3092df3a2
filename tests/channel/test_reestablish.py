"""Re-establishing: each message lost at each place, in the right order; and each kind of lie."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.effects import (
    Broadcast,
    Disconnect,
    Effect,
    HtlcReceived,
    UserMustDecide,
)
from lnwallet_tui.channel.env import Feerates
from lnwallet_tui.channel.errors import CloseReason, RefusalReason, Violation
from lnwallet_tui.channel.events import (
    FailHtlc,
    FulfillHtlc,
    PeerConnected,
    PeerDisconnected,
    SignCommitment,
    UpdateFee,
)
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import ChannelType, Link, Phase
from lnwallet_tui.channel.transactions import build_commitment
from lnwallet_tui.wire import features
from lnwallet_tui.wire.bolt1 import Error, Warning_
from lnwallet_tui.wire.bolt2 import (
    ChannelReady,
    ChannelReestablish,
    CommitmentSigned,
    RevokeAndAck,
    UpdateAddHtlc,
    UpdateFulfillHtlc,
)
from lnwallet_tui.wire.bolt2 import UpdateFee as UpdateFeeMessage
from lnwallet_tui.wire.codec import Message
from lnwallet_tui.wire.features import OUR_INIT_FEATURES, Features
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
from tests.channel.two import ANCHORS, STATIC, Party, Two, msat

CHEAP = Feerates(soon=500, today=400, minimum=253)
DEAR = Feerates(soon=30_000, today=20_000, minimum=253)
BOTH_TYPES = pytest.mark.parametrize("kind", [ANCHORS, STATIC], ids=["anchors", "static"])


def hello(party: Party) -> ChannelReestablish:
    """Connect one side; what it says first, and all that it says."""
    (message,) = sent(party.do(PeerConnected(party.features)))
    party.outbox.clear()
    assert isinstance(message, ChannelReestablish)
    return message


def meet(two: Two) -> tuple[list[Message], list[Message]]:
    """Reconnect both; what `a` and `b` send once they have heard each other."""
    from_a, from_b = hello(two.a), hello(two.b)
    to_a, to_b = sent(two.a.receive(from_b)), sent(two.b.receive(from_a))
    return to_a, to_b


def cut_at(two: Two, delivered: int) -> None:
    """Let that many messages arrive, then cut the connection."""
    for _ in range(delivered):
        two.deliver_one()
    two.disconnect()


def lied_to(two: Two, **fields: object) -> tuple[Effect, ...]:
    """`a` reconnects and hears of `b` what is not so."""
    two.disconnect()
    message = hello(two.b)
    hello(two.a)
    return two.a.receive(replace(message, **fields))  # type: ignore[arg-type]  # real fields


def newest(party: Party, holder: Side) -> Tx:
    """The newest commitment of `holder`, as the party builds it."""
    channel = party.channel
    if holder is Side.THEM:
        theirs = channel.their_current
        return build_commitment(channel.params(holder), theirs.point, theirs.spec).tx
    point = party.signer.per_commitment_point(channel.our_number)
    return build_commitment(channel.params(holder), point, channel.our_commitment.spec).tx


# -- what is said
def test_numbers_and_proof() -> None:
    two = in_use()
    two.disconnect()
    first = hello(two.a)
    assert (first.next_commitment_number, first.next_revocation_number) == (1, 0)
    assert first.your_last_per_commitment_secret == bytes(32)
    hello(two.b)
    two.disconnect()
    two.connect()
    locked_in(two, two.a)
    two.disconnect()
    second = hello(two.a)
    assert (second.next_commitment_number, second.next_revocation_number) == (2, 1)
    assert second.your_last_per_commitment_secret == two.b.signer.release_secret(0)
    assert second.my_current_per_commitment_point == two.a.signer.per_commitment_point(1)


def test_nothing_else_is_said_before_the_peer_has_spoken() -> None:
    """BOLT 2: "MUST wait to receive the other node's `channel_reestablish` message before sending
    any other messages for that channel"."""
    two = in_use()
    htlc_id = locked_in(two, two.a)
    two.disconnect()
    hello(two.b)
    assert sent(two.b.do(FulfillHtlc(htlc_id, PREIMAGE))) == []
    assert sent(two.b.do(SignCommitment())) == []
    assert two.b.channel.link is Link.REESTABLISHING
    result = ask(two.b, msat(1_000))
    assert getattr(result, "reason", None) is RefusalReason.NOT_CONNECTED


def test_channel_ready_is_repeated_until_something_happened() -> None:
    """BOLT 2: "if `next_commitment_number` is 1 in both [...]: MUST retransmit `channel_ready`"."""
    two = in_use()
    two.disconnect()
    again = meet(two)
    assert [kinds(one) for one in again] == [[ChannelReady], [ChannelReady]]
    two.exchange()
    locked_in(two, two.a)
    two.disconnect()
    assert meet(two) == ([], [])


# -- each message of the dance lost, with all after it
@BOTH_TYPES
def test_a_dance_that_is_cut_anywhere_ends_the_same(kind: ChannelType) -> None:
    """Updates of both sides cross; whatever was lost, nothing is, and both build the same."""
    seen = set[type[Message]]()
    for delivered in range(13):
        two = in_use(kind)
        settled = locked_in(two, two.b)
        two.a.do(FulfillHtlc(settled, PREIMAGE))
        offer(two.a)
        two.a.do(UpdateFee(2_100))
        two.a.do(SignCommitment())
        offer(two.b)
        two.b.do(SignCommitment())
        cut_at(two, delivered)
        to_a, to_b = meet(two)
        seen |= {*kinds(to_a), *kinds(to_b)}
        two.exchange()
        commit(two, two.a)
        commit(two, two.b)
        assert two.disconnections() == []
        assert two.a.channel.ledger.ours == msat(620_000)
        assert two.a.channel.our_commitment.spec.feerate_per_kw == 2_100
        for party, other in (two.both, two.both[::-1]):
            assert newest(party, Side.US) == newest(other, Side.THEM)
    assert to_a == to_b == []  # the last cut came when all had been said
    assert seen >= {
        CommitmentSigned, RevokeAndAck, UpdateAddHtlc, UpdateFulfillHtlc, UpdateFeeMessage,
    }  # fmt: skip


def test_the_lost_signature_is_the_same_again_with_its_updates() -> None:
    two = in_use()
    offer(two.a)
    two.a.do(SignCommitment())
    lost = list(two.a.outbox)
    two.disconnect()
    again, _ = meet(two)
    assert [m for m in again if not isinstance(m, ChannelReady)] == lost


def test_a_feerate_that_was_signed_in_other_weather_is_taken_and_set_right() -> None:
    """It is said again until it is taken, and a better one only afterwards: BOLT 2: "MUST
    retransmit" what the lost `commitment_signed` covers. One that was not signed is forgotten."""
    for cheap, dear in ((CHEAP, DEAR), (DEAR, CHEAP)):
        two = in_use(STATIC)
        for signs in (False, True):
            two.a.feerates = two.b.feerates = cheap
            two.a.do(UpdateFee(cheap.soon))
            assert two.a.outbox
            if signs:
                two.a.do(SignCommitment())
            two.disconnect()
            two.a.feerates = two.b.feerates = dear
            two.connect()
        assert two.disconnections() == []
        assert two.b.channel.ledger.feerate_per_kw == cheap.soon
        two.a.do(UpdateFee(dear.soon))
        commit(two, two.a)
        assert two.disconnections() == []
        assert two.b.channel.ledger.feerate_per_kw == dear.soon


def test_a_lost_revocation_is_the_same_again() -> None:
    two = in_use()
    offer(two.a)
    two.exchange()
    two.a.do(SignCommitment())
    two.b.receive(two.a.outbox.popleft())
    lost = list(two.b.outbox)
    two.disconnect()
    _, again = meet(two)
    assert again == lost
    assert kinds(lost) == [RevokeAndAck, CommitmentSigned]


def test_the_order_is_the_one_in_which_they_were_sent_first() -> None:
    """BOLT 2: "MUST retransmit `revoke_and_ack` and `commitment_signed` in the same relative order
    as initially transmitted"."""
    two = in_use()
    offer(two.a)
    offer(two.b)
    two.exchange()
    two.a.do(SignCommitment())
    two.b.do(SignCommitment())
    two.a.receive(two.b.outbox.popleft())  # signed first, then revoked
    lost = list(two.a.outbox)
    assert kinds(lost) == [CommitmentSigned, RevokeAndAck]
    two.disconnect()
    again, _ = meet(two)
    assert kinds(again) == [UpdateAddHtlc, CommitmentSigned, RevokeAndAck]
    assert again[1:] == lost


def test_what_arrived_is_not_sent_again() -> None:
    two = in_use()
    offer(two.a)
    two.a.do(SignCommitment())
    two.deliver_one()
    two.deliver_one()  # b has the signature; its revocation is lost
    two.disconnect()
    to_a, to_b = meet(two)
    assert to_a == []
    assert kinds(to_b) == [RevokeAndAck, CommitmentSigned]
    two.exchange()
    assert len(two.b.all(HtlcReceived)) == 1


def test_removals_that_no_signature_covered_are_proposed_again() -> None:
    two = in_use()
    paid, failed = locked_in(two, two.a), locked_in(two, two.a)
    two.b.do(FulfillHtlc(paid, PREIMAGE))
    two.b.do(FailHtlc(failed, b"reason"))
    lost = list(two.b.outbox)
    two.disconnect()
    _, again = meet(two)
    assert again[:2] == lost
    assert kinds(again[2:]) == [CommitmentSigned]
    two.exchange()
    assert two.a.channel.ledger.is_quiet


def test_a_second_cut_while_it_is_sent_again() -> None:
    two = in_use()
    offer(two.a)
    two.a.do(SignCommitment())
    for cut in range(6):
        cut_at(two, cut)
        meet(two)
    two.exchange()
    assert len(two.b.channel.our_commitment.spec.htlcs) == 1
    assert two.disconnections() == []


# -- a peer with other features
def test_vuln_028_a_peer_that_lost_a_feature_is_left_and_nothing_changes() -> None:
    """A channel keeps its type; a downgrade by `init` must neither change nor close it."""
    two = in_use()
    two.disconnect()
    before = two.a.channel
    assert violation(two.a.do(PeerConnected(Features()))) is Violation.MISSING_FEATURE
    assert two.a.channel == before
    without = Features({bit for bit in OUR_INIT_FEATURES if bit & ~1 != features.ANCHORS})
    assert violation(two.a.do(PeerConnected(without))) is Violation.MISSING_FEATURE
    two.a.do(PeerConnected(OUR_INIT_FEATURES))
    assert two.a.channel.link is Link.REESTABLISHING


def test_features_that_all_have_need_not_be_said() -> None:
    two = in_use(STATIC)
    two.disconnect()
    assert kinds(sent(two.a.do(PeerConnected(Features())))) == [ChannelReestablish]


# -- order of a connection
def test_messages_before_reestablishing_end_the_connection() -> None:
    two = in_use()
    offer(two.a)
    early = two.a.outbox[0]
    two.disconnect()
    hello(two.b)
    assert violation(two.b.receive(early)) is Violation.NOT_REESTABLISHED


def test_it_is_done_once_a_connection() -> None:
    two = in_use()
    two.disconnect()
    message = hello(two.b)
    hello(two.a)
    two.a.receive(message)
    assert violation(two.a.receive(message)) is Violation.REESTABLISHED_TWICE
    two.a.do(PeerDisconnected())
    assert violation(two.a.receive(message)) is Violation.REESTABLISHED_TWICE


def test_a_connection_whose_end_was_never_heard_of_is_over_all_the_same() -> None:
    """A full disk can swallow the step of a disconnection."""
    two = in_use()
    offer(two.a)
    two.exchange()
    two.b.outbox.clear()
    two.a.do(PeerDisconnected())
    for party in two.both:
        party.do(PeerConnected(party.features))
    assert not two.b.channel.ledger.htlcs
    two.exchange()
    locked_in(two, two.a)
    assert two.disconnections() == []


# -- numbers that do not fit
def used() -> Two:
    """A channel in which each side has revoked more than once."""
    two = in_use()
    for _ in range(3):
        locked_in(two, two.a)
        locked_in(two, two.b)
    assert two.a.channel.our_number >= 3
    return two


def publishes(effects: tuple[Effect, ...]) -> bool:
    return any(isinstance(effect, Broadcast) for effect in effects)


def test_number_zero_asks_for_our_commitment() -> None:
    """BOLT 2: "if `next_commitment_number` is zero: MUST immediately fail the channel and broadcast
    any relevant latest commitment transaction"."""
    two = used()
    effects = lied_to(two, next_commitment_number=0)
    assert publishes(effects)
    assert two.a.channel.phase is Phase.CLOSING
    assert violation(effects) is Violation.ASKS_TO_FAIL
    told = Violation.ASKS_TO_FAIL.sentence  # its user reads that, who has lost the channel
    assert told.startswith("closed for the side that lost the channel")
    assert "_" not in told  # no word of the protocol's


def test_we_are_behind_and_the_peer_can_prove_it() -> None:
    """BOLT 2: "MUST NOT broadcast its commitment transaction. SHOULD send an `error` to request
    the peer to fail the channel"."""
    two = used()
    number = two.a.channel.our_number
    proof = _future_secret(two.a, number)
    effects = lied_to(two, next_revocation_number=number + 1, your_last_per_commitment_secret=proof)
    assert violation(effects) is Violation.WE_ARE_BEHIND
    assert two.a.channel.old_state
    assert not publishes(effects)


def _future_secret(party: Party, number: int) -> bytes:
    """The secret that only a later state of the party would have revealed."""
    memory = party.memory
    party.memory = changed(memory, accepted=number + 1, released=number - 1)
    secret = party.signer.release_secret(number)
    party.memory = memory
    return secret


def test_number_zero_beside_a_proof_that_we_are_behind_publishes_nothing() -> None:
    """Number zero asks for our commitment; with the proof it would be a revoked one."""
    two = used()
    number = two.a.channel.our_number
    effects = lied_to(
        two,
        next_commitment_number=0,
        next_revocation_number=number + 1,
        your_last_per_commitment_secret=_future_secret(two.a, number),
    )
    assert violation(effects) is Violation.WE_ARE_BEHIND
    assert not publishes(effects)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"next_commitment_number": 0},
        {"your_last_per_commitment_secret": bytes(32)},
        {"next_revocation_number": 1 << 60},
    ],
)
def test_what_was_proved_is_not_unsaid(fields: dict[str, object]) -> None:
    """A peer that proved our state old cannot have us publish it by anything it says later."""
    two = used()
    two.a.state = changed(two.a.channel, old_state=True)
    effects = lied_to(two, **fields)
    assert violation(effects) is Violation.WE_ARE_BEHIND
    assert not publishes(effects)
    assert two.a.channel.old_state


@pytest.mark.parametrize("ahead", [1, 2, 1 << 48, (1 << 64) - 10])
def test_a_claim_to_be_ahead_without_proof_is_a_lie(ahead: int) -> None:
    two = used()
    number = min(two.a.channel.our_number + ahead, (1 << 64) - 1)
    effects = lied_to(two, next_revocation_number=number)
    assert violation(_without_broadcast(effects)) is Violation.REESTABLISH_SECRET
    assert publishes(effects)
    publication = two.a.channel.publication
    assert publication is not None
    assert publication.reason is CloseReason.WRONG_SECRET


def _without_broadcast(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    return tuple(effect for effect in effects if not isinstance(effect, Broadcast))


@pytest.mark.parametrize("secret", [bytes(32), sha256(b"another"), b"\xff" * 32])
def test_a_wrong_secret_for_the_right_number(secret: bytes) -> None:
    two = used()
    effects = lied_to(two, your_last_per_commitment_secret=secret)
    assert violation(_without_broadcast(effects)) is Violation.REESTABLISH_SECRET
    assert publishes(effects)


def test_more_commitments_than_we_ever_signed() -> None:
    """It is a lie or our copy is old. We cannot know: nothing is published, and the user
    is told, since such a channel never goes on."""
    two = used()
    before = two.a.channel
    effects = lied_to(two, next_commitment_number=before.their_number + 2)
    asked = [one for one in effects if isinstance(one, UserMustDecide)]
    assert asked == [UserMustDecide(is_ahead=True)]
    assert violation(effects) is Violation.COMMITMENT_NUMBER
    assert not publishes(effects)
    assert two.a.channel.publication is None


def test_a_peer_that_lost_its_data_is_told_and_waited_for() -> None:
    """BOLT 2: "The other node should wait for that `error` to give the fallen-behind node an
    opportunity to fix its state first"."""
    old = used()
    backup = old.b.state, old.b.memory
    locked_in(old, old.a)
    locked_in(old, old.b)
    old.disconnect()
    old.b.state, old.b.memory = backup
    old.b.do(PeerDisconnected())
    from_a, from_b = hello(old.a), hello(old.b)
    effects = old.a.receive(from_b)
    assert kinds(sent(effects)) == [Warning_]
    assert not any(isinstance(effect, Disconnect | Broadcast) for effect in effects)
    assert old.a.channel.link is Link.PEER_BEHIND
    (error,) = sent(old.b.receive(from_a))
    assert isinstance(error, Error)
    assert old.b.channel.old_state
    assert publishes(old.a.receive(error))
    publication = old.a.channel.publication
    assert publication is not None
    assert publication.reason is CloseReason.PEER_ERROR


@pytest.mark.parametrize("field", ["next_commitment_number", "next_revocation_number"])
def test_either_number_may_be_behind(field: str) -> None:
    two = used()
    number = {"next_commitment_number": two.a.channel.their_number}.get(
        field, two.a.channel.our_number - 2
    )
    fields: dict[str, object] = {field: number}
    if field == "next_revocation_number":
        fields["your_last_per_commitment_secret"] = two.a.signer.release_secret(number - 1)
    effects = lied_to(two, **fields)
    assert kinds(sent(effects)) == [Warning_]
    assert not publishes(effects)


def test_a_peer_that_found_its_data_again_goes_on() -> None:
    two = used()
    two.disconnect()
    message = hello(two.b)
    hello(two.a)
    two.a.receive(replace(message, next_commitment_number=two.a.channel.their_number))
    two.disconnect()
    two.connect()
    locked_in(two, two.a)
    assert two.disconnections() == []


def test_an_outbox_of_the_old_connection_is_not_delivered_in_the_new_one() -> None:
    """Messages are derived from the state at each connection, never from a queue."""
    two = in_use()
    offer(two.a)
    two.a.do(SignCommitment())
    two.a.outbox = deque()
    two.disconnect()
    two.connect()
    assert len(two.b.channel.our_commitment.spec.htlcs) == 1
