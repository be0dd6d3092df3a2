"""Which HTLC transaction of ours comes first, what it offers, and what the coins allow."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.onchain.bump import Funded, NotEnoughCoins, fund_second_stage
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.onchain.stage_offer import (
    StageTerms,
    affordable,
    downwards,
    is_near,
    least_feerate,
    ready,
    wanted_feerate,
)
from lnwallet_tui.playground.policy_rejection import Reason
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import QUIET, Duel
from tests.onchain.guard import Guard, cheap
from tests.onchain.test_unilateral import preimages_of, with_payments
from tests.onchain.wallet import CHANGE, coins_of, sign_coins
from tests.playground.bench import Bench


def closed(bench: Bench) -> tuple[Guard, tuple[SecondStage, ...]]:
    """Our commitment with payments is in the chain."""
    state = with_payments(bench.chain.height)
    duel = Duel(bench, [QUIET, state])
    guard = Guard(duel, preimages=preimages_of(state))
    bench.put(our_commitment(guard.facts, duel.alice))
    return guard, guard.look().stages


def terms(next_height: int) -> StageTerms:
    return StageTerms(CHANGE, next_height, cheap)


def test_the_first_to_be_lost_comes_first_and_what_nobody_waits_for_last(bench: Bench) -> None:
    _, stages = closed(bench)
    assert {stage.preimage is None for stage in stages} == {True, False}
    late = terms(max(stage.earliest for stage in stages))
    ordered = ready(stages, late)
    assert sorted(stage.deadline is None for stage in ordered) == [
        stage.deadline is None for stage in ordered
    ]
    assert {stage.outpoint for stage in ordered} == {stage.outpoint for stage in stages}
    early = terms(bench.chain.height + 1)
    assert ready(stages, early) == [s for s in ordered if s.earliest <= early.next_height]


def test_of_those_that_can_be_lost_the_nearest_comes_first_then_the_dearest(bench: Bench) -> None:
    """Coins may not do for all: what is lost first is taken first, however little it is."""
    _, stages = closed(bench)
    late = terms(max(stage.earliest for stage in stages))
    [success, *_] = [stage for stage in stages if stage.preimage is not None]
    cheap_one = replace(success.transaction, value=Sat(1_000))
    near, far = replace(success, deadline=800), replace(success, deadline=900)
    cheap_near, cheap_far = (replace(one, transaction=cheap_one) for one in (near, far))
    ordered = [near, cheap_near, far, cheap_far]
    assert success.value > cheap_near.value
    assert ready(reversed(ordered), late) == ordered
    assert ready([far, cheap_near], late) == [cheap_near, far]


def test_a_poor_wallet_leaves_out_less_than_a_quarter_of_what_it_could_offer() -> None:
    offers = list(islice(downwards(10_000, 253), 16))  # a transaction is built for each
    assert (offers[0], offers[-1]) == (10_000, 253)
    assert all(high > low >= high * 3 // 4 for high, low in pairwise(offers[:-1]))
    assert offers[-2] * 3 // 4 <= 253
    assert list(downwards(253, 253)) == list(downwards(200, 253)) == [253]


def test_a_timeout_grows_only_where_somebody_in_front_waits(bench: Bench) -> None:
    _, stages = closed(bench)
    timeout = next(stage for stage in stages if stage.preimage is None)
    expiry = timeout.transaction.htlc.cltv_expiry
    mine = terms(expiry + 79)
    theirs = replace(mine, timeout_patience=80)
    assert wanted_feerate(timeout, mine, 300) == 300
    assert wanted_feerate(timeout, theirs, 300) > 1_000
    assert wanted_feerate(timeout, replace(mine, next_height=expiry + 40), 300) == 300
    assert wanted_feerate(timeout, replace(theirs, next_height=expiry + 20), 300) > 300
    assert wanted_feerate(timeout, replace(theirs, next_height=expiry + 20), 0) == 300


def test_an_offer_that_had_no_time_yet_stays(bench: Bench) -> None:
    _, stages = closed(bench)
    success = next(stage for stage in stages if stage.preimage is not None)
    assert success.deadline is not None
    late = terms(success.deadline - 1)
    assert is_near(success, late)
    assert not is_near(success, replace(late, next_height=success.deadline - 19))
    assert wanted_feerate(success, late, 300) > 300
    assert wanted_feerate(success, replace(late, fresh=frozenset({success.outpoint})), 300) == 300
    unoffered = replace(late, fresh=frozenset({success.outpoint}))
    assert wanted_feerate(success, unoffered, 0) == wanted_feerate(success, late, 0)


def test_a_poor_wallet_offers_what_it_has(bench: Bench) -> None:
    _, stages = closed(bench)
    coins = coins_of(bench, 2_000)
    found = affordable(stages[0], coins, terms(0), 10_000, POLICY.min_feerate)
    assert found is not None
    funded, feerate = found
    assert POLICY.min_feerate < feerate < 10_000
    assert funded.coins == tuple(coins)
    more = fund_second_stage(stages[0], coins, CHANGE, feerate * 4 // 3 + 1)
    assert isinstance(more, NotEnoughCoins)
    assert affordable(stages[0], coins, terms(0), 10_000, 10_000) is None
    assert affordable(stages[0], [], terms(0), 10_000, POLICY.min_feerate) is None


def test_the_least_step_replaces(bench: Bench) -> None:
    guard, stages = closed(bench)
    success = next(stage for stage in stages if stage.preimage is not None)
    coins = coins_of(bench, 1_000, 50_000)

    def offer(feerate: int) -> tuple[Funded, bool]:
        found = affordable(success, coins, terms(0), feerate, feerate)
        assert found is not None
        signed = sign_coins(success.sign(found[0].tx, guard.duel.alice), found[0])
        return found[0], guard.publish(signed, found[0].fee)

    first, taken = offer(300)
    assert taken
    assert not offer(310)[1]
    assert guard.refused == [Reason.INSUFFICIENT_FEE]
    second, taken = offer(least_feerate(300, POLICY))
    assert taken
    assert least_feerate(300, POLICY) == 300 + POLICY.replacement_step
    assert least_feerate(0, POLICY) == POLICY.min_feerate
    assert second.coins[: len(first.coins)] == first.coins
    assert offer(4_000)[1]  # with one coin more
