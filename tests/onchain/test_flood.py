"""Flood and loot: fifty channels go to chain in one block, with payments in them that we must take
in time, while blocks are full at 300 sat/vB."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onchain.child_offer import ChildTerms
from lnwallet_tui.onchain.ration import in_all
from lnwallet_tui.onchain.report import Fate, Part
from lnwallet_tui.onchain.reserve import bump_reserve
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import QUIET, Duel, Payment
from tests.onchain.purse import SCRIPT, Closing, Purse, crowded_block
from tests.playground.bench import Bench
from tests.sampling import sampled

CHANNELS, EACH, AMOUNT = 50, 2, 190_000  # as many of the largest payments as it holds
DEAR = 300_000  # sat/kvB
ROOM = 40_000  # a hundredth of a block: so much of what others pay for is outbid


def flood(bench: Bench) -> list[Closing]:
    """The channels, at the block at which their deadline has come."""
    expiry = bench.chain.height + CHANNELS + 2 + POLICY.fulfilment_deadline
    state = replace(QUIET, feerate=POLICY.min_feerate)
    for number in range(EACH):
        state = state.offering(Payment(number, False, Msat(AMOUNT * 1000), expiry))
    preimages = {payment.id: payment.preimage for payment in state.payments}
    closings = [Closing(Duel(bench, [state]), preimages) for _ in range(CHANNELS)]
    bench.mine(expiry - POLICY.fulfilment_deadline - bench.chain.height)
    return closings


def go_on(purse: Purse, until: int) -> None:
    """Blocks in which ours find a place only for that feerate, and no more than that of ours."""
    while purse.bench.chain.height < until:
        purse.act()
        crowded_block(purse.bench, DEAR, ROOM)


def taken(purse: Purse) -> list[int]:
    """The heights at which payments were taken to the second stage."""
    purse.read()
    return [
        output.spent.height
        for closing in purse.closings
        if (resolution := purse.resolution(closing)) is not None
        for output in resolution.outputs
        if output.part is Part.HTLC_RECEIVED and output.fate is Fate.MOVED and output.spent
    ]


def test_vuln_049_fifty_channels_at_once_are_met_where_the_coins_do(bench: Bench) -> None:
    """Victims of a mass close bid what was dear on a calm day, and their HTLCs expired."""
    closings = flood(bench)
    purse = Purse(bench, closings, lambda _: DEAR // 4, [230_000] * 110)
    begun = bench.chain.height
    go_on(purse, begun + 12)
    heights = taken(purse)
    assert len(heights) == CHANNELS * EACH
    assert max(heights) < begun + POLICY.fulfilment_deadline - 20, "with twenty blocks to spare"
    assert purse.refused == []
    assert purse.fees_mined() < CHANNELS * 330_000


@pytest.mark.parametrize("share", sampled("floods with a part of the coins", [1, 3], 1))
def test_vuln_049_where_the_coins_do_not_do_some_channels_are_saved_whole(
    bench: Bench, share: int
) -> None:
    """What is kept for closes is reckoned at 50 sat/vB; here it is dearer by six times. Who pays
    for all commitments first has nothing left for what is in them. Of each channel that nothing was
    left for the wallet says so, and what is left in the end would not have saved one more."""
    closings = flood(bench)
    reserve = bump_reserve(POLICY).value * CHANNELS * share
    purse = Purse(bench, closings, lambda _: DEAR // 4, [reserve // 20] * 20)
    have, dearest = purse.can_pay(DEAR // 4), cost_of_one(purse)
    go_on(purse, bench.chain.height + POLICY.fulfilment_deadline - 1)
    saved = len(taken(purse))
    assert saved >= have // dearest * EACH * 3 // 4
    assert purse.can_pay(DEAR // 4) < 2 * dearest
    purse.act()
    closed = [one for one in closings if purse.resolution(one) is not None]
    assert 0 <= EACH * len(closed) - saved <= 1, "with both its payments, the last one perhaps not"
    # What was left is offered for one or two others; it is too little, and the fees may fall.
    waits = {outpoint.txid for outpoint in purse.waiting}
    shown = {outpoint.txid for outpoint in purse.without_coins}
    unsaved = {one.parent.txid for one in closings if one not in closed}
    assert unsaved <= shown | waits <= unsaved | {one.parent.txid for one in closed}
    assert len(waits) <= 2


def cost_of_one(purse: Purse) -> int:
    """Of a channel: its commitment, and all payments in it."""
    one = purse.closings[0]
    terms = ChildTerms(SCRIPT, 0, purse.estimate, one.preimages, POLICY)
    return in_all(one.facts, one.parent, terms, DEAR // 4).coins.value
