"""A peer that wants our commitment on the chain, before it has agreed with our state since the
start of the program: our copy may be an old one, and the peer the only one who knows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel.effects import Broadcast, UserMustDecide
from lnwallet_tui.channel.errors import CloseReason
from lnwallet_tui.channel.events import (
    AddHtlc,
    CloseCooperatively,
    ForceClose,
    PeerConnected,
    SignCommitment,
)
from lnwallet_tui.channel.state import Channel, Link
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.wire.bolt1 import Error
from lnwallet_tui.wire.bolt2 import ChannelReestablish
from tests.channel.two import Two, msat

LIES = ["number zero", "a wrong secret", "data lost"]


def used(*, set_back: bool = False) -> tuple[Two, ChannelReestablish]:
    """A channel after some payments, at the moment at which anna waits for what bert says; and what
    he would say if he was honest. With `set_back` she runs an older copy of her wallet."""
    two = Two.fresh()
    two.ready(push=msat(300_000))
    pay(two, 0, 1, 2)
    old, memory = two.a.channel, two.a.memory
    pay(two, 3, 4)
    two.disconnect()
    if set_back:
        return meet(two, changed(old, link=Link.OFFLINE), memory)
    return meet(two, two.a.channel, two.a.memory)


def pay(two: Two, *numbers: int) -> None:
    for number in numbers:
        two.a.do(AddHtlc(number, msat(20_000), sha256(b"p"), 500, bytes(1366)))
        two.a.do(SignCommitment())
        two.exchange()


def meet(two: Two, state: Channel, memory: SignerMemory) -> tuple[Two, ChannelReestablish]:
    two.b.do(PeerConnected(two.b.features))
    honest = two.b.outbox.pop()
    assert isinstance(honest, ChannelReestablish)
    two.b.outbox.clear()
    two.a.state, two.a.memory = state, memory
    two.a.effects.clear()
    two.a.do(PeerConnected(two.a.features))
    return two, honest


def lie(two: Two, honest: ChannelReestablish, which: str) -> None:
    """What has somebody publish: BOLT 2 asks for it, or an `error` does."""
    number = two.a.channel.our_number - 2
    match which:
        case "number zero":
            zero = replace(honest, next_commitment_number=0, next_revocation_number=0)
            two.a.receive(zero)
        case "a wrong secret":
            two.a.receive(replace(honest, your_last_per_commitment_secret=sha256(b"no")))
        case _:
            # An older secret is true of every old state.
            secret = two.a.signer.release_secret(number - 1)
            behind = replace(
                honest, next_revocation_number=number, your_last_per_commitment_secret=secret
            )
            two.a.receive(replace(behind, next_commitment_number=two.a.channel.their_number))
            assert two.a.channel.link is Link.PEER_BEHIND
            two.a.receive(Error(two.a.channel.channel_id, b"I have lost data"))


@pytest.mark.parametrize("set_back", [True, False], ids=["an old copy", "the newest"])
@pytest.mark.parametrize("which", LIES)
def test_vuln_055_what_may_be_old_is_published_by_command_alone(which: str, set_back: bool) -> None:
    """An older copy of a wallet was taken for the newest: a peer that keeps quiet about it, and has
    us publish it, would take all of it as a breach."""
    two, honest = used(set_back=set_back)
    two.a.agreed = False
    lie(two, honest, which)
    assert two.a.all(Broadcast) == []
    assert two.a.channel.publication is None
    [asked] = two.a.all(UserMustDecide)
    assert asked.said == (b"I have lost data" if which == "data lost" else b"")
    assert len(two.a.said(Error)) == 1, "a peer that has its data publishes now"
    assert two.a.channel.link is Link.OFFLINE
    two.a.do(ForceClose(1, CloseReason.USER.value))
    assert two.a.channel.publication is not None


@pytest.mark.parametrize("knows", [True, False], ids=["it is known", "nobody knows"])
def test_vuln_055_a_peer_that_agrees_with_an_old_state_is_not_believed(knows: bool) -> None:
    """It keeps quiet about the newer ones, and has the old one published later, by an `error`."""
    two, honest = used(set_back=True)
    two.a.agreed, two.a.is_older = False, knows
    number = two.a.channel.our_number
    as_old = replace(
        honest,
        next_commitment_number=two.a.channel.their_number + 1,
        next_revocation_number=number,
        your_last_per_commitment_secret=two.a.signer.release_secret(number - 1),
    )
    two.a.receive(as_old)
    assert two.a.channel.old_state is knows
    assert two.a.channel.link is (Link.OFFLINE if knows else Link.LIVE)
    assert [bool(two.a.said(Error)), two.a.all(Broadcast)] == [knows, []]


@pytest.mark.parametrize("which", LIES)
def test_who_was_in_agreement_since_the_start_needs_nobody(which: str) -> None:
    two, honest = used()
    lie(two, honest, which)
    assert two.a.channel.publication is not None
    assert two.a.all(UserMustDecide) == []


def test_a_deadline_does_not_wait_for_the_peer() -> None:
    two, _ = used()
    two.a.agreed = False
    two.a.do(ForceClose(1, CloseReason.HTLC_DEADLINE.value))
    assert two.a.channel.publication is not None


FORGOTTEN: Final = b"unknown channel"


@pytest.mark.parametrize("phase", ["funding", "ready", "shutting down"])
@pytest.mark.parametrize("proved", [False, True])
def test_a_peer_that_has_forgotten_a_channel(phase: str, proved: bool) -> None:
    """BOLT 1: "SHOULD send `error` with the unknown `channel_id` in reply to messages of type
    `32`-`255` related to unknown channels", such as our `channel_reestablish`, and no more. Nobody
    else closes the channel then."""
    two = Two.fresh()
    if phase == "funding":
        two.open()
        two.disconnect()
        two.bury(6)  # late: bert has forgotten it
    else:
        two.ready(push=msat(300_000))
        if phase == "shutting down":
            two.a.do(CloseCooperatively(2, two.a.script, 1_000, Sat(1_000)))
            two.a.outbox.clear()
        two.disconnect()
    two.a.agreed = proved
    two.a.effects.clear()
    two.a.do(PeerConnected(two.a.features))
    two.a.receive(Error(two.a.channel.channel_id, FORGOTTEN))
    assert bool(two.a.all(Broadcast)) is proved
    assert two.a.all(UserMustDecide) == ([] if proved else [UserMustDecide(FORGOTTEN)])
    if proved:
        assert two.a.channel.publication is not None
        assert two.a.channel.publication.reason is CloseReason.PEER_ERROR


def test_what_it_proves_after_an_error_is_heard() -> None:
    two, honest = used(set_back=True)
    two.a.agreed = False
    two.a.receive(Error(two.a.channel.channel_id, b"it is closed"))
    assert not two.a.said(Error), "two who ask each other for the same would never end"
    two.a.receive(honest)
    assert two.a.channel.old_state


def test_what_both_have_signed_needs_no_proof() -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    two.a.do(CloseCooperatively(2, two.a.script, 1_000, Sat(1_000)))
    two.exchange()
    agreed = two.a.channel.closing.tx
    assert agreed is not None
    two.disconnect()
    two.a.agreed = False
    two.a.do(PeerConnected(two.a.features))
    zero = ChannelReestablish(two.a.channel.channel_id, 0, 0, bytes(32), two.b.signer_point)
    two.a.effects.clear()
    two.a.receive(zero)
    assert [one.txs for one in two.a.all(Broadcast)] == [(agreed,)]
    assert two.a.all(UserMustDecide) == []


def test_where_the_disk_lost_the_newest_commitment_the_user_is_told() -> None:
    """The signature had left, and the peer has revoked for it: nothing proves who is right, and
    such a channel never goes on. BOLT 2: "SHOULD send an `error` and fail the channel"."""
    two = Two.fresh()
    two.ready(push=msat(300_000))
    pay(two, 0)
    two.a.do(AddHtlc(1, msat(20_000), sha256(b"p"), 500, bytes(1366)))
    lost, memory = two.a.channel, two.a.memory
    two.a.do(SignCommitment())
    for message in two.a.outbox:
        two.b.receive(message)
    two.disconnect()
    two, honest = meet(two, changed(lost, link=Link.OFFLINE), memory)
    assert honest.next_commitment_number == lost.their_number + 2
    assert honest.next_revocation_number == lost.our_number
    two.a.agreed = False
    two.a.receive(honest)
    assert two.a.all(UserMustDecide) == [UserMustDecide(is_ahead=True)]
    assert two.a.all(Broadcast) == []
    assert len(two.a.said(Error)) == 1
    two.a.do(ForceClose(1, CloseReason.USER.value))
    assert two.a.channel.publication is not None
