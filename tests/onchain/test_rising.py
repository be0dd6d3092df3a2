"""A deadline is far away and what was offered does not confirm: the estimate is wrong, or fees rise
faster than it. It is looked at anew with each block, and what was published is mined in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onchain.report import Fate, Part
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import QUIET, Duel, Payment
from tests.onchain.purse import Closing, Purse, crowded_block
from tests.playground.bench import Bench

FAR, AMOUNT = 500, 100_000


def steady(_block: int) -> int:
    return 20_000


def rising(block: int) -> int:
    """From 3 to 60 sat/vB over all blocks."""
    return 3_000 + 57_000 * block // FAR


@pytest.mark.parametrize("market", [steady, rising])
@pytest.mark.parametrize("percent", [100, 70])
def test_vuln_044_a_far_deadline_is_met_whatever_fees_do(
    bench: Bench, market: Callable[[int], int], percent: int
) -> None:
    """LND never raised what it had offered while the deadline was far, and then it was too late.
    Here the estimate says so much of what a block takes; at 70 it alone would never do."""
    payment = Payment(0, False, Msat(AMOUNT * 1000), bench.chain.height + FAR)
    state = replace(QUIET, feerate=POLICY.min_feerate).offering(payment)
    duel = Duel(bench, [state])
    closing, begun = Closing(duel, {payment.id: payment.preimage}), bench.chain.height

    def now() -> int:
        return market(bench.chain.height - begun)

    purse = Purse(bench, [closing], lambda _: now() * percent // 400, [300_000] * 2)
    while bench.chain.height < payment.expiry:
        purse.act()
        crowded_block(bench, now())
    assert purse.refused == []
    purse.read()
    resolution = purse.resolution(closing)
    assert resolution is not None
    [taken] = [output for output in resolution.outputs if output.part is Part.HTLC_RECEIVED]
    assert taken.fate is Fate.MOVED
    assert purse.fees_mined() < AMOUNT
