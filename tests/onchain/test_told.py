"""What a journal says was offered: as if it were known, where it is true, and no harm where not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.coins.replacement import fee_to_replace
from lnwallet_tui.onchain.sweep import Offers, SweepPlan, plan
from lnwallet_tui.onchain.sweep_groups import Offer
from lnwallet_tui.onchain.sweep_tx import sweep_weight, total
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import OUR_HOME, QUIET, Duel, Payment
from tests.onchain.guard import Guard
from tests.onchain.test_sweep import breach, mine_empty
from tests.playground.bench import Bench

DEAR = POLICY.bump_feerate


def planned(guard: Guard, *, before: Offers, told: Offers) -> SweepPlan:
    """By somebody who knows `before`, and was told the rest."""
    return plan(
        guard.look().claims,
        script=OUR_HOME,
        next_height=guard.bench.chain.height + 1,
        estimate=guard.estimate,
        before=before,
        told=told,
    )


@pytest.fixture
def guard(bench: Bench) -> Guard:
    """Of a revoked state with a payment in it."""
    state = QUIET.offering(Payment(0, True, Msat(50_000_000), bench.chain.height + 90))
    guard = Guard(Duel(bench, [state] * 3))
    breach(bench, guard)
    return guard


def test_whatever_the_schedule_gave_is_gone_on_with(guard: Guard) -> None:
    """To its end, in which all but the least output is offered."""
    deadline = max(claim.deadline or 0 for claim in guard.look().claims)
    dearest = Sat(0)
    while guard.bench.chain.height + 1 < deadline:
        published = guard.act()
        assert planned(guard, before={}, told=guard.offers) == published
        dearest = max(dearest, *(sweep.fee for sweep in published.sweeps))
        mine_empty(guard.bench)
    assert dearest > Sat(300_000)


def forged(guard: Guard, feerate: int, share: int) -> dict[OutPoint, Offer]:
    """As if so many hundredths of each sweep were offered."""
    offers = {}
    for sweep in guard.plan().sweeps:
        fee = total(sweep.claims) * share // 100
        rate = feerate or fee.value * 1000 // sweep_weight(sweep.claims, OUR_HOME)
        for claim in sweep.claims:
            offers[claim.outpoint] = replace(sweep.offer, feerate_per_kw=rate, fee=fee)
    return offers


@pytest.mark.parametrize("feerate", [0, 300, 10**9])
@pytest.mark.parametrize("share", [49, 99, 100, 10**6])
def test_what_cannot_have_been_offered_is_not_paid(guard: Guard, feerate: int, share: int) -> None:
    assert planned(guard, before={}, told=forged(guard, feerate, share)) == guard.plan()
    known = guard.act()
    told = forged(guard, feerate, share)
    assert planned(guard, before=guard.offers, told=told) == known


def test_no_more_is_paid_for_what_is_told_than_when_the_chain_is_dear(guard: Guard) -> None:
    dear = {}
    for sweep in guard.plan().sweeps:
        fee = fee_at_least(DEAR, sweep_weight(sweep.claims, OUR_HOME))
        for claim in sweep.claims:
            dear[claim.outpoint] = Offer(DEAR, fee, sweep.tx.txid[::-1], len(sweep.claims))
    sweeps = planned(guard, before={}, told=dear).sweeps
    assert {sweep.feerate_per_kw for sweep in sweeps} == {DEAR}
    for outpoint, offer in dear.items():
        dear[outpoint] = replace(offer, feerate_per_kw=DEAR + 1, fee=offer.fee + Sat(2))
    assert planned(guard, before={}, told=dear) == guard.plan()


def test_what_is_told_without_its_fee_keeps_nothing_from_being_relayed(guard: Guard) -> None:
    free = {
        outpoint: replace(offer, feerate_per_kw=DEAR, fee=Sat(0))
        for outpoint, offer in guard.plan().offers().items()
    }
    assert planned(guard, before={}, told=free) == guard.plan()


@pytest.mark.parametrize("which", [0, 1])
def test_what_waits_is_not_replaced_by_less_whichever_of_it_something_is_told_of(
    guard: Guard, which: int
) -> None:
    """BIP125: "3. The replacement transaction pays an absolute fee of at least the sum paid by the
    original transactions." What was told was offered for one of two that wait together."""
    [known] = [sweep for sweep in guard.act().sweeps if len(sweep.claims) == 2]
    one, feerate = known.claims[which], known.feerate_per_kw + 50
    fee = fee_at_least(feerate, sweep_weight((one,), OUR_HOME))
    told = {one.outpoint: Offer(feerate, fee, bytes(32), inputs=1)}
    assert fee < known.fee
    sweeps = planned(guard, before=guard.offers, told=told).sweeps
    [now] = [sweep for sweep in sweeps if sweep.claims == known.claims]
    weight = sweep_weight(known.claims, OUR_HOME)
    assert now.fee == fee_to_replace((known.fee,), weight, POLICY)
