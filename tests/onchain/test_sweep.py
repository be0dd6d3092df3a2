"""Sweeps as transactions: grouping, replacement by the mempool's rules, and what is too small."""

from __future__ import annotations

from dataclasses import replace

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.onchain.report import Fate
from lnwallet_tui.onchain.sweep_groups import Offer
from lnwallet_tui.onchain.sweep_tx import build_sweep, is_ever_worth_it, sweep_weight
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import BOBS_DELAY, OUR_HOME, QUIET, Duel, Payment
from tests.onchain.guard import Guard
from tests.playground.bench import Bench


def breach(bench: Bench, guard: Guard, number: int = 0) -> None:
    bench.put(guard.duel.bobs_commitment(number))
    assert isinstance(guard.look().close, Revoked)


def test_the_same_arguments_give_the_same_transactions(bench: Bench) -> None:
    duel = Duel(bench, [QUIET] * 3)
    guard = Guard(duel)
    breach(bench, guard)
    first, again = guard.act(), guard.act()
    assert [s.sign(duel.alice) for s in first.sweeps] == [s.sign(duel.alice) for s in again.sweeps]
    assert guard.refused == []


def test_the_weight_is_never_more_than_foreseen(bench: Bench) -> None:
    full = QUIET
    for htlc_id in range(4):
        amount = Msat(9_000_000 + htlc_id)
        full = full.offering(Payment(htlc_id, bool(htlc_id % 2), amount, expiry=300))
    for anchors in (False, True):
        duel = Duel(bench, [full] * 3, anchors=anchors)
        guard = Guard(duel)
        breach(bench, guard)
        for sweep in guard.plan().sweeps:
            weight = sweep.sign(duel.alice).weight
            foreseen = sweep_weight(sweep.claims, OUR_HOME)
            assert foreseen - 11 - 4 * len(sweep.claims) <= weight <= foreseen


def test_a_penalty_rises_until_the_last_block(bench: Bench) -> None:
    """Nothing confirms; every block's fee is more, and each replacement is relayed."""
    duel = Duel(bench, [QUIET] * 3)
    guard = Guard(duel)
    breach(bench, guard)
    (to_local,) = (claim for claim in guard.look().claims if claim.deadline)
    fees: list[Sat] = []
    while bench.chain.height + 1 < (to_local.deadline or 0):
        guard.act()
        waiting = [e.fee for e in bench.mempool.entries() if spends(e.tx, to_local.outpoint)]
        fees.append(Sat(max(waiting)))
        mine_empty(bench)
    assert len(fees) == BOBS_DELAY - 1
    assert sorted(fees) == fees
    assert fees[0] < Sat(500)
    assert fees[-1] == to_local.value - Sat(294), "all but the least output"
    assert fees[-2] < to_local.value // 2 + Sat(1)
    (other,) = (c for c in guard.look().claims if c != to_local)
    assert any(spends(e.tx, other.outpoint) for e in bench.mempool.entries())


def mine_empty(bench: Bench) -> None:
    bench.now += 600
    bench.chain.extend()


def spends(tx: Tx, outpoint: OutPoint) -> bool:
    return any(txin.outpoint == outpoint for txin in tx.inputs)


def test_near_its_deadline_a_penalty_goes_alone(bench: Bench) -> None:
    duel = Duel(bench, [QUIET] * 3)
    guard = Guard(duel)
    breach(bench, guard)
    deadline = next(c.deadline for c in guard.look().claims if c.deadline)
    until = deadline - POLICY.security_delay - (bench.chain.height + 1)
    assert [len(s.claims) for s in guard.plan(after=until - 1).sweeps] == [2]
    assert [len(s.claims) for s in guard.plan(after=until).sweeps] == [1, 1]


def test_vuln_044_fees_follow_the_estimate(bench: Bench) -> None:
    """LND did not raise a fee while the deadline was far; what waits here is replaced."""
    feerate = [300]
    duel = Duel(bench, [QUIET] * 3)
    guard = Guard(duel, estimate=lambda _: feerate[0])
    breach(bench, guard)
    for feerate[0] in (300, 320, 9_000, 50, 25_000):
        guard.act()
        mine_empty(bench)
    assert guard.refused == []
    (entry,) = bench.mempool.entries()
    (sweep,) = guard.plan().sweeps
    assert sweep.feerate_per_kw == 25_000
    assert entry.tx == sweep.sign(duel.alice)


def test_what_only_we_can_take_is_raised_day_by_day(bench: Bench) -> None:
    """No block takes it, whatever the estimate says; each replacement is relayed."""
    duel = Duel(bench, [QUIET])
    guard = Guard(duel)
    bench.put(duel.bobs_commitment(0))
    fees: list[Sat] = []
    for _ in range(3 * POLICY.no_hurry):
        [sweep] = guard.act().sweeps
        fees.append(sweep.fee)
        mine_empty(bench)
    days = [set(fees[at : at + POLICY.no_hurry]) for at in range(0, len(fees), POLICY.no_hurry)]
    [[first], [second], [third]] = map(sorted, days)
    assert first * 3 // 2 <= second < second * 3 // 2 <= third
    assert guard.refused == []
    bench.mine()
    assert guard.home() == only_claim(guard) - third


def only_claim(guard: Guard) -> Sat:
    [value] = [one.value for one in guard.look().outputs if one.fate is Fate.TAKEN]
    return value


def test_too_small_ever_to_be_taken(bench: Bench) -> None:
    small = QUIET.offering(Payment(0, from_us=True, amount=Msat(400_000), expiry=300))
    duel = Duel(bench, [small] * 3)
    guard = Guard(duel)
    breach(bench, guard)
    worth = {
        claim.value: is_ever_worth_it(claim, OUR_HOME, POLICY) for claim in guard.look().claims
    }
    assert worth.pop(Sat(400)) is False
    assert set(worth.values()) == {True}


def test_a_breach_is_hurried_and_a_close_is_not(bench: Bench) -> None:
    asked: list[int] = []

    def estimate(blocks: int) -> int:
        asked.append(blocks)
        return 300

    duel = Duel(bench, [QUIET] * 3)
    guard = Guard(duel, estimate=estimate)
    breach(bench, guard)
    guard.plan()
    bench.chain.drop(1)
    bench.put(duel.bobs_commitment(2))
    guard.plan()
    assert asked == [POLICY.hurry, POLICY.no_hurry]


def test_what_is_grouped_anew_pays_the_most_that_was_offered(bench: Bench) -> None:
    """As when one of those that it waited with was taken by somebody else."""
    duel = Duel(bench, [QUIET] * 3)
    guard = Guard(duel)
    breach(bench, guard)
    one, other = guard.look().claims
    low, high = (Offer(rate, Sat(400), bytes(32), inputs=3) for rate in (700, 900))
    for guard.offers in (
        {one.outpoint: low, other.outpoint: high},
        {one.outpoint: high, other.outpoint: low},
    ):
        assert [sweep.feerate_per_kw for sweep in guard.plan().sweeps] == [900]


def test_an_output_that_costs_more_than_it_brings_stays_out(bench: Bench) -> None:
    duel = Duel(bench, [QUIET] * 3)
    guard = Guard(duel)
    breach(bench, guard)
    large, other = guard.look().claims
    small = replace(other, value=Sat(600))
    assert small.input_weight > 300
    sweep, left = build_sweep((large, small), OUR_HOME, 2_000)
    assert sweep is not None
    assert (sweep.claims, left) == ((large,), (small,))
    assert sweep.fee == fee_at_least(2_000, sweep_weight((large,), OUR_HOME))


def test_what_a_rival_spoiled_is_taken_for_less_than_was_offered(bench: Bench) -> None:
    """Two small ones wait together at a dear feerate. The cheat takes one: what waits will never
    confirm, and its fee is more than the other is worth. That must not be written off for it."""
    small = QUIET
    for htlc_id, sat in enumerate((4_000, 9_000)):
        amount = Msat(sat * 1_000)
        small = small.offering(Payment(htlc_id, from_us=True, amount=amount, expiry=300))
    guard = Guard(Duel(bench, [small] * 3), estimate=lambda _: 1_000)
    breach(bench, guard)
    poor = next(claim.outpoint for claim in guard.look().claims if claim.value == Sat(4_000))
    guard.offers = {poor: Offer(6_500, Sat(6_500), bytes(32), inputs=2)}
    feerates = {sweep.claims[0].outpoint: sweep.feerate_per_kw for sweep in guard.plan().sweeps}
    assert 1_000 < feerates[poor] < 6_500  # half of it
