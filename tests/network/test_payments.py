"""300 payments of mixed sizes through 200 relays like mainnet's: each ends in a receipt or a reason
that is true, every msat is found again, and no relay learns more than its neighbours."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from lnwallet_tui.payment.records import AttemptStatus
from tests.network.accounts import differences, disagreements, earnings, holdings
from tests.network.day import Day, spend
from tests.network.land import Land
from tests.network.orders import Kind, Order, of_each_kind, orders
from tests.network.people import WALLET
from tests.network.verdict import Ending, Outcome
from tests.sampling import sampled

SEED = b"a day"
RELAYS, PAYMENTS = 200, 300
ALWAYS, SAMPLED = 30, 20
"""So many are made in every run, and first: what became of them does not depend on which others are
in the sample of a commit."""

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(1_800)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Day]:
    """The day after it was spent."""
    land = Land(SEED, tmp_path_factory.mktemp("land"))
    day = await Day.begin(land, SEED, RELAYS)
    wanted = orders(SEED, day.relays.names, PAYMENTS)
    always = made_always(wanted)
    others = [order for order in wanted if order not in always]
    await spend(day, SEED, [*always, *sampled("payments through 200 relays", others, SAMPLED)])
    yield day
    await land.end()


def made_always(wanted: list[Order]) -> list[Order]:
    """The first, and of each kind one."""
    return sorted({*wanted[:ALWAYS], *of_each_kind(wanted)}, key=lambda one: one.number)


def ended_always(day: Day) -> list[tuple[Outcome, Ending]]:
    """What became of those."""
    return day.outcomes[: len(made_always(orders(SEED, day.relays.names, PAYMENTS)))]


async def test_each_ends_in_a_receipt_or_a_true_reason(day: Day) -> None:
    endings = day.endings()
    print({ending.value: count for ending, count in endings.items()})
    always = [ending for _, ending in ended_always(day)]
    assert always.count(Ending.PAID) > len(always) // 2
    assert Ending.IMPOSSIBLE in always
    # The search is exact for one way, not for several at once; nor is what is computed here: it
    # lets a payer split as it likes without paying more bases. All of them may be in one sample.
    assert endings[Ending.OPEN] <= 1 + PAYMENTS // 50


async def test_the_wallet_learnt_the_whole_network_from_its_peers(day: Day) -> None:
    known = day.land.nodes[WALLET]._board.network._known
    assert known is not day.relays.graph
    assert len(known) == len(day.relays.graph) == len(day.relays.edges)


async def test_all_sizes_and_kinds_were_among_them(day: Day) -> None:
    paid = [one.order for one, ending in day.outcomes if ending is Ending.PAID]
    amounts = [order.amount_msat for order in paid]
    assert min(amounts) < 100_000
    assert max(amounts) > 500_000_000
    assert {order.kind for order in (one.order for one, _ in day.outcomes)} == set(Kind)
    assert {Kind.TO_RELAY, Kind.TO_FRIEND, Kind.TO_SHOP, Kind.RECEIVED} <= {
        order.kind for order in paid
    }
    parts = [
        sum(one.status is AttemptStatus.FULFILLED for one in payment.attempts)
        for _, _, payment in day.settled
    ]
    lengths = [len(one.route.hops) for _, _, payment in day.settled for one in payment.attempts]
    assert max(parts) > 1
    assert max(lengths) > 3


async def test_news_that_came_with_a_refusal_helped(day: Day) -> None:
    paid = [outcome.payment for outcome, ending in ended_always(day) if ending is Ending.PAID]
    corrected = [one for one in paid if one is not None and one.lessons.corrected]
    assert corrected, "no payment was made after a relay had told other terms"


async def test_no_msat_was_lost_and_no_htlc_is_left(day: Day) -> None:
    assert disagreements(day.land) == []
    expected = differences(day.land.names, day.settled)
    for name, before in day.held.items():
        assert holdings(day.land, name) - before == expected[name], name
    assert sum(expected.values()) == 0


async def test_relays_earned_what_payers_paid(day: Day) -> None:
    expected = earnings(day.land.names, day.settled)
    for name in day.relays.names:
        assert day.land.nodes[name].earned_msat == expected[name], name
    assert sum(expected.values()) == sum(p.fee.value for _, _, p in day.settled) > 0


async def test_no_hop_but_the_last_learns_the_payee_and_none_but_the_first_the_payer(
    day: Day,
) -> None:
    """BOLT 4: "knowing only which nodes are its predecessor and successor"."""
    hidden = 0
    for seen in day.seen:
        for glimpse in seen.glimpses:
            way = seen.way_of(glimpse, day.land.names)
            at = way.index(glimpse.relay)
            assert (glimpse.came_from, glimpse.goes_to) == (way[at - 1], way[at + 1])
            assert glimpse.speakers <= {way[at - 1], way[at + 1], *seen.neighbours(glimpse.relay)}
            for stranger in {*way[: at - 1], *way[at + 2 :]}:
                assert day.land.nodes[stranger].node_id not in glimpse.everything, stranger
                hidden += stranger in (seen.payer, seen.payee)
            assert glimpse.payload.payment_data is None
            assert seen.payment.payment_secret not in glimpse.everything
    assert hidden > len(day.seen)
