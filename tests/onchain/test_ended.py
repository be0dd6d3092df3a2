"""An HTLC has come back, or was taken, only once no reorganisation undoes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.channel.htlcs import Htlc, Side
from lnwallet_tui.onchain.classify import Unknown
from lnwallet_tui.onchain.ended import came_back, is_buried, is_close_buried, is_open, was_taken
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import QUIET, Duel, Payment
from tests.onchain.guard import Guard
from tests.playground.bench import Bench


def htlc_of(payment: Payment) -> Htlc:
    return Htlc(
        offered_by=Side.US if payment.from_us else Side.THEM,
        id=payment.id,
        amount=payment.amount,
        payment_hash=sha256(payment.preimage),
        cltv_expiry=payment.expiry,
        onion=b"",
    )


def closed(bench: Bench, payment: Payment) -> Guard:
    """Our commitment, without anchors, with one payment in it."""
    duel = Duel(bench, [QUIET, QUIET.offering(payment)], anchors=False)
    guard = Guard(duel, preimages={payment.id: payment.preimage})
    bench.put(our_commitment(guard.facts, duel.alice))
    return guard


def take(guard: Guard) -> int:
    """Publish our HTLC transaction and mine until it is in a block; its height."""
    [stage] = guard.look().stages
    guard.bench.mine(max(0, stage.earliest - 1 - guard.bench.chain.height))
    guard.bench.mempool.submit(stage.sign(stage.transaction.tx, guard.duel.alice))
    guard.bench.mine()
    return guard.bench.chain.height


@pytest.mark.parametrize("from_us", [True, False])
def test_it_ends_buried(bench: Bench, from_us: bool) -> None:
    payment = Payment(0, from_us, Msat(30_000_000), bench.chain.height + 12)
    guard, htlc = closed(bench, payment), htlc_of(payment)
    ended = came_back if from_us else was_taken
    assert not ended(guard.look(), htlc, bench.chain.height + POLICY.buried + 20, POLICY)
    assert is_open(guard.look(), htlc, bench.chain.height)
    taken = take(guard)
    assert not is_open(guard.look(), htlc, taken)
    assert not ended(guard.look(), htlc, taken + POLICY.buried - 2, POLICY)
    assert ended(guard.look(), htlc, taken + POLICY.buried - 1, POLICY)


def test_without_an_output_the_close_decides(bench: Bench) -> None:
    payment = Payment(0, True, Msat(300_000), bench.chain.height + 60)
    guard, htlc = closed(bench, payment), htlc_of(payment)
    confirmed = bench.chain.height
    assert not is_open(guard.look(), htlc, confirmed)
    assert not came_back(guard.look(), htlc, confirmed + POLICY.buried - 2, POLICY)
    assert came_back(guard.look(), htlc, confirmed + POLICY.buried - 1, POLICY)


def test_in_something_unknown_it_may_hide_until_it_expires(bench: Bench) -> None:
    payment = Payment(0, True, Msat(300_000), bench.chain.height + 400)
    guard, htlc = closed(bench, payment), htlc_of(payment)
    unknown = replace(guard.look(), close=Unknown(), final_at=bench.chain.height + 99)
    assert is_open(unknown, htlc, bench.chain.height + 98)
    assert not is_open(unknown, htlc, bench.chain.height + 99)
    assert not came_back(unknown, htlc, bench.chain.height + 98, POLICY)
    assert not came_back(unknown, htlc, payment.expiry, POLICY)
    assert came_back(unknown, htlc, payment.expiry + POLICY.buried - 1, POLICY)


# -- by what is at stake
@pytest.mark.parametrize(
    ("at_stake", "depth"),
    [(1, 6), (100_000_000, 6), (781_250_000, 6), (781_250_001, 7), (10_000_000_000, 65)],
)
def test_the_more_is_at_stake_the_deeper_it_has_to_be(at_stake: int, depth: int) -> None:
    """To undo n blocks costs whoever does it the rewards of n blocks at least."""
    assert POLICY.burial(Sat(at_stake)) == depth
    assert depth > POLICY.buried - 1
    assert (depth - 1) * POLICY.least_reward.value >= at_stake
    assert not is_buried(500, 500 + depth - 2, Sat(at_stake), POLICY)
    assert is_buried(500, 500 + depth - 1, Sat(at_stake), POLICY)


def test_a_close_is_final_by_what_was_in_the_channel(bench: Bench) -> None:
    """BOLT 5 has at least 100 blocks; a channel for which these are too cheap waits longer."""
    payment = Payment(0, True, Msat(300_000), bench.chain.height + 60)
    guard = closed(bench, payment)
    closing = guard.look().closing
    huge = replace(closing.tx, outputs=(TxOut(Sat(40_000_000_000), b"\x00\x14" + bytes(20)),))
    resolution = replace(guard.look(), closing=replace(closing, tx=huge))
    deep = closing.height + POLICY.burial(Sat(40_000_000_000)) - 1
    assert deep > closing.height + 100
    assert not is_close_buried(resolution, deep - 1, POLICY)
    assert is_close_buried(resolution, deep, POLICY)
