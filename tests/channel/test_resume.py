"""After a crash: whatever left or did not leave before it, the state alone says what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel.effects import (
    Broadcast,
    Effect,
    HtlcFulfilled,
    HtlcNeverSent,
    HtlcReceived,
    Send,
    Watch,
)
from lnwallet_tui.channel.events import (
    AddHtlc,
    CloseCooperatively,
    CloseResolved,
    ForceClose,
    FulfillHtlc,
    FundingSpent,
    SignCommitment,
)
from lnwallet_tui.channel.resume import asleep, resume, wake
from lnwallet_tui.channel.state import FeeOffers, Forgotten, Link
from tests.channel.two import Party, Two, msat, one, request

PREIMAGE = sha256(b"the preimage")


def resumed(party: Party) -> tuple[Effect, ...]:
    return resume(party.state, party.env(party.signer))


def restart(party: Party) -> tuple[Effect, ...]:
    """A crash and a start: what was to be sent is gone."""
    party.outbox.clear()
    signer = party.signer
    woken = wake(party.state, party.env(signer))
    party.state, party.memory = woken.state, signer.memory
    party.effects += woken.effects
    return woken.effects


def offer(two: Two) -> None:
    two.a.do(AddHtlc(1, Msat(40_000_000), sha256(PREIMAGE), 500, bytes(1366)))


def opened(two: Two) -> None:
    two.open()


def ready(two: Two) -> None:
    two.ready(push=msat(300_000))


def offered(two: Two) -> None:
    ready(two)
    offer(two)


def committed(two: Two) -> None:
    offered(two)
    two.a.do(SignCommitment())
    two.exchange()


def fulfilled(two: Two) -> None:
    committed(two)
    two.b.do(FulfillHtlc(0, PREIMAGE))
    two.exchange()


def closing(two: Two) -> None:
    ready(two)
    two.a.do(CloseCooperatively(2, two.a.script, 1_000, Sat(1_000)))
    two.exchange()


def forced(two: Two) -> None:
    committed(two)
    two.a.do(ForceClose(1, "the user said so"))


def forced_early(two: Two) -> None:
    opened(two)
    two.a.do(ForceClose(1, "the user said so"))


LIVES: list[Callable[[Two], None]] = [
    opened,
    ready,
    offered,
    committed,
    fulfilled,
    closing,
    forced,
    forced_early,
]


@pytest.mark.parametrize("life", LIVES)
def test_nothing_that_any_step_wanted_is_lost(life: Callable[[Two], None]) -> None:
    """A crash right after the commit of any step: its effects come again.

    Messages are the reconnection's. A failed HTLC is missed by the payment room itself, which finds
    its offer in no ledger.
    """
    two = Two.fresh()
    life(two)
    counted = 0
    for party in two.both:
        for taken, memory in party.steps:
            party.memory = memory
            again = resume(taken.state, party.env(party.signer))
            for effect in taken.effects:
                if isinstance(effect, Watch | Broadcast | HtlcReceived | HtlcFulfilled):
                    assert effect in again
                    counted += 1
            assert not [effect for effect in again if isinstance(effect, Send)]
    assert counted >= 3


@pytest.mark.parametrize("life", LIVES)
def test_it_can_be_done_twice(life: Callable[[Two], None]) -> None:
    two = Two.fresh()
    life(two)
    for party in two.both:
        assert resumed(party) == resumed(party)
        restart(party)
        state, first = party.state, resumed(party)
        restart(party)
        assert (party.state, resumed(party)) == (state, first)


@pytest.mark.parametrize("life", LIVES)
def test_asleep_there_is_no_link(life: Callable[[Two], None]) -> None:
    two = Two.fresh()
    life(two)
    for party in two.both:
        state = asleep(party.channel)
        assert asleep(state) == state
        restart(party)
        assert party.channel == state
        assert party.channel.link is Link.OFFLINE
        assert party.channel.closing.offers == FeeOffers()


def test_the_watch_is_always_there_until_the_end() -> None:
    two = Two.fresh()
    forced(two)
    watch = one(two.a.effects, Watch)
    assert resumed(two.a)[0] == watch
    tx = two.a.all(Broadcast)[-1].txs[-1]
    two.a.do(FundingSpent(tx, 110))
    assert [effect for effect in resumed(two.a) if isinstance(effect, Watch | Broadcast)] == [watch]
    two.a.do(CloseResolved())
    assert resumed(two.a) == ()


def test_a_funding_is_published_until_it_confirms() -> None:
    two = Two.fresh()
    two.open()
    assert one(resumed(two.a), Broadcast).txs == (two.funding_tx,)
    assert [effect for effect in resumed(two.b) if isinstance(effect, Broadcast)] == []
    two.bury()
    assert [effect for effect in resumed(two.a) if isinstance(effect, Broadcast)] == []


def test_a_close_is_published_until_it_confirms() -> None:
    two = Two.fresh()
    closing(two)
    for party in two.both:
        tx = party.channel.closing.tx
        assert tx is not None
        assert one(resumed(party), Broadcast).txs == (tx,)


def test_our_commitment_is_published_until_it_confirms() -> None:
    two = Two.fresh()
    forced(two)
    wanted = two.a.all(Broadcast)[-1]
    assert one(resumed(two.a), Broadcast) == wanted
    assert one(restart(two.a), Broadcast) == wanted


def test_the_payment_room_hears_it_again() -> None:
    two = Two.fresh()
    committed(two)
    assert one(resumed(two.b), HtlcReceived).payment_hash == sha256(PREIMAGE)
    two.b.do(FulfillHtlc(0, PREIMAGE))
    assert [effect for effect in resumed(two.b) if isinstance(effect, HtlcReceived)] == []
    two.exchange()
    assert one(resumed(two.a), HtlcFulfilled).preimage == PREIMAGE


def test_an_offer_that_no_commitment_covers_is_told_to_be_gone() -> None:
    two = Two.fresh()
    offered(two)
    effects = restart(two.a)
    assert one(effects, HtlcNeverSent) == HtlcNeverSent(0, sha256(PREIMAGE))
    assert two.a.channel.ledger.htlcs == ()
    assert [effect for effect in resumed(two.a) if isinstance(effect, HtlcNeverSent)] == []


def test_a_payment_survives_a_crash_of_either_side_at_every_message() -> None:
    """After each delivered message one side crashes, both reconnect, and the payment ends."""
    for crashed in ("a", "b"):
        for cut in range(12):
            two = Two.fresh()
            ready(two)
            offer(two)
            two.a.do(SignCommitment())
            for _ in range(cut):
                two.deliver_one()
            party = two.a if crashed == "a" else two.b
            restart(party)
            other = two.b if crashed == "a" else two.a
            party.outbox.clear()
            two.disconnect()
            two.connect()
            if not two.a.channel.ledger.htlcs:
                assert two.a.all(HtlcNeverSent)
                offer(two)
                two.a.do(SignCommitment())
                two.exchange()
            received = two.b.all(HtlcReceived)[-1]
            two.b.do(FulfillHtlc(received.htlc_id, PREIMAGE))
            two.b.do(SignCommitment())
            two.exchange()
            assert two.a.all(HtlcFulfilled)[-1].preimage == PREIMAGE
            assert two.b.channel.ledger.ours == msat(340_000)
            assert two.disconnections() == []
            assert other.channel.publication is None


def test_an_opening_is_forgotten() -> None:
    two = Two.fresh()
    two.a.open(request(two.a))
    assert resumed(two.a) == ()
    assert asleep(two.a.state) == Forgotten()
    assert resume(Forgotten(), two.a.env(two.a.signer)) == ()
