"""“Can send” is exact: that amount arrives in any state, and of one msat more is said what binds.

Two whole machines, of both types, offer, settle, refuse and change the feerate as chance will have
it, under terms that chance has made narrow. Then each side sends all that it can. A run that did
not come upon every limit, from either side, says nothing and fails.
"""

from __future__ import annotations

from dataclasses import replace as changed_env
from itertools import product

import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, ZERO_SAT, Msat, Sat
from lnwallet_tui.channel.effects import HtlcReceived
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason, Violation
from lnwallet_tui.channel.events import FailHtlc, FulfillHtlc, UpdateFee
from lnwallet_tui.channel.fees import funder_cost, is_trimmed
from lnwallet_tui.channel.htlcs import Side, Stage, View
from lnwallet_tui.channel.limits import can_receive, can_send, refuse_offer
from lnwallet_tui.channel.state import Channel, ChannelType
from lnwallet_tui.policy import POLICY, Policy
from tests.channel.dealing import EXPIRY, PREIMAGE, ask, commit, in_use, offer
from tests.channel.two import ANCHORS, STATIC, Party, Two, msat
from tests.reaching import until_reached

ONE = Msat(1)
R = RefusalReason
SLOTS, IN_FLIGHT, EXPOSURE = (1, 2, 3, 30), (2_000, 60_000, 1_000_000), (300, 1_000, 25_000)
RESERVE, FUNDING = 10_000, 1_000_000
Act = tuple[str, int, int]
Terms = tuple[int, int, int]


def pushes(kind: ChannelType) -> tuple[int, ...]:
    """What side b has at the beginning: about its reserve, some; and so much that side a has little
    beyond its buffer, or can pay for the commitment as it is and for no further output."""
    rate = in_use(kind).a.channel.ledger.feerate_per_kw
    most = FUNDING - RESERVE
    buffer = funder_cost(2 * rate, 1, kind.anchors).value
    fee = funder_cost(rate, 0, kind.anchors).value
    return RESERVE + 400, RESERVE + 1_000, 300_000, most - buffer - 450, most - fee - 50


acts = st.lists(
    st.tuples(
        st.sampled_from(["offer", "offer", "all", "commit", "settle", "refuse", "fee"]),
        st.integers(0, 1),
        st.integers(1, 2_000_000),
    ),
    max_size=12,
)
# Each offers dust before it hears of the other's.
CROSSING_DUST = [("offer", 0, 1), ("all", 1, 1)]
RISE = [("fee", 0, 200), ("fee", 0, 201)]
terms = st.tuples(st.sampled_from(SLOTS), st.sampled_from(IN_FLIGHT), st.sampled_from(EXPOSURE))


def narrowed(kind: ChannelType, push: int, of_a: tuple[int, int], of_b: tuple[int, int]) -> Two:
    """A channel whose sides take so many HTLCs of so much together, in sat."""
    two = in_use(kind, msat(push))
    for party, other, (slots, most) in ((two.a, two.b, of_a), (two.b, two.a, of_b)):
        asked = {"max_accepted_htlcs": slots, "max_htlc_value_in_flight": msat(most)}
        party.state = changed(party.channel, ours=changed(party.channel.ours, **asked))
        other.state = changed(other.channel, theirs=changed(other.channel.theirs, **asked))
    return two


def act(two: Two, what: str, who: int, choice: int) -> None:
    party = two.both[who]
    match what:
        case "offer":
            ask(party, Msat(choice * (1 + 300 * (choice % 2))))
        case "all":
            ask(party, max(ONE, can_send(party.channel, party.policy)))
        case "commit":
            commit(two, party)
        case "fee":
            two.a.do(UpdateFee(300 + choice % 2_000))
        case _:
            commit(two, party)
            open_ones = [h for h in party.channel.ledger.htlcs if h.stage is Stage.LOCKED_IN]
            for htlc in open_ones:
                if htlc.offered_by is Side.THEM:
                    settle = FulfillHtlc(htlc.id, PREIMAGE)
                    party.do(settle if what == "settle" else FailHtlc(htlc.id, b"no"))
                    break


def loosened(channel: Channel, policy: Policy, reason: RefusalReason) -> tuple[Channel, Policy]:
    """The same, if what is said to bind bound a little less."""
    theirs, ours = channel.theirs, channel.ours
    match reason:
        case R.SLOTS:
            theirs = changed(theirs, max_accepted_htlcs=theirs.max_accepted_htlcs + 1)
        case R.IN_FLIGHT:
            most = theirs.max_htlc_value_in_flight + ONE
            theirs = changed(theirs, max_htlc_value_in_flight=most)
        case R.BALANCE:
            theirs = changed(theirs, reserve=theirs.reserve - Sat(1))
        case R.FEE | R.FEE_SPIKE:
            # Where one msat more makes an output, it is the cost of that which is missing.
            theirs = changed(theirs, reserve=theirs.reserve - Sat(5_000))
        case R.PEER_FEE:
            ours = changed(ours, reserve=ZERO_SAT)
        case R.DUST:
            # BOLT 2 bounds what a side adds to the dust that it knows of. Where both offered before
            # they heard of each other, there is more already, and no further msat fits.
            most = max(policy.max_dust_exposure, dust_of(channel))
            policy = changed(policy, max_dust_exposure=most + ONE)
        case _:
            raise AssertionError(f"{reason} is no limit of an amount")
    return changed(channel, theirs=theirs, ours=ours), policy


def dust_of(channel: Channel) -> Msat:
    """What is trimmed in the commitment with the most of it."""
    return max(
        sum(
            (
                htlc.amount
                for htlc in channel.ledger.htlcs_in(owner, View.FORESEEN)
                if is_trimmed(
                    htlc.amount,
                    offered=htlc.offered_by is owner,
                    dust_limit=channel.params(owner).dust_limit,
                    feerate_per_kw=channel.ledger.feerate_in(owner, View.FORESEEN),
                    anchors=channel.anchors,
                )
            ),
            ZERO_MSAT,
        )
        for owner in Side
    )


def reason_for(party: Party, channel: Channel, policy: Policy, amount: Msat) -> R | None:
    env = changed_env(party.env(party.signer), policy=policy)
    refused = refuse_offer(channel, amount, EXPIRY, env)
    return None if refused is None else refused.reason


def send_all(two: Two, party: Party) -> R:
    """One msat too much is refused and changes nothing; all of it arrives. What binds."""
    channel, policy = party.channel, party.policy
    most = can_send(channel, policy)
    refused = ask(party, most + ONE)
    assert isinstance(refused, ChannelRefusal), "one msat more was taken"
    assert refused.limit == most
    assert party.channel == channel
    wider = loosened(channel, policy, refused.reason)
    assert reason_for(party, *wider, most + ONE) is not refused.reason
    if most:
        htlc_id, other = offer(party, most), other_of(two, party)
        heard = len(other.effects)
        commit(two, party)
        came = [e for e in other.effects[heard:] if isinstance(e, HtlcReceived)]
        [arrived] = [e for e in came if e.htlc_id == htlc_id]
        assert (arrived.amount, arrived.excess_dust) == (most, False)
    assert two.disconnections() == []
    return refused.reason


def other_of(two: Two, party: Party) -> Party:
    return two.b if party is two.a else two.a


def names(kind: ChannelType) -> str:
    return "anchors" if kind.anchors else "static"


# A funder's buffer for the fee runs out before its balance does.
FUNDERS = (R.FEE_SPIKE, R.SLOTS, R.IN_FLIGHT, R.DUST)
FUNDEES = (R.BALANCE, R.PEER_FEE, R.SLOTS, R.IN_FLIGHT, R.DUST)


@pytest.mark.parametrize("kind", [ANCHORS, STATIC], ids=names)
def test_all_that_can_be_sent_arrives_and_one_msat_more_is_refused(kind: ChannelType) -> None:
    reached: set[str] = set()
    wanted = {f"funder: {one.name}" for one in FUNDERS} | {f"fundee: {one.name}" for one in FUNDEES}

    def run(number: int) -> None:
        @seed(number)
        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(pushes(kind)), terms, terms, acts, st.booleans())
        @example(RESERVE + 400, (2, 2_000, 300), (1, 2_000, 300), CROSSING_DUST, False)
        @example(RESERVE + 400, (1, 2_000, 300), (2, 2_000, 300), CROSSING_DUST + RISE, False)
        def check(push: int, of_a: Terms, of_b: Terms, done: list[Act], b_first: bool) -> None:
            two = narrowed(kind, push, of_a[:2], of_b[:2])
            for party, (_, _, exposure) in zip(two.both, (of_a, of_b), strict=True):
                party.policy = changed(POLICY, max_dust_exposure=msat(exposure))
            # Both judge dust alike: who takes more than the other sends would prove nothing.
            two.b.policy = two.a.policy
            for what, who, choice in done:
                act(two, what, who, choice)
            two.exchange()  # nobody can count what is still on its way to him
            if Violation.FEE_DUST.sentence in two.disconnections():
                return  # a feerate crossed an offer, and trims more than twice what is risked
            for party in two.both[:: -1 if b_first else 1]:
                role = "funder" if party is two.a else "fundee"
                reached.add(f"{role}: {send_all(two, party).name}")

        check()

    until_reached(run, reached, wanted)


@pytest.mark.parametrize("kind", [ANCHORS, STATIC], ids=names)
def test_what_one_can_receive_is_what_the_other_can_send_at_rest(kind: ChannelType) -> None:
    differ: set[int] = set()

    @seed(1)
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(pushes(kind)), terms, terms, acts)
    def check(push: int, of_a: Terms, of_b: Terms, done: list[Act]) -> None:
        two = narrowed(kind, push, of_a[:2], of_b[:2])
        two.a.policy = two.b.policy = changed(POLICY, max_dust_exposure=msat(of_a[2]))
        for what, who, choice in done:
            act(two, what, who, choice)
        for party, _ in product(two.both, range(2)):
            commit(two, party)
        for party in two.both:
            sent = can_send(party.channel, party.policy)
            assert can_receive(other_of(two, party).channel, party.policy) == sent
            differ.add(sent.value)

    check()
    assert len(differ) > 10
