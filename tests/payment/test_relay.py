"""A payment of others on its way through us: whatever happens, in whatever order, with crashes."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onion.failure import build_error, decode_error
from lnwallet_tui.onion.messages import (
    OtherFailure,
    PermanentChannelFailure,
    TemporaryChannelFailure,
    TemporaryNodeFailure,
)
from lnwallet_tui.payment import relay
from lnwallet_tui.payment.effects import RefuseHtlc, SettleHtlc
from lnwallet_tui.payment.events import (
    HtlcArrived,
    HtlcFailed,
    HtlcFulfilled,
    HtlcNeverSent,
    HtlcTimedOut,
)
from lnwallet_tui.payment.forwarding import Leg
from lnwallet_tui.payment.records import HtlcName
from lnwallet_tui.payment.relay import (
    Forward,
    ForwardEffect,
    ForwardEvent,
    ForwardOffered,
    ForwardRefused,
    OfferForward,
)
from tests.payment.people import CHANNEL, HASH, HEIGHT, OTHER_CHANNEL, PREIMAGE, stored
from tests.reaching import machine, until_reached

SECRET, BEHIND = bytes([0x61]) * 32, bytes([0x62]) * 32
PACKET = b"onion for the next"
INCOMING = HtlcArrived(CHANNEL, 7, Msat(10_003_000), HASH, HEIGHT + 140, b"")
LEG = Leg(OTHER_CHANNEL, Msat(10_000_000), HEIGHT + 100)
OUT = OTHER_CHANNEL, 3


def begun() -> Forward:
    return stored(relay.begin(INCOMING, LEG, SECRET, PACKET).forward)


def offered() -> Forward:
    return relay.step(begun(), ForwardOffered(3)).forward


def failure_of(effects: tuple[ForwardEffect, ...]) -> tuple[int, object] | None:
    [refusal] = effects
    assert isinstance(refusal, RefuseHtlc)
    assert (refusal.channel_id, refusal.htlc_id) == (CHANNEL, 7)
    return decode_error([SECRET, BEHIND], refusal.reason)


def test_it_begins_with_an_offer_that_pays_us() -> None:
    step = relay.begin(INCOMING, LEG, SECRET, PACKET)
    [offer] = step.effects
    assert offer == OfferForward(
        (CHANNEL, 7), OTHER_CHANNEL, Msat(10_000_000), HASH, HEIGHT + 100, PACKET
    )
    assert step.forward.fee == Msat(3_000)
    assert step.forward.outgoing is None
    assert "61" * 8 not in repr(step.forward)


def test_the_preimage_goes_back() -> None:
    step = relay.step(offered(), HtlcFulfilled(*OUT, PREIMAGE))
    assert step.forward.preimage == PREIMAGE
    assert step.effects == (SettleHtlc(CHANNEL, 7, PREIMAGE),)
    assert relay.step(step.forward, HtlcFulfilled(*OUT, PREIMAGE)).effects == ()


def test_an_error_of_somebody_behind_us_gets_one_more_layer() -> None:
    error = build_error(BEHIND, TemporaryNodeFailure())
    step = relay.step(offered(), HtlcFailed(*OUT, error))
    assert failure_of(step.effects) == (1, TemporaryNodeFailure())


def test_a_peer_that_could_not_read_the_onion_speaks_through_us() -> None:
    for code in (0xC005, 0xC0FF):  # invalid_onion_hmac; one that nobody knows
        step = relay.step(offered(), HtlcFailed(*OUT, None, code))
        found = failure_of(step.effects)
        assert found is not None
        hop, failure = found
        assert (hop, failure.code) == (0, code)  # type: ignore[attr-defined]  # fails without one
        assert failure == OtherFailure(code) or failure.sha256_of_onion == begun().onion_hash  # type: ignore[attr-defined]  # so too


def test_what_the_channel_would_not_take_is_refused_with_our_update() -> None:
    step = relay.step(begun(), ForwardRefused(b"update"))
    assert failure_of(step.effects) == (0, TemporaryChannelFailure(b"update"))


def test_what_was_never_sent_has_no_name() -> None:
    step = relay.step(offered(), HtlcNeverSent(*OUT))
    assert step.forward.outgoing is None
    assert failure_of(step.effects) == (0, TemporaryChannelFailure(b""))


def test_what_the_chain_gave_back_is_refused_for_good() -> None:
    step = relay.step(offered(), HtlcTimedOut(*OUT))
    assert failure_of(step.effects) == (0, PermanentChannelFailure())


def test_a_preimage_counts_even_after_a_refusal() -> None:
    refused = relay.step(offered(), HtlcTimedOut(*OUT)).forward
    late = relay.step(refused, HtlcFulfilled(*OUT, PREIMAGE))
    assert late.effects == (SettleHtlc(CHANNEL, 7, PREIMAGE),)


def test_after_a_start_a_pending_one_is_left_alone() -> None:
    assert relay.resume(offered(), {(CHANNEL, 7)}, {OUT}) == relay.Step(offered())


@pytest.mark.parametrize("held", [set(), {OUT}], ids=["none", "somebody else's"])
def test_after_a_start_what_was_never_sent_is_refused(held: set[HtlcName]) -> None:
    """A channel names an HTLC in the transaction in which it takes it: without a name it was never
    sent, whatever HTLC of the same hash a channel holds. That one is a payment of ours, or another
    record's: taken for this one, its refusal would be passed to the wrong payer, and its preimage
    would settle two incoming HTLCs with one that was paid."""
    step = relay.resume(begun(), {(CHANNEL, 7)}, held)
    assert step.forward.outgoing is None
    assert failure_of(step.effects) == (0, TemporaryChannelFailure(b""))


REACHED: set[str] = set()


class Relaying(RuleBasedStateMachine):
    """One payment between two channels that keep what BOLT 2 makes them keep."""

    @initialize()
    def arrive(self) -> None:
        step = relay.begin(INCOMING, LEG, SECRET, PACKET)
        self.forward = stored(step.forward)
        self.effects: list[ForwardEffect] = list(step.effects)
        self.outgoing = "none"  # proposed, committed, fulfilled, failed; told: the same in capitals
        self.incoming = "held"

    def take(self, event: ForwardEvent) -> None:
        step = relay.step(self.forward, event)
        self.forward = stored(step.forward)
        self.effects += step.effects

    def held(self) -> tuple[set[HtlcName], set[HtlcName]]:
        there = self.outgoing in ("committed", "fulfilled", "failed")
        incoming: set[HtlcName] = {(CHANNEL, 7)} if self.incoming == "held" else set()
        return incoming, {OUT} if there else set()

    @rule(luck=st.sampled_from([True, True, True, True, False]))
    def live_on_or_crash(self, luck: bool) -> None:
        if not luck:
            self.crash()

    def crash(self) -> None:
        if self.outgoing == "proposed":
            self.outgoing = "none"
        self.effects.clear()
        step = relay.resume(self.forward, *self.held())
        self.forward = stored(step.forward)
        self.effects += step.effects
        REACHED.add(f"crash while {self.outgoing}")

    @precondition(lambda self: self.effects)
    @rule(then=st.sampled_from(["take", "take", "refuse", "crash"]))
    def perform(self, then: str) -> None:
        match self.effects.pop(0):
            case OfferForward():
                self.offer(then)
            case SettleHtlc(preimage=preimage):
                assert preimage == PREIMAGE
                if self.incoming == "held":
                    self.incoming = "settled"
            case RefuseHtlc():
                assert self.outgoing in ("none", "FAILED"), "somebody could still take it"
                if self.incoming == "held":
                    self.incoming = "refused"

    def offer(self, then: str) -> None:
        if then == "refuse":
            self.take(ForwardRefused())
        elif then == "crash":
            self.crash()
        else:
            self.outgoing = "proposed"
            self.take(ForwardOffered(3))

    @precondition(lambda self: self.outgoing == "proposed")
    @rule(committed=st.booleans())
    def commit_or_disconnect(self, committed: bool) -> None:
        self.outgoing = "committed" if committed else "none"
        if not committed:
            self.take(HtlcNeverSent(*OUT))

    @precondition(lambda self: self.outgoing == "committed")
    @rule(paid=st.booleans())
    def decide(self, paid: bool) -> None:
        self.outgoing = "fulfilled" if paid else "failed"

    @precondition(lambda self: self.outgoing in ("fulfilled", "failed"))
    @rule(on_chain=st.booleans(), twice=st.booleans())
    def tell(self, on_chain: bool, twice: bool) -> None:
        for _ in range(1 + twice):
            if self.outgoing == "fulfilled":
                self.take(HtlcFulfilled(*OUT, PREIMAGE))
            elif on_chain:
                self.take(HtlcTimedOut(*OUT))
            else:
                self.take(HtlcFailed(*OUT, build_error(BEHIND, TemporaryNodeFailure())))
        self.outgoing = self.outgoing.upper()

    @invariant()
    def we_never_pay(self) -> None:
        if self.incoming == "refused":
            assert self.outgoing in ("none", "FAILED")

    def teardown(self) -> None:
        """Everything comes to rest, and both sides say the same."""
        for _ in range(6):
            if self.effects:
                self.perform(then="take")
            elif self.outgoing == "proposed":
                self.commit_or_disconnect(committed=True)
            elif self.outgoing == "committed":
                self.decide(paid=True)
            elif self.outgoing in ("fulfilled", "failed"):
                self.tell(on_chain=False, twice=False)
        assert not self.effects
        assert self.incoming == ("settled" if self.outgoing == "FULFILLED" else "refused")
        REACHED.add(self.incoming)


def test_we_are_never_the_one_who_pays() -> None:
    crashes = {f"crash while {state}" for state in ("none", "committed", "FULFILLED", "FAILED")}
    wanted = crashes | {"settled", "refused"}
    until_reached(machine(Relaying, examples=100, steps=20), REACHED, wanted)
