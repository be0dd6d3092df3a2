"""Whatever a journal says was offered: what is known to wait is left or really replaced, nothing is
offered for less than without it, nor for more than can have been offered; and what it truly says of
all that waits together is not fallen back behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.fees import fee_at_least
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.coins.replacement import fee_to_replace, least_replacement
from lnwallet_tui.onchain.claim import Claim, ClaimKey, DelayedKey, HtlcKey, PenaltyKey
from lnwallet_tui.onchain.price import fee_floor
from lnwallet_tui.onchain.sweep import Offers, SweepPlan, plan
from lnwallet_tui.onchain.sweep_groups import Offer
from lnwallet_tui.onchain.sweep_tx import Sweep, as_offered, sweep_weight, total
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import OUR_HOME

BEGUN = 1_000
PENALTY, HTLC_PENALTY = PenaltyKey(bytes(32), None), PenaltyKey(bytes(32), bytes(33))
PREIMAGE, TIMEOUT = HtlcKey(bytes(33), bytes(32)), HtlcKey(bytes(33), None)
WORTH = Sat(20_000)
"""More than an input costs at whatever is believed: it is in whatever is made of it."""


def claim(number: int, value: int, key: ClaimKey, blocks: int) -> Claim:
    """For which so many blocks are left in the beginning."""
    return Claim(
        OutPoint(bytes([number]) * 32, number),
        Sat(value),
        script_code=bytes(133),
        key=key,
        earliest=1,
        deadline=None if isinstance(key, DelayedKey) else BEGUN + blocks,
        locktime=BEGUN - 30 if key == TIMEOUT else 0,
    )


KEYS: st.SearchStrategy[ClaimKey] = st.sampled_from(
    (PENALTY, PENALTY, HTLC_PENALTY, PREIMAGE, TIMEOUT, DelayedKey(1))
)
VALUES = st.sampled_from((500, 900, 2_500, 7_000)) | st.integers(WORTH.value, 300_000)


@st.composite
def all_claims(draw: st.DrawFn) -> list[Claim]:
    return [
        claim(number, draw(VALUES), draw(KEYS), draw(st.integers(1, 60)))
        for number in range(draw(st.integers(1, 4)))
    ]


@dataclass(frozen=True)
class Told:
    """A line of a journal: for these claims, this feerate beside what is known, and a fee that says
    the same or something else."""

    of: frozenset[int]
    more: int
    extra: int
    inputs: int

    def offer(self, claims: list[Claim], known: Mapping[OutPoint, Offer], number: int) -> Offer:
        here = [one for at, one in enumerate(claims) if at in self.of]
        rates = [known[one.outpoint].feerate_per_kw for one in here if one.outpoint in known]
        rate = max(rates, default=300) + self.more
        fee = max(0, rate * sweep_weight(here, OUR_HOME) // 1000 + self.extra)
        txids = [offer.txid for offer in known.values()]
        txid = txids[number] if number < len(txids) else bytes([number]) * 32
        return Offer(rate, Sat(min(fee, 10**15)), txid, len(here) + self.inputs)


TOLD = st.builds(
    Told,
    of=st.frozensets(st.integers(0, 3), min_size=1),
    more=st.integers(-5, 400) | st.integers(0, 20_000) | st.sampled_from((2**62, -(2**62))),
    extra=st.sampled_from((0, 1, 150, 300)) | st.integers(-10, 50_000),
    inputs=st.sampled_from((0, 0, 0, 0, -1, 1, 2**31)),
)


def journal(lines: list[Told], claims: list[Claim], known: Offers) -> dict[OutPoint, Offer]:
    offers = dict[OutPoint, Offer]()
    for number, line in enumerate(lines):
        offer = line.offer(claims, known, number)
        offers |= {one.outpoint: offer for at, one in enumerate(claims) if at in line.of}
    return offers


def said(feerate: int, _blocks: int) -> int:
    return feerate


def planned(
    claims: Iterable[Claim],
    blocks: int,
    estimate: int,
    before: Offers,
    told: Offers | None = None,
    fresh: Iterable[OutPoint] = (),
) -> SweepPlan:
    """So many blocks after the beginning."""
    return plan(
        claims,
        script=OUR_HOME,
        next_height=BEGUN + blocks,
        estimate=partial(said, estimate),
        before=before,
        told=told or {},
        fresh=frozenset(fresh),
    )


def by_claim(sweeps: Iterable[Sweep]) -> dict[OutPoint, Sweep]:
    return {one.outpoint: sweep for sweep in sweeps for one in sweep.claims}


def rates_of(plan: SweepPlan) -> dict[Claim, int]:
    return {one: sweep.feerate_per_kw for sweep in plan.sweeps for one in sweep.claims}


def expect_relayed(waiting: Iterable[Sweep], now: SweepPlan) -> None:
    """BIP125: "3. The replacement transaction pays an absolute fee of at least the sum paid by the
    original transactions. 4. The replacement transaction must also pay for its own bandwidth"."""
    pool = list(waiting)
    for sweep in now.sweeps:
        taken = {one.outpoint for one in sweep.claims}
        rivals = [s for s in pool if any(one.outpoint in taken for one in s.claims)]
        if any(rival.tx.txid == sweep.tx.txid for rival in rivals):
            continue
        weight = sweep_weight(sweep.claims, OUR_HOME)
        assert sweep.fee >= fee_to_replace((rival.fee for rival in rivals), weight, POLICY)
        assert all(sweep.feerate_per_kw > rival.feerate_per_kw for rival in rivals)
        pool = [other for other in pool if other not in rivals]


ROUNDS = st.lists(st.tuples(st.integers(1, 20), st.integers(253, 6_000)), min_size=1, max_size=4)
"""So many blocks later, and what is estimated then."""


def lived(
    claims: list[Claim],
    rounds: list[tuple[int, int]],
    known: Offers | None = None,
    blocks: int = 0,
) -> tuple[SweepPlan, Offers, int]:
    """What is offered after these rounds, what is known of it, and how many blocks went by."""
    before, now = dict(known or {}), SweepPlan((), (), ())
    for more, estimate in rounds:
        blocks += more
        now = planned(claims, blocks, estimate, before)
        before |= now.offers()
    return now, before, blocks


def dearest(claims: list[Claim], blocks: int, rates: Iterable[int]) -> Sat:
    """All of it in one transaction when the chain is dear, or when its end is near."""
    rate = least_replacement(max(POLICY.bump_feerate, *rates), POLICY) + POLICY.replacement_step
    left = min((one.deadline - 1 for one in claims if one.deadline), default=None)
    left = None if left is None else left - BEGUN - blocks
    window = 90 if any(one.key == TIMEOUT for one in claims) else None
    return fee_at_least(rate, sweep_weight(claims, OUR_HOME)) + fee_floor(
        total(claims), left, window
    )


@given(
    claims=all_claims(),
    lines=st.lists(TOLD, min_size=1, max_size=3),
    rounds=ROUNDS,
    estimate=st.integers(253, 6_000),
    is_fresh=st.booleans(),
)
def test_a_forged_journal_lowers_nothing_and_is_not_paid_without_end(
    claims: list[Claim],
    lines: list[Told],
    rounds: list[tuple[int, int]],
    estimate: int,
    is_fresh: bool,
) -> None:
    known, before, blocks = lived(claims, rounds)
    told = journal(lines, claims, before)
    fresh = before.keys() if is_fresh else ()
    honest = planned(claims, blocks + 1, estimate, before, fresh=fresh)
    now = planned(claims, blocks + 1, estimate, before, told, fresh)
    expect_relayed(known.sweeps, now)
    offered = by_claim(now.sweeps)
    for one, feerate in rates_of(honest).items():
        if one.value >= WORTH:
            sweep = offered[one.outpoint]
            stands = one.outpoint in told and sweep.fee == told[one.outpoint].fee
            # What was told stands where what is dearer would not be relayed in its place.
            least = least_replacement(sweep.feerate_per_kw, POLICY) if stands else 0
            assert feerate <= max(sweep.feerate_per_kw, least)
    most = dearest(claims, blocks + 1, (estimate, *(s.feerate_per_kw for s in known.sweeps)))
    assert all(sweep.fee <= most for sweep in now.sweeps)


@given(claims=all_claims(), rounds=ROUNDS, night=ROUNDS, estimate=st.integers(253, 6_000))
def test_what_is_truly_told_is_not_fallen_back_behind(
    claims: list[Claim],
    rounds: list[tuple[int, int]],
    night: list[tuple[int, int]],
    estimate: int,
) -> None:
    known, before, blocks = lived(claims, rounds)
    guards, told, blocks = lived(claims, night, before, blocks)
    now = planned(claims, blocks + 1, estimate, before, told)
    rates = rates_of(now)
    for one, feerate in rates_of(guards).items():
        if one.value >= WORTH and feerate <= POLICY.bump_feerate:  # else it may not be believed
            assert rates[one] >= feerate
    if {sweep.claims for sweep in guards.sweeps} <= {sweep.claims for sweep in known.sweeps}:
        expect_relayed(guards.sweeps, now)


# -- one by one
def offer_of(claims: Iterable[Claim], feerate: int, **terms: int) -> dict[OutPoint, Offer]:
    """For all of these together."""
    claims = tuple(claims)
    fee = fee_at_least(feerate, sweep_weight(claims, OUR_HOME))
    inputs = terms.get("inputs", len(claims))
    return {one.outpoint: Offer(feerate, fee, bytes(32), inputs) for one in claims}


@pytest.mark.parametrize("feerate", [2**62, 2**200, 0, -5, -(2**62)])
def test_numbers_that_no_transaction_can_have_keep_nothing_from_being_taken(feerate: int) -> None:
    one = claim(0, 100_000, HTLC_PENALTY, 50)
    told = {one.outpoint: Offer(feerate, Sat(6), bytes(32), inputs=1)}
    known = planned([one], 0, 300, {})
    assert planned([one], 1, 300, known.offers(), told).sweeps == known.sweeps
    assert planned([one], 0, 300, {}, told) == known


def test_a_fee_for_more_than_there_is_keeps_nothing_from_being_taken() -> None:
    """Told of two together, of which each waits alone: more than the smaller is worth."""
    small, large = claims = claim(0, 5_000, HTLC_PENALTY, 50), claim(1, 900_000, HTLC_PENALTY, 50)
    known, told = planned(claims, 0, 300, {}), offer_of(claims, 8_000)
    assert told[small.outpoint].fee > small.value
    now = by_claim(planned(claims, 1, 300, known.offers(), told).sweeps)
    assert now[large.outpoint].feerate_per_kw == 8_000
    assert now[small.outpoint].fee <= small.value // 2


def test_what_is_told_by_the_name_of_another_that_waits_stands_by_itself() -> None:
    one, other = claims = claim(0, 100_000, HTLC_PENALTY, 50), claim(1, 100_000, HTLC_PENALTY, 50)
    before = planned(claims, 0, 300, {}).offers()
    [told] = offer_of((one,), 900).values()
    stolen = Offer(told.feerate_per_kw, told.fee, before[other.outpoint].txid, inputs=1)
    now = planned(claims, 1, 300, before, {one.outpoint: stolen})
    assert [sweep.offer.fee for sweep in now.sweeps] == [told.fee, before[other.outpoint].fee]
    assert now.sweeps[1].since == BEGUN, "it is the one that waits"


def test_more_inputs_than_it_has_are_not_believed() -> None:
    """Else what is rich and not in it would say how much can have been offered for it."""
    claims = claim(0, 2_000, PENALTY, 50), claim(1, 900_000, PENALTY, 2)
    known = planned(claims[:1], 0, 300, {})
    told = offer_of(claims, 9_000, inputs=1)
    assert planned(claims[:1], 0, 300, {}, told).sweeps == known.sweeps
    assert rates_of(planned(claims, 0, 300, known.offers(), told))[claims[0]] == 300


def test_what_was_told_of_several_that_waited_alone_takes_the_place_of_all_of_them() -> None:
    """The guard came when both were in the chain; whoever reads block after block offered for one,
    and then for the other."""
    claims = claim(0, 100_000, PENALTY, 50), claim(1, 100_000, PENALTY, 50)
    before = dict[OutPoint, Offer]()
    for one in claims:
        before |= planned((one,), 0, 300, before).offers()
    told = planned(claims, 0, 4_000, {}).offers()
    now = planned(claims, 1, 300, before, told, fresh=before)
    assert now.offers().keys() == told.keys()
    assert {offer.txid for offer in now.offers().values()} == {o.txid for o in told.values()}


@pytest.mark.parametrize("lacks", ["nothing", "a satoshi", "a step of the feerate", "an input"])
def test_what_cannot_have_replaced_them_leaves_them_as_they_are(lacks: str) -> None:
    """Both wait by themselves. What was told of both is believed to wait in their place only where
    nodes would have taken it for them, and where it is of nobody else, who may have spoiled it."""
    claims = claim(0, 100_000, PENALTY, 50), claim(1, 100_000, PENALTY, 50)
    before = dict[OutPoint, Offer]()
    for one in claims:
        before |= planned((one,), 0, 300, before).offers()
    weight = sweep_weight(claims, OUR_HOME)
    fee = fee_to_replace((offer.fee for offer in before.values()), weight, POLICY)
    least = Offer(least_replacement(300, POLICY), fee, bytes(32), inputs=2)
    told = {
        "nothing": least,
        "a satoshi": replace(least, fee=fee - Sat(1)),
        "a step of the feerate": replace(least, feerate_per_kw=least.feerate_per_kw - 1),
        "an input": replace(least, inputs=3),
    }[lacks]
    now = planned(claims, 1, 300, before, dict.fromkeys(before, told))
    together, one_by_one = [claims], [claims[:1], claims[1:]]
    assert [sweep.claims for sweep in now.sweeps] == (
        together if lacks == "nothing" else one_by_one
    )


def test_what_waits_together_is_not_parted_by_what_is_told_of_one() -> None:
    """However dear: whoever forges it could have each of them pay for itself."""
    claims = claim(0, 100_000, PENALTY, 50), claim(1, 100_000, PENALTY, 50)
    known = planned(claims, 0, 3_000, {})
    told = offer_of(claims[:1], 9_000)
    assert told[claims[0].outpoint].fee > known.sweeps[0].fee * 3 // 2
    now = planned(claims, 1, 300, known.offers(), told)
    assert [sweep.claims for sweep in now.sweeps] == [claims]
    assert now.sweeps[0].feerate_per_kw == 9_000


@pytest.mark.parametrize("less", [0, 1, 20])
def test_what_is_fresh_is_left_alone_by_what_was_told_for_no_more(less: int) -> None:
    one = claim(0, 100_000, PENALTY, 50)
    known = planned([one], 0, 300, {})
    told = offer_of([one], 300 - less)
    assert planned([one], 0, 2_000, known.offers(), told, fresh=told) == known


@pytest.mark.parametrize(("key", "blocks"), [(HTLC_PENALTY, 50), (PENALTY, POLICY.security_delay)])
def test_what_is_taken_one_by_one_is_not_bound_together_by_what_is_told(
    key: ClaimKey, blocks: int
) -> None:
    """BOLT 5: "Using a single penalty transaction for all revoked outputs is thus unsafe"."""
    claims = claim(0, 100_000, key, blocks), claim(1, 100_000, key, blocks)
    before = planned(claims, 0, 300, {}).offers()
    now = planned(claims, 0, 300, before, offer_of(claims, 4_000))
    assert [len(sweep.claims) for sweep in now.sweeps] == [1, 1]
    assert set(rates_of(now).values()) == {4_000}


def test_what_cannot_pay_for_all_that_waits_leaves_that_to_the_rest() -> None:
    """It is time to take it apart. Its own worth does not push out what waits; the rest does, and
    then nothing stands in its way."""
    claims = claim(0, 3_000, PENALTY, 20), claim(1, 400_000, DelayedKey(1), 0)
    before = offer_of(claims, 5_000)
    assert before[claims[0].outpoint].fee > claims[0].value
    now = planned(claims, 3, 300, before)
    assert [sweep.claims for sweep in now.sweeps] == [claims[1:], claims[:1]]
    expect_relayed((as_offered(claims, OUR_HOME, before[claims[0].outpoint]),), now)


def test_what_is_left_is_raised_when_others_of_it_are_not_worth_that() -> None:
    """In the last block of one of them all of it may be paid, and half of what has more time."""
    claims = claim(0, 2_500, PENALTY, 20), claim(1, 20_000, DelayedKey(1), 0)
    before = offer_of(claims, 4_496)
    now = planned(claims, 19, 4_026, before)
    assert [sweep.claims for sweep in now.sweeps] == [claims[1:]]
    waits = as_offered(claims, OUR_HOME, before[claims[0].outpoint])
    assert now.sweeps[0].fee > waits.fee
    expect_relayed((waits,), now)


def test_nothing_follows_from_how_long_it_waited_where_nobody_knows_that() -> None:
    claims = (claim(0, 100_000, DelayedKey(1), 0),)
    before = offer_of(claims, 300)
    [now] = planned(claims, POLICY.no_hurry + 1, 300, before).sweeps
    assert now.feerate_per_kw == 300


def test_what_can_be_spent_in_the_next_block_does_not_wait() -> None:
    one = replace(claim(0, 100_000, PENALTY, 50), earliest=BEGUN)
    assert planned([one], 0, 300, {}).waiting == ()
    assert planned([replace(one, earliest=BEGUN + 1)], 0, 300, {}).sweeps == ()
