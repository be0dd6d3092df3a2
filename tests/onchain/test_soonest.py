"""What we know the preimage of is taken from the peer's commitment in the first block that may."""

from __future__ import annotations

import pytest

from lnwallet_tui.onchain.claim import NO_DELAY
from tests.onchain.duel import QUIET, Duel
from tests.onchain.guard import Guard
from tests.onchain.test_unilateral import preimages_of, with_payments
from tests.playground.bench import Bench


@pytest.mark.parametrize("anchors", [True, False], ids=["anchors", "static_remotekey"])
def test_by_preimage_in_the_block_after_the_close(bench: Bench, anchors: bool) -> None:
    """BOLT 3: with anchors an HTLC output asks for one confirmation (`1 OP_CHECKSEQUENCEVERIFY`),
    and so can be spent in the next block; without, in the same."""
    state = with_payments(bench.chain.height)
    duel = Duel(bench, [QUIET, state], anchors=anchors)
    guard = Guard(duel, preimages=preimages_of(state))
    bench.put(duel.bobs_commitment(1))
    confirmed = bench.chain.height
    [claim] = [one for one in guard.look().claims if one.is_htlc and one.deadline]
    assert claim.earliest == confirmed + (1 if anchors else 0)
    assert claim.sequence == (1 if anchors else NO_DELAY)
    guard.act()
    bench.mine()
    found = bench.chain.spender(claim.outpoint, confirmed)
    assert found is not None
    assert found[0] == confirmed + 1
    assert guard.refused == []
