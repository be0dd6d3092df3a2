"""Coins do not do for all closes at once: they are for where most would be lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.onchain.ration import NOTHING, Need, Ration
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import QUIET, Duel, Payment
from tests.onchain.purse import Closing, Purse, crowded_block
from tests.playground.bench import Bench

NEW, *OTHERS = (OutPoint(bytes(32), vout) for vout in range(12))
FEERATE, LEAST = 5_000, 15_000  # sat/kw, sat/kvB


def need(coins: int, at_stake: int) -> Need:
    return Need(Sat(coins), Sat(at_stake))


def promised(*needs: Need) -> Ration:
    """With closes under way."""
    ration = Ration()
    for close, one in zip(OTHERS, needs, strict=False):
        ration.promise(close, one)
    return ration


@pytest.mark.parametrize(
    ("new", "usable", "others", "is_short"),
    [
        # Little is lost in the one that is under way, much in the new one.
        (need(18_000, 5_000_000), 20_000, [need(3_000, 10_000)], False),
        (need(18_000, 10_000), 20_000, [need(3_000, 5_000_000)], True),
        # What is begun is gone through with where it is the same.
        (need(18_000, 400_000), 20_000, [need(3_000, 400_000)], True),
        (need(17_000, 400_000), 20_000, [need(3_000, 400_000)], False),
        # Of many small ones only as many are lost as have their coins taken.
        (need(18_000, 500_000), 20_900, [need(300, 100_000)] * 10, False),
        (need(18_000, 500_000), 19_100, [need(300, 100_000)] * 10, True),
        # Coins that do for a part of it save a part of it.
        (need(21_000, 5_000_000), 20_000, [need(3_000, 10_000)], False),
        (need(60_000, 400_000), 10_000, [need(3_000, 380_000)], True),
        # A close for which nothing has to be taken in time waits; the first one is never refused.
        (need(18_000, 0), 20_000, [need(3_000, 10_000)], True),
        (need(60_000, 0), 10_000, [], False),
    ],
)
def test_a_close_begins_where_more_is_lost_without_it(
    new: Need, usable: int, others: list[Need], is_short: bool
) -> None:
    assert promised(*others).is_short(NEW, new, Sat(usable)) is is_short


def test_what_is_begun_leaves_what_is_promised_where_more_is_at_stake() -> None:
    ration = promised(need(3_000, 10_000), need(5_000, 300_000), need(7_000, 400_000))
    assert ration.most(NEW, need(0, 9_000), Sat(20_000)) == Sat(5_000)
    assert ration.most(NEW, need(0, 300_000), Sat(20_000)) == Sat(13_000)
    assert ration.most(NEW, need(0, 400_000), Sat(20_000)) is None
    assert ration.most(OTHERS[2], NOTHING, Sat(9_000)) == Sat(1_000)
    ration.promise(OTHERS[2], NOTHING)
    assert ration.most(NEW, need(0, 300_000), Sat(20_000)) is None


def test_of_some_closes_there_is_always_one_that_may_use_all_coins() -> None:
    needs = [need(3_000, 10_000 * (number % 4)) for number in range(11)]
    ration = promised(*needs)
    limits = [ration.most(*one, Sat(100)) for one in zip(OTHERS, needs, strict=True)]
    assert None in limits


def closing(bench: Bench, payment: Payment) -> Closing:
    state = replace(QUIET, feerate=POLICY.min_feerate).offering(payment)
    known = {} if payment.from_us else {payment.id: payment.preimage}
    return Closing(Duel(bench, [state]), known)


def test_a_small_close_with_time_does_not_hold_up_a_large_one_without(bench: Bench) -> None:
    """A peer in front of whom little is owed, for long, would have us miss a great payment."""
    soon = bench.chain.height + 12
    small = closing(bench, Payment(0, True, Msat(20_000_000), soon + 500))
    large = closing(bench, Payment(1, False, Msat(390_000_000), soon))
    purse = Purse(bench, [small], lambda _: FEERATE, [14_000] * 2, timeout_patience=20)
    purse.act()
    crowded_block(bench, LEAST)
    purse.act()
    assert purse.resolution(small) is not None
    purse.closings.append(large)
    while bench.chain.height < soon - 1:
        purse.act()
        crowded_block(bench, LEAST)
    purse.read()
    resolution = purse.resolution(large)
    assert resolution is not None
    assert not resolution.stages, "it is taken"
