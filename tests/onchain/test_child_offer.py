"""What a child of our commitment offers: the estimate, and more as an HTLC's deadline comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.coins.replacement import least_replacement
from lnwallet_tui.onchain.bump import anchor_child, highest_feerate, our_anchor
from lnwallet_tui.onchain.child_offer import ChildTerms, offered_alone, wanted_feerate
from lnwallet_tui.onchain.facts import ChannelFacts
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import QUIET, Duel, Payment
from tests.onchain.guard import cheap
from tests.onchain.wallet import CHANGE, coins_of
from tests.playground.bench import Bench

EXPIRY = 700
INCOMING = Payment(0, from_us=False, amount=Msat(40_000_000), expiry=EXPIRY)
OUTGOING = Payment(0, from_us=True, amount=Msat(40_000_000), expiry=EXPIRY)
KNOWN = {INCOMING.id: INCOMING.preimage}


def closing(bench: Bench, payment: Payment) -> tuple[ChannelFacts, Tx]:
    duel = Duel(bench, [replace(QUIET, feerate=POLICY.min_feerate).offering(payment)])
    return duel.facts(), our_commitment(duel.facts(), duel.alice)


def terms(next_height: int, estimate: Callable[[int], int] = cheap) -> ChildTerms:
    return ChildTerms(CHANGE, next_height, estimate, KNOWN, POLICY)


def test_vuln_044_it_rises_until_the_deadline_though_the_estimate_stands_still(
    bench: Bench,
) -> None:
    """LND left a child as it was while the deadline was far, and then it was too late."""
    facts, parent = closing(bench, INCOMING)
    offered, seen = 0, []
    for next_height in range(EXPIRY - 100, EXPIRY):
        before, offered = offered, wanted_feerate(facts, parent, terms(next_height), offered)
        if before:
            assert offered == before or offered >= least_replacement(before, POLICY)
        seen.append(offered)
    assert seen[0] == seen[50] == cheap(0)
    assert seen[-1] * parent.weight // 1000 > 10_000, "a quarter of what would be lost"
    assert seen[-1] <= highest_feerate(facts, parent, CHANGE)


@pytest.mark.parametrize("payment", [INCOMING, OUTGOING], ids=["unknown preimage", "ours"])
def test_what_nobody_takes_from_us_is_not_hurried(bench: Bench, payment: Payment) -> None:
    facts, parent = closing(bench, payment)
    calm = replace(terms(EXPIRY - 2), preimages={})
    assert wanted_feerate(facts, parent, calm, 300) == 300


def test_a_relay_hurries_what_somebody_in_front_waits_for(bench: Bench) -> None:
    facts, parent = closing(bench, OUTGOING)
    late = replace(terms(EXPIRY + 76), timeout_patience=80)
    assert wanted_feerate(facts, parent, late, 300) > 600
    assert wanted_feerate(facts, parent, replace(late, next_height=EXPIRY), 300) == 300


def test_a_mad_estimate_does_not_eat_the_channel(bench: Bench) -> None:
    facts, parent = closing(bench, INCOMING)
    mad = terms(EXPIRY - 100, lambda _: 10**9)
    highest = highest_feerate(facts, parent, CHANGE)
    assert wanted_feerate(facts, parent, mad, 0) == highest
    assert wanted_feerate(facts, parent, mad, highest - 1) == highest - 1, "no step is left"


def test_nothing_is_offered_below_what_is_relayed(bench: Bench) -> None:
    facts, parent = closing(bench, OUTGOING)
    asked: list[int] = []

    def estimate(blocks: int) -> int:
        asked.append(blocks)
        return POLICY.min_feerate - 1

    assert wanted_feerate(facts, parent, terms(200, estimate), 0) == POLICY.min_feerate
    assert asked == [POLICY.hurry]
    dear = terms(200, lambda _: POLICY.min_feerate + 7)
    assert wanted_feerate(facts, parent, dear, 0) == POLICY.min_feerate + 7


def test_a_commitment_that_no_block_takes_is_raised_day_by_day(bench: Bench) -> None:
    """It pays more than the estimate, and the market more than that; nothing in it presses."""
    duel = Duel(bench, [replace(QUIET, feerate=316)])
    facts, parent = duel.facts(), our_commitment(duel.facts(), duel.alice)
    assert wanted_feerate(facts, parent, terms(200), 0) == cheap(0)
    alone = offered_alone(facts, parent)
    assert anchor_child(facts, parent, coins_of(bench, 50_000), CHANGE, alone) is None
    assert wanted_feerate(facts, parent, terms(200), alone, POLICY.no_hurry - 1) == alone
    offered = alone
    for _ in range(14):
        before, offered = offered, wanted_feerate(facts, parent, terms(200), offered, 144)
        assert offered == before or offered >= least_replacement(before, POLICY)
    assert offered == POLICY.bump_feerate
    assert wanted_feerate(facts, parent, terms(200), offered, 10_000) == offered


def test_who_reads_many_blocks_at_once_has_not_waited(bench: Bench) -> None:
    facts, parent = closing(bench, OUTGOING)
    anchor = our_anchor(facts, parent)
    assert anchor is not None
    fresh = replace(terms(200), fresh=frozenset({anchor.outpoint}))
    assert wanted_feerate(facts, parent, fresh, 300, 1_000) == 300
    assert wanted_feerate(facts, parent, terms(200), 300, 1_000) == 553
