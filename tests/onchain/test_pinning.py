"""An aggregate penalty is split before the delay runs down, and every replacement is relayed.

BOLT 5: "if confirmation doesn't happen before reaching `security_delay` blocks from expiry: SHOULD
*resolve* revoked outputs in their own, separate penalty transactions."
"""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.onchain.report import Fate, Part
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import BOBS_DELAY, QUIET, Duel, Payment, State
from tests.onchain.guard import Guard
from tests.playground.bench import Bench

BOTH_TYPES = pytest.mark.parametrize("anchors", [False, True], ids=["static_remotekey", "anchors"])


def with_payments(height: int) -> State:
    """Two payments each way; Bob can take all of them from block `height` on."""
    state = QUIET
    for htlc_id in range(2):
        for from_us in (True, False):
            amount = Msat(20_000_000 + 1_000_000 * htlc_id)
            state = state.offering(Payment(htlc_id, from_us, amount, height))
    return state


def together(guard: Guard) -> dict[OutPoint, int]:
    """How many outputs of ours are taken beside each, in what waits."""
    return {
        txin.outpoint: len(entry.tx.inputs)
        for entry in guard.bench.mempool.entries()
        for txin in entry.tx.inputs
    }


def empty_block(bench: Bench) -> None:
    bench.now += 600
    bench.chain.extend()


@BOTH_TYPES
@pytest.mark.parametrize("feerate", [300, 3_000, 30_000])
def test_the_split_outbids_the_aggregate(bench: Bench, anchors: bool, feerate: int) -> None:
    """He has taken every payment to the second stage; no block takes what we send, until one
    does in the last moment."""
    height = bench.chain.height
    duel = Duel(bench, [QUIET, with_payments(height), QUIET], anchors=anchors)
    guard = Guard(duel, estimate=lambda _: feerate)
    bench.put(duel.bobs_commitment(1))
    bench.put(*duel.bobs_second_stages(1, *duel.theirs(1).htlc_transactions))
    guard.act()
    raced = [claim.outpoint for claim in guard.look().claims if claim.deadline is not None]
    assert len(raced) == 5
    assert set(together(guard).values()) == {6}, "one transaction takes all of them"
    deadline = bench.chain.height - 1 + BOBS_DELAY  # of his balance, the first to be lost
    while bench.chain.height + 1 < deadline - 1:
        empty_block(bench)
        guard.act()
        assert guard.refused == []
        alone = bench.chain.height + 1 >= deadline + 1 - POLICY.security_delay
        beside = together(guard)
        assert set(raced) <= beside.keys()
        if alone:
            assert {beside[outpoint] for outpoint in raced} == {1}
    bench.mine()
    resolution = guard.look()
    assert resolution.total(Fate.LOST) == Sat(0)
    assert resolution.claims == ()
    taken = [o for o in resolution.outputs if o.part is Part.THEIR_SECOND_STAGE]
    assert [o.fate for o in taken] == [Fate.TAKEN] * 4
