"""Limits: what we refuse to ourselves, what we forbid the peer, and the largest amounts."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.channel import limits
from lnwallet_tui.channel.effects import Send
from lnwallet_tui.channel.env import Feerates
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason, Violation
from lnwallet_tui.channel.events import FulfillHtlc, SignCommitment, UpdateFee
from lnwallet_tui.channel.feerates import proposed_feerate
from lnwallet_tui.channel.fees import funder_cost, htlc_fee
from lnwallet_tui.channel.htlcs import Ledger, Side, View
from lnwallet_tui.channel.limits import can_receive, can_send
from lnwallet_tui.channel.state import Channel, ChannelType, Phase
from lnwallet_tui.policy import POLICY, REGTEST_POLICY
from lnwallet_tui.wire import bolt2
from lnwallet_tui.wire.bolt1 import Warning_
from tests.channel.dealing import (
    EXPIRY,
    PREIMAGE,
    add_message,
    ask,
    commit,
    in_use,
    locked_in,
    offer,
    sent,
    violation,
)
from tests.channel.two import ANCHORS, STATIC, Party, Two, msat

BOTH_TYPES = pytest.mark.parametrize("kind", [ANCHORS, STATIC], ids=["anchors", "static"])
ONE = Msat(1)
RESERVE = msat(10_000)  # 1 % of 1,000,000 sat


def refusal(party: Party, amount: Msat, expiry: int = EXPIRY) -> ChannelRefusal:
    result = ask(party, amount, expiry)
    assert isinstance(result, ChannelRefusal), result
    return result


def limit(party: Party) -> Msat:
    return can_send(party.channel, party.policy)


def with_terms(party: Party, side: Side, **terms: object) -> None:
    """The same channel, had `side` announced other terms."""
    channel = party.channel
    if side is Side.US:
        party.state = changed(channel, ours=changed(channel.ours, **terms))
    else:
        party.state = changed(channel, theirs=changed(channel.theirs, **terms))


def cost(channel: Channel, htlcs: int, multiple: int = 1) -> Msat:
    """What the funder pays, at a multiple of today's feerate."""
    rate = channel.ledger.feerate_per_kw * multiple
    return funder_cost(rate, htlcs, channel.anchors).to_msat()


# -- our offers, one reason each
@BOTH_TYPES
def test_the_funder_keeps_reserve_and_a_buffer_for_twice_the_fee(kind: ChannelType) -> None:
    """BOLT 2: the fee spike buffer counts one more HTLC than the one that is offered."""
    two = in_use(kind)
    most = msat(600_000) - RESERVE - cost(two.a.channel, htlcs=2, multiple=2)
    assert limit(two.a) == most
    assert refusal(two.a, most + ONE) == ChannelRefusal(RefusalReason.FEE_SPIKE, limit=most)
    offer(two.a, most)


@BOTH_TYPES
def test_the_fundee_pays_no_fee(kind: ChannelType) -> None:
    two = in_use(kind)
    most = msat(400_000) - RESERVE
    assert limit(two.b) == most
    assert refusal(two.b, most + ONE) == ChannelRefusal(RefusalReason.BALANCE, limit=most)
    offer(two.b, most)


def test_reasons_go_from_the_balance_to_the_fee_to_its_rise() -> None:
    two = in_use()
    left = msat(600_000) - RESERVE
    fee = cost(two.a.channel, htlcs=1)
    assert refusal(two.a, left + ONE).reason is RefusalReason.BALANCE
    assert refusal(two.a, left).reason is RefusalReason.FEE
    assert refusal(two.a, left - fee + ONE).reason is RefusalReason.FEE
    assert refusal(two.a, left - fee).reason is RefusalReason.FEE_SPIKE


def test_the_fundee_offers_nothing_that_the_funder_cannot_pay_for() -> None:
    two = in_use()
    poor = Sat(10_000) + funder_cost(two.b.channel.ledger.feerate_per_kw, 0, anchors=True)
    two.b.state = changed(two.b.channel, ledger=_with_theirs(two.b.channel, poor.to_msat()))
    assert refusal(two.b, msat(20_000)).reason is RefusalReason.PEER_FEE
    offer(two.b, msat(100))  # trimmed: no output to pay for


def _with_theirs(channel: Channel, theirs: Msat) -> Ledger:
    total = channel.funding.value.to_msat()
    return changed(channel.ledger, ours=total - theirs, theirs=theirs)


def test_an_offer_has_an_amount_and_a_height() -> None:
    two = in_use()
    with_terms(two.a, Side.THEM, htlc_minimum=Msat(5_000))
    assert refusal(two.a, Msat(0)).reason is RefusalReason.NOT_POSITIVE
    small = refusal(two.a, Msat(4_999))
    assert small == ChannelRefusal(RefusalReason.BELOW_MINIMUM, limit=Msat(5_000))
    for expiry in (0, two.a.height, 500_000_000):
        assert refusal(two.a, Msat(5_000), expiry).reason is RefusalReason.EXPIRY
    offer(two.a, Msat(5_000))


def test_no_more_htlcs_than_the_peer_takes() -> None:
    two = in_use()
    with_terms(two.a, Side.THEM, max_accepted_htlcs=2)
    locked_in(two, two.a)
    offer(two.a)
    assert refusal(two.a, msat(1_000)) == ChannelRefusal(RefusalReason.SLOTS, limit=Msat(0))


def test_no_more_value_under_way_than_the_peer_takes() -> None:
    two = in_use()
    with_terms(two.a, Side.THEM, max_htlc_value_in_flight=msat(50_000))
    offer(two.a, msat(20_000))
    assert limit(two.a) == msat(30_000)
    assert refusal(two.a, msat(30_000) + ONE).reason is RefusalReason.IN_FLIGHT


def test_what_the_peer_offers_uses_up_no_slot_of_ours() -> None:
    two = in_use()
    with_terms(two.a, Side.THEM, max_accepted_htlcs=1)
    locked_in(two, two.b)
    offer(two.a)


# -- dust
def test_trimmed_htlcs_stay_within_the_dust_exposure() -> None:
    two = in_use()
    two.a.policy = changed(POLICY, max_dust_exposure=Msat(1_000_000))
    offer(two.a, Msat(500_000))
    offer(two.a, Msat(500_000))
    assert refusal(two.a, ONE).reason is RefusalReason.DUST
    assert limit(two.a) > msat(500_000)  # larger ones have outputs
    offer(two.a, msat(546))


@BOTH_TYPES
@pytest.mark.parametrize("side", Side)
def test_vuln_020_near_dust_counts_as_it_is_built(kind: ChannelType, side: Side) -> None:
    """LDK 0.1.5: acceptance and construction had different dust tests. Around each threshold the
    limit of the funder is exactly what the built commitment can pay."""
    two = in_use(kind)
    rate = two.a.channel.ledger.feerate_per_kw
    fee = htlc_fee(rate, offered=side is Side.US, anchors=kind.anchors)
    threshold = (Sat(546) + fee).to_msat()
    for amount in (threshold - ONE, threshold, threshold + ONE):
        fresh = in_use(kind)
        offer(fresh.a, amount)
        commit(fresh, fresh.a)
        owner = fresh.a.channel if side is Side.US else fresh.b.channel
        spec, params = owner.our_commitment.spec, owner.params(Side.US)
        assert len(spec.htlcs) == 1
        assert bool(spec.untrimmed(params)) is (amount >= threshold)
        assert not fresh.disconnections()


@pytest.mark.parametrize("who", [0, 1])
def test_dust_is_what_has_no_output_in_either_commitment(who: int) -> None:
    """Of no dust at all one may offer what has outputs in both, and not a msat less."""
    two = in_use(STATIC)
    dust_limits = (Sat(546), Sat(354))
    for party, other, least in zip(two.both, two.both[::-1], dust_limits, strict=True):
        with_terms(party, Side.US, dust_limit=least)
        with_terms(other, Side.THEM, dust_limit=least)
    party, rate = two.both[who], two.a.channel.ledger.feerate_per_kw
    party.policy = changed(POLICY, max_dust_exposure=Msat(0))
    edges = [
        (least + htlc_fee(rate, offered=owner == who, anchors=False)).to_msat()
        for owner, least in enumerate(dust_limits)
    ]
    assert refusal(party, max(edges) - ONE).reason is RefusalReason.DUST
    offer(party, max(edges))


@BOTH_TYPES
def test_an_htlc_of_exactly_the_limit_has_an_output_to_pay_for(kind: ChannelType) -> None:
    two = in_use(kind)
    fee = htlc_fee(two.a.channel.ledger.feerate_per_kw, offered=False, anchors=kind.anchors)
    edge = (Sat(546) + fee).to_msat()
    locked_in(two, two.a, edge)
    assert limit(two.a) == msat(600_000) - edge - RESERVE - cost(two.a.channel, 3, multiple=2)


def test_the_one_amount_that_can_be_sent_is_found() -> None:
    """No less is taken by the peer, and for more there would be an output that we cannot pay."""
    two = in_use()
    only = msat(546) - ONE
    ours = RESERVE + cost(two.a.channel, htlcs=1, multiple=2) + only
    theirs = msat(1_000_000) - ours
    two.a.state = changed(two.a.channel, ledger=_with_theirs(two.a.channel, theirs))
    with_terms(two.a, Side.THEM, htlc_minimum=only)
    assert limit(two.a) == only


def test_vuln_016_dust_of_the_peer_beyond_the_exposure_is_marked_to_fail() -> None:
    """2021, all implementations: a sum of trimmed HTLCs without a bound goes to miners."""
    two = in_use()
    two.b.policy = changed(two.b.policy, max_dust_exposure=Msat(900_000))
    first, second = offer(two.a, Msat(500_000)), offer(two.a, Msat(500_000))
    two.exchange()
    listed = two.b.channel.ledger
    marks = [listed.find(Side.THEM, one).excess_dust for one in (first, second)]  # type: ignore[union-attr]  # both are listed
    assert marks == [False, True]


SECOND_STAGE: Final = {True: 663, False: 703}  # weight (BOLT 3), of HTLCs offered and received
STEPS = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 1), st.integers(200_000, 1_300_000)),  # who offers how much
        st.tuples(st.none(), st.integers(253, 8_000)),  # the funder's feerate
    ),
    min_size=4,
    max_size=8,
)


def dust(party: Party, owner: Side) -> int:
    """What the HTLCs without an output in that commitment are worth, but for those that must be
    failed; reckoned here by BOLT 3 alone."""
    channel, total = party.channel, 0
    for htlc in channel.ledger.htlcs:
        weight = 0 if channel.anchors else SECOND_STAGE[htlc.offered_by is owner]
        least_sat = 546 + channel.ledger.feerate_per_kw * weight // 1_000
        if htlc.amount.value // 1_000 < least_sat and not htlc.excess_dust:
            total += htlc.amount.value
    return total


@BOTH_TYPES
@pytest.mark.parametrize("careful", ["both", "fundee"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_vuln_016_dust_has_a_bound_whatever_comes(
    kind: ChannelType, careful: str, steps: list[tuple[int | None, int]]
) -> None:
    """The same, by offers of either side and by feerates: what goes beyond it is not offered, not
    taken, or marked to fail."""
    two, most = in_use(kind), msat(1_500)
    two.b.policy = changed(POLICY, max_dust_exposure=most)
    if careful == "both":
        two.a.policy = two.b.policy
    for who, what in steps:
        if who is None:
            two.a.do(UpdateFee(what))
        else:
            ask(two.both[who], Msat(what))
        commit(two, two.both[who or 0])
        if two.disconnections():
            break
        watched = two.both if careful == "both" else (two.b,)
        assert all(dust(party, owner) <= most.value for party in watched for owner in Side)
    assert careful == "fundee" or two.disconnections() == []


@pytest.mark.parametrize("who", [0, 1])
def test_a_feerate_that_would_trim_too_much_is_refused_by_both(who: int) -> None:
    two = in_use(STATIC)
    locked_in(two, two.both[who], msat(3_000))
    two.a.policy = two.b.policy = changed(POLICY, max_dust_exposure=msat(2_000))
    before = two.a.channel
    two.a.do(UpdateFee(4_000))
    assert two.a.channel == before
    message = bolt2.UpdateFee(before.channel_id, 4_000)
    assert violation(two.b.receive(message)) is Violation.FEE_DUST


def test_a_lower_feerate_is_never_too_much_dust() -> None:
    two = in_use(STATIC)
    locked_in(two, two.a, msat(1_500))
    two.a.policy = two.b.policy = changed(POLICY, max_dust_exposure=msat(1_000))
    two.a.do(UpdateFee(1_900))
    commit(two, two.a)
    assert two.b.channel.ledger.feerate_per_kw == 1_900


def test_a_higher_feerate_that_trims_nothing_is_taken_where_offers_of_dust_crossed() -> None:
    two = in_use(STATIC)
    two.a.policy = two.b.policy = changed(POLICY, max_dust_exposure=msat(1_000))
    offer(two.a, msat(600))
    offer(two.b, msat(600))
    two.exchange()
    two.a.do(UpdateFee(2_100))
    commit(two, two.a)
    assert two.disconnections() == []
    assert two.b.channel.ledger.feerate_per_kw == 2_100


def test_a_feerate_that_crossed_an_offer_which_it_trims_is_taken() -> None:
    """The funder had not heard of it, and sets the same feerate after each reconnection."""
    two = in_use(STATIC)
    two.a.policy = two.b.policy = changed(POLICY, max_dust_exposure=msat(2_500))
    locked_in(two, two.a, msat(2_000))
    offer(two.b, msat(2_000))
    two.a.do(UpdateFee(3_000))
    two.a.do(SignCommitment())
    commit(two, two.b)
    assert two.disconnections() == []
    assert two.b.channel.ledger.feerate_per_kw == 3_000


def test_a_feerate_that_would_trim_twice_as_much_as_we_risk_is_refused_all_the_same() -> None:
    two = in_use(STATIC)
    two.b.policy = changed(POLICY, max_dust_exposure=msat(2_500))
    for _ in range(3):
        offer(two.b, msat(2_000))
    message = bolt2.UpdateFee(two.b.channel.channel_id, 3_000)
    assert violation(two.b.receive(message)) is Violation.FEE_DUST


# -- the peer's offers
OFFERS = [
    (Violation.HTLC_TOO_SMALL, {"amount_msat": Msat(0)}, {}),
    (Violation.HTLC_TOO_SMALL, {"amount_msat": Msat(999)}, {"htlc_minimum": Msat(1_000)}),
    (Violation.HTLC_IN_SECONDS, {"cltv_expiry": 500_000_000}, {}),
    (Violation.HTLC_SLOTS, {}, {"max_accepted_htlcs": 0}),
    (Violation.HTLC_IN_FLIGHT, {}, {"max_htlc_value_in_flight": msat(19_999)}),
    (Violation.HTLC_ID, {"id": 1}, {}),
]


@pytest.mark.parametrize(("rule", "message", "terms"), OFFERS)
def test_what_the_peer_may_not_offer(
    rule: Violation, message: dict[str, object], terms: dict[str, object]
) -> None:
    two = in_use()
    with_terms(two.b, Side.US, **terms)
    before = two.b.channel
    assert violation(two.b.receive(add_message(two.a, **message))) is rule
    assert two.b.channel == before


@pytest.mark.parametrize(
    ("message", "terms"),
    [
        ({"amount_msat": Msat(1_000)}, {"htlc_minimum": Msat(1_000)}),
        ({"cltv_expiry": 499_999_999}, {}),
        ({}, {"max_accepted_htlcs": 1}),
        ({}, {"max_htlc_value_in_flight": msat(20_000)}),
    ],
)
def test_what_the_peer_may_just_offer(message: dict[str, object], terms: dict[str, object]) -> None:
    two = in_use()
    with_terms(two.b, Side.US, **terms)
    assert two.b.receive(add_message(two.a, **message)) == ()


@BOTH_TYPES
def test_the_peer_may_go_to_its_reserve_and_the_fee_but_no_further(kind: ChannelType) -> None:
    """No buffer is asked of the other side: BOLT 2 makes that a SHOULD of the sender."""
    most = msat(600_000) - RESERVE - cost(in_use(kind).b.channel, htlcs=1)
    two = in_use(kind)
    message = add_message(two.a, amount_msat=most + ONE)
    assert violation(two.b.receive(message)) is Violation.HTLC_UNAFFORDABLE
    two = in_use(kind)
    assert two.b.receive(add_message(two.a, amount_msat=most)) == ()


def test_a_fundee_that_offers_needs_its_reserve_only() -> None:
    most = msat(400_000) - RESERVE
    two = in_use()
    message = add_message(two.b, amount_msat=most + ONE)
    assert violation(two.a.receive(message)) is Violation.HTLC_UNAFFORDABLE
    assert in_use().a.receive(add_message(two.b, amount_msat=most)) == ()


# -- feerates
def test_a_feerate_is_set_by_the_funder_alone() -> None:
    two = in_use()
    message = bolt2.UpdateFee(two.a.channel.channel_id, 1_000)
    assert violation(two.a.receive(message)) is Violation.FEE_NOT_FUNDER
    before = two.b.channel
    two.b.do(UpdateFee(1_000))
    assert two.b.channel == before


@pytest.mark.parametrize(
    ("kind", "feerate", "rule"),
    [
        (ANCHORS, 252, Violation.FEE_TOO_LOW),
        (STATIC, 499, Violation.FEE_TOO_LOW),  # half of what confirms within a day
        (STATIC, 20_001, Violation.FEE_TOO_HIGH),  # ten times what confirms soon
    ],
)
def test_feerates_out_of_proportion(kind: ChannelType, feerate: int, rule: Violation) -> None:
    two = in_use(kind)
    _two_pending(two)
    message = bolt2.UpdateFee(two.b.channel.channel_id, feerate)
    assert violation(two.b.receive(message)) is rule
    assert violation(two.b.receive(message)) is rule
    before = two.a.channel
    two.a.do(UpdateFee(feerate))
    assert two.a.channel == before


@pytest.mark.parametrize(
    ("kind", "feerate", "rule"),
    [
        (STATIC, 499, Violation.FEE_TOO_LOW),
        (STATIC, 20_001, Violation.FEE_TOO_HIGH),
        (ANCHORS, 20_001, Violation.FEE_TOO_HIGH),
    ],
)
def test_a_strange_feerate_is_borne_while_nothing_hangs_on_it(
    kind: ChannelType, feerate: int, rule: Violation
) -> None:
    """Signed in other weather and lost on the way, it must be said again (BOLT 2), and nothing else
    can be said before: who hangs up for it hangs up for ever."""
    two = in_use(kind)
    effects = two.b.receive(bolt2.UpdateFee(two.b.channel.channel_id, feerate))
    assert [type(effect) for effect in effects] == [Send]
    assert sent(effects) == [Warning_(two.b.channel.channel_id, rule.sentence.encode())]
    assert two.b.channel.ledger.feerate_in(Side.US, View.NEXT) == feerate


def raised_and_lost(htlcs: int) -> Two:
    """The funder has signed a rise with so many payments in the channel, and nobody has heard of
    it; meanwhile the chain has become cheap."""
    two = in_use(STATIC)
    for _ in range(htlcs):
        locked_in(two, two.b, msat(40_000))
    two.a.feerates = Feerates(soon=15_000, today=10_000, minimum=253)
    two.a.do(UpdateFee(15_000))
    two.a.do(SignCommitment())
    two.disconnect()
    for party in two.both:
        party.feerates = Feerates(soon=1_000, today=500, minimum=253)
    return two


def test_a_rise_that_was_lost_on_the_way_ends_no_channel_that_it_hardly_costs() -> None:
    """It has to be said again before anything else, and who hangs up for it hangs up until a
    deadline closes the channel; the payment in it would be taken to chain at the same rate."""
    two = raised_and_lost(htlcs=1)
    two.connect()
    assert two.b.channel.ledger.feerate_per_kw == 15_000
    two.a.do(FulfillHtlc(0, PREIMAGE))
    commit(two, two.a)
    two.a.do(UpdateFee(1_000))
    commit(two, two.a)
    assert two.b.channel.ledger.feerate_per_kw == 1_000
    assert two.b.channel.phase is Phase.READY


def test_one_that_would_eat_the_payments_waits_for_their_end() -> None:
    """Three of them: 3 x 703 x 15 sat are more than we bear to lose."""
    two = raised_and_lost(htlcs=3)
    two.connect()
    assert two.b.channel.ledger.feerate_per_kw != 15_000
    assert two.b.channel.phase is Phase.READY
    assert two.b.channel.publication is None


@pytest.mark.parametrize("is_more", [False, True])
def test_what_it_may_eat_of_a_payment_is_what_taking_that_costs(is_more: bool) -> None:
    two = in_use(STATIC)
    locked_in(two, two.a, msat(40_000))
    eaten = htlc_fee(20_001, offered=False, anchors=False).to_msat()
    two.b.policy = changed(POLICY, max_dust_exposure=eaten - Msat(int(is_more)))
    two.b.receive(bolt2.UpdateFee(two.b.channel.channel_id, 20_001))
    taken = two.b.channel.ledger.feerate_in(Side.US, View.NEXT) == 20_001
    assert taken is not is_more


def test_what_nobody_relays_is_never_borne() -> None:
    two = in_use(STATIC)
    _check(two.b, 252, Violation.FEE_TOO_LOW)
    _check(in_use(ANCHORS).b, 252, Violation.FEE_TOO_LOW)


def test_a_payment_that_is_too_small_for_an_output_does_not_hang_on_the_feerate() -> None:
    two = in_use(STATIC)
    locked_in(two, two.b, msat(300))
    effects = two.b.receive(bolt2.UpdateFee(two.b.channel.channel_id, 300))
    assert [type(effect) for effect in effects] == [Send]


def test_with_anchors_a_high_feerate_is_the_funders_money_alone() -> None:
    two = in_use(ANCHORS)
    locked_in(two, two.a)
    effects = two.b.receive(bolt2.UpdateFee(two.b.channel.channel_id, 20_001))
    assert [type(effect) for effect in effects] == [Send]
    assert ask(two.b, msat(20_000)) is not None
    assert not isinstance(ask(two.b, msat(20_000)), ChannelRefusal)


@BOTH_TYPES
def test_a_lower_feerate_waits_until_nothing_hangs_on_it(kind: ChannelType) -> None:
    """Where a child can pay the rest it need not wait."""
    two = in_use(kind)
    two.a.do(UpdateFee(2_000))
    commit(two, two.a)
    for party, other in (two.both, two.both[::-1]):
        htlc_id = locked_in(two, party)
        before = two.a.channel
        two.a.do(UpdateFee(1_000))
        assert (two.a.channel == before) is (kind is STATIC)
        two.disconnect()  # nothing was signed: it is forgotten
        two.connect()
        other.do(FulfillHtlc(htlc_id, PREIMAGE))
        commit(two, other)
    two.a.do(UpdateFee(1_000))
    commit(two, two.a)
    assert two.b.channel.ledger.feerate_per_kw == 1_000


def test_nothing_new_hangs_on_a_feerate_of_the_peers_that_would_eat_it() -> None:
    """It was borne while the channel was empty; to take a payment to chain costs what it says."""
    two = in_use(STATIC)
    two.b.receive(bolt2.UpdateFee(two.b.channel.channel_id, 20_001))
    assert refusal(two.b, msat(40_000)).reason is RefusalReason.FEERATE
    two.b.receive(add_message(two.a, amount_msat=msat(40_000)))
    listed = two.b.channel.ledger.find(Side.THEM, 0)
    assert listed is not None
    assert listed.excess_dust


@pytest.mark.parametrize(
    ("feerate", "rule"),
    [
        (260, None),  # was 253, should be 500
        (253, None),  # the same again
        (252, Violation.FEE_TOO_LOW),
    ],
)
def test_a_feerate_that_is_too_low_may_rise(feerate: int, rule: Violation | None) -> None:
    """Estimates move while the peer is away: refusing the way back would end each connection."""
    two = in_use(STATIC)
    two.b.state = _at_rate(two.b.channel, 253)
    _check(two.b, feerate, rule)


@pytest.mark.parametrize(
    ("feerate", "rule"), [(24_000, None), (25_000, None), (25_001, Violation.FEE_TOO_HIGH)]
)
def test_a_feerate_that_is_too_high_may_fall(feerate: int, rule: Violation | None) -> None:
    two = in_use(STATIC)
    _two_pending(two)
    two.b.state = _at_rate(two.b.channel, 25_000)
    _check(two.b, feerate, rule)


def _two_pending(two: Two) -> None:
    """What a feerate that is too high would eat of these is more than we bear."""
    for _ in range(2):
        locked_in(two, two.a, msat(40_000))


def _at_rate(channel: Channel, feerate: int) -> Channel:
    return changed(channel, ledger=changed(channel.ledger, feerate_per_kw=feerate))


def _check(party: Party, feerate: int, rule: Violation | None) -> None:
    effects = party.receive(bolt2.UpdateFee(party.channel.channel_id, feerate))
    assert (violation(effects) if effects else None) is rule


@pytest.mark.parametrize("percent", [10, 50, 98])
def test_vuln_017_no_feerate_takes_a_tenth_of_the_channel(percent: int) -> None:
    """2024: an old state commits more to fees than its loser owns now, and a miner shares it."""
    two = in_use(STATIC)
    expensive = Feerates(soon=10_000_000, today=1_000, minimum=253)
    two.b.feerates = expensive
    feerate = 1_000_000 * percent * 10 // 724 + 2
    message = bolt2.UpdateFee(two.b.channel.channel_id, feerate)
    assert violation(two.b.receive(message)) is Violation.FEE_TOO_HIGH


FLOOR_ALONE = Feerates(soon=253, today=253, minimum=253, relayed=250, guessed=2_500)


def test_what_is_relayed_at_least_is_no_measure_of_what_is_too_high() -> None:
    """BOLT 2: "if the `update_fee` is [...] unreasonably large: MUST send a `warning`". 15 sat/vB
    are not, of whatever channel a light node hears no more than what its peers relay."""
    two = in_use(STATIC)
    _two_pending(two)
    two.b.feerates = FLOOR_ALONE
    assert two.b.receive(bolt2.UpdateFee(two.b.channel.channel_id, 3_750)) == ()
    _check(two.b, 25_001, Violation.FEE_TOO_HIGH)


def test_nor_of_what_we_pay_where_no_child_can_help() -> None:
    assert proposed_feerate(False, FLOOR_ALONE, POLICY) == 2_500
    assert proposed_feerate(True, FLOOR_ALONE, POLICY) == 316


def test_on_regtest_any_usual_feerate_passes() -> None:
    two = in_use(STATIC)
    two.b.policy = REGTEST_POLICY
    assert two.b.receive(bolt2.UpdateFee(two.b.channel.channel_id, 45_000)) == ()


def test_the_funder_must_afford_the_fee_it_sets() -> None:
    two = in_use(STATIC)
    two.b.policy = REGTEST_POLICY
    two.b.state = changed(two.b.channel, ledger=_with_theirs(two.b.channel, msat(30_000)))
    message = bolt2.UpdateFee(two.b.channel.channel_id, 45_000)
    assert violation(two.b.receive(message)) is Violation.FEE_UNAFFORDABLE


def test_the_funder_keeps_its_reserve_when_it_sets_the_fee() -> None:
    """Without it a funder could burn what it would lose by publishing an old state."""
    enough = RESERVE + funder_cost(40_000, 0, anchors=False).to_msat()
    for theirs, refused in ((enough - ONE, True), (enough, False)):
        two = in_use(STATIC)
        two.b.policy = REGTEST_POLICY
        two.b.state = changed(two.b.channel, ledger=_with_theirs(two.b.channel, theirs))
        effects = two.b.receive(bolt2.UpdateFee(two.b.channel.channel_id, 40_000))
        assert (effects != ()) is refused
        assert not refused or violation(effects) is Violation.FEE_UNAFFORDABLE


def test_a_funder_below_its_reserve_may_lower_the_fee() -> None:
    two = in_use(STATIC)
    low = RESERVE - ONE
    two.b.state = changed(two.b.channel, ledger=_with_theirs(two.b.channel, low))
    rate = two.b.channel.ledger.feerate_per_kw
    for lower in (rate, rate - 1):
        assert two.b.receive(bolt2.UpdateFee(two.b.channel.channel_id, lower)) == ()
    higher = two.b.receive(bolt2.UpdateFee(two.b.channel.channel_id, rate + 1))
    assert violation(higher) is Violation.FEE_UNAFFORDABLE


def test_we_keep_our_reserve_when_we_set_the_fee() -> None:
    two = in_use(STATIC)
    two.a.policy = REGTEST_POLICY
    enough = RESERVE + funder_cost(40_000, 0, anchors=False).to_msat()
    for ours, proposes in ((enough - ONE, False), (enough, True)):
        theirs = msat(1_000_000) - ours
        two.a.state = before = changed(two.a.channel, ledger=_with_theirs(two.a.channel, theirs))
        two.a.do(UpdateFee(40_000))
        assert (two.a.channel != before) is proposes


# -- the largest amounts
@BOTH_TYPES
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    amounts=st.lists(
        st.tuples(st.integers(0, 1), st.integers(1, 700_000_000)), min_size=0, max_size=6
    ),
    push=st.integers(0, 980_000),
)
def test_the_limits_are_exact(kind: ChannelType, amounts: list[tuple[int, int]], push: int) -> None:
    """One msat more is refused, the limit itself is accepted by the peer, in any state."""
    two = in_use(kind, msat(push))
    for who, amount in amounts:
        party = two.both[who]
        ask(party, Msat(amount))
        commit(two, party)
    for party in two.both:
        most = limit(party)
        total = party.channel.funding.value.to_msat()
        assert isinstance(ask(party, most + ONE), ChannelRefusal) or most == total
        if most:
            offer(party, most)
            commit(two, party)
    assert two.disconnections() == []


def test_the_largest_amount_is_reckoned_and_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for with every change of every channel."""
    judged, judge = list[int](), limits._Judge.obstacle

    def counted(self: limits._Judge, amount: int) -> RefusalReason | None:
        judged.append(amount)
        return judge(self, amount)

    two = in_use(ANCHORS, msat(400_000))
    monkeypatch.setattr(limits._Judge, "obstacle", counted)
    for reckon in (can_send, can_receive):
        judged.clear()
        assert reckon(two.a.channel, POLICY)
        assert len(judged) <= 3


@BOTH_TYPES
def test_what_one_can_receive_is_what_the_other_can_send(kind: ChannelType) -> None:
    two = in_use(kind)
    for _ in range(2):
        assert can_receive(two.b.channel, POLICY) == can_send(two.a.channel, POLICY)
        assert can_receive(two.a.channel, POLICY) == can_send(two.b.channel, POLICY)
        locked_in(two, two.a, msat(50_000))
        locked_in(two, two.b, msat(300))


@BOTH_TYPES
def test_vuln_019_the_funder_can_always_take_one_more_htlc_at_twice_the_feerate(
    kind: ChannelType,
) -> None:
    """Stuck channels, 2020 to 2024: a funder drained to its reserve can add nothing any more."""
    two = in_use(kind)
    offer(two.a, limit(two.a))
    commit(two, two.a)
    rate = two.a.channel.ledger.feerate_per_kw
    two.b.policy = two.a.policy = REGTEST_POLICY
    two.a.do(UpdateFee(2 * rate))
    commit(two, two.a)
    assert two.a.channel.ledger.feerate_per_kw == 2 * rate
    locked_in(two, two.b, msat(20_000))
    assert two.disconnections() == []
    left = two.a.channel.ledger.balance_in(Side.US, Side.US, View.SIGNED)
    assert left >= (RESERVE + cost(two.a.channel, htlcs=2)).value


@BOTH_TYPES
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    before=st.lists(
        st.tuples(st.integers(0, 1), st.integers(1, 300_000_000)), min_size=0, max_size=6
    ),
    part=st.integers(1, 100),
    push=st.integers(0, 980_000),
)
def test_vuln_019_whatever_the_funder_was_let_offer(
    kind: ChannelType, before: list[tuple[int, int]], part: int, push: int
) -> None:
    """The same after any sequence that ends with an offer of the funder's, up to the largest."""
    two = in_use(kind, msat(push))
    for who, amount in before:
        ask(two.both[who], Msat(amount))
        commit(two, two.both[who])
    ask(two.a, Msat(max(1, limit(two.a).value * part // 100)))
    was_let = bool(two.a.outbox)
    commit(two, two.a)
    offered = sum(htlc.offered_by is Side.US for htlc in two.a.channel.ledger.htlcs)
    if not was_let or not offered:
        return
    rate = two.a.channel.ledger.feerate_per_kw
    two.b.policy = two.a.policy = REGTEST_POLICY
    two.a.do(UpdateFee(2 * rate))
    commit(two, two.a)
    if isinstance(ask(two.b, Msat(1_000)), int):
        commit(two, two.b)
    assert two.disconnections() == []
    assert two.a.channel.ledger.feerate_per_kw == 2 * rate
    left = two.a.channel.ledger.balance_in(Side.US, Side.US, View.SIGNED)
    assert left >= (RESERVE + cost(two.a.channel, htlcs=0)).value


def test_a_refusal_answers_the_command_and_changes_nothing() -> None:
    two = in_use()
    before = two.a.channel
    refusal(two.a, msat(999_999))
    assert two.a.channel == before
    assert not two.a.outbox


@BOTH_TYPES
@pytest.mark.parametrize("funder", ["a", "b"])
@pytest.mark.parametrize("theirs", [0, 3_000_400])
def test_what_the_peer_lacks_before_it_can_pay_us(
    kind: ChannelType, funder: str, theirs: int
) -> None:
    """Just that much more on its side, and it can; a thousandth less, and it cannot."""
    two = in_use(kind)
    channel = (two.a if funder == "a" else two.b).channel

    def with_theirs(amount: int) -> Channel:
        whole = channel.funding.value.to_msat()
        ledger = changed(channel.ledger, ours=whole - Msat(amount), theirs=Msat(amount))
        return changed(channel, ledger=ledger)

    assert can_receive(with_theirs(theirs), POLICY) == Msat(0)
    enough = theirs + limits.lacks_to_receive(with_theirs(theirs), POLICY).value
    assert can_receive(with_theirs(enough), POLICY) > Msat(0)
    assert can_receive(with_theirs(enough - 1), POLICY) == Msat(0)
    assert limits.lacks_to_receive(with_theirs(enough), POLICY) == Msat(0)
