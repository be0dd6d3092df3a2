"""Fees: by the estimate while there is time, up to the whole value in the last block."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.coins.replacement import least_replacement
from lnwallet_tui.onchain.price import (
    fee_floor,
    fee_limit,
    feerate_for,
)
from lnwallet_tui.policy import POLICY

VALUE = Sat(1_000_000)


def rate(left: int | None, *, estimate: int = 1_000, before: int = 0, raced: bool = True) -> int:
    return feerate_for(
        value=VALUE,
        weight=1_000,
        blocks_after_next=left,
        raced=raced,
        estimate=lambda _: estimate,
        policy=POLICY,
        before=before,
    )


def target(left: int | None, *, raced: bool) -> int:
    asked: list[int] = []

    def estimate(blocks: int) -> int:
        asked.append(blocks)
        return 1_000

    feerate_for(
        value=VALUE,
        weight=1_000,
        blocks_after_next=left,
        raced=raced,
        estimate=estimate,
        policy=POLICY,
    )
    return asked[0]


def test_the_estimate_while_there_is_time() -> None:
    assert rate(None) == rate(100) == 1_000
    assert rate(100, estimate=1) == POLICY.min_feerate


def test_how_soon_it_should_confirm() -> None:
    assert target(None, raced=False) == POLICY.no_hurry
    assert target(None, raced=True) == target(1_000, raced=True) == POLICY.hurry
    assert [target(left, raced=True) for left in (11, 10, 5, 2, 1, 0, -3)] == [6, 5, 3, 1, 1, 1, 1]


def test_vuln_050_up_to_everything_in_the_last_block() -> None:
    """A cheat outbid penalties of a fixed fee; what we do not pay in the last block, we lose."""
    assert [fee_floor(VALUE, left).value for left in (3, 2, 1, 0, -5)] == [
        *(125_000, 250_000, 500_000, 1_000_000, 1_000_000)
    ]
    offered = 0
    for left in range(8, -1, -1):
        offered = rate(left, estimate=1, before=offered)
    assert offered == 1_000_000


def test_who_comes_home_late_begins_with_the_estimate() -> None:
    """Paying half of a penalty, or all of it, is for those who were outbid, not for the late."""
    assert [rate(left) for left in (2, 1, 0, -5)] == [1_000] * 4
    assert [rate(0, before=before) for before in (1_000, 4_000, 16_000)] == [4_000, 16_000, 64_000]


def test_vuln_026_never_more_than_half_before_the_last_block() -> None:
    """LDK spent an HTLC's whole value as fee; an estimate gone mad does not eat the money."""
    assert rate(None, estimate=10**9) == rate(50, estimate=10**9) == 500_000
    assert fee_limit(VALUE, 1) == Sat(500_000)
    assert fee_limit(VALUE, 0) == VALUE


@given(
    value=st.integers(0, 10**8),
    weight=st.integers(400, 400_000),
    left=st.one_of(st.none(), st.integers(-5, 2_000)),
    estimate=st.integers(0, 10**8),
    raced=st.booleans(),
)
def test_vuln_026_no_fee_eats_what_it_claims(
    value: int, weight: int, left: int | None, estimate: int, raced: bool
) -> None:
    """The same for any claim and any estimate: at most half of it before its last block, never
    more than it, but for what has to be paid to be relayed at all."""
    chosen = feerate_for(
        value=Sat(value),
        weight=weight,
        blocks_after_next=left,
        raced=raced,
        estimate=partial(_said, estimate),
        policy=POLICY,
        before=0,
    )
    is_last = left is not None and left <= 0
    most = value if is_last else value // 2
    assert chosen * weight // 1_000 <= max(most, POLICY.min_feerate * weight // 1_000)


def test_it_goes_up_by_steps_that_are_relayed() -> None:
    assert rate(None, estimate=1_100, before=1_000) == 1_253
    assert rate(None, estimate=1_100, before=1_253) == 1_253
    assert rate(None, estimate=9_000, before=1_253) == 9_000
    assert rate(None, estimate=10**9, before=500_000) == 500_000


def _said(feerate: int, _blocks: int) -> int:
    return feerate


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40), st.integers(0, 10**8))
def test_vuln_046_it_never_goes_down(estimates: list[int], value: int) -> None:
    """LND began anew with the fee whenever claims were grouped anew, which stalled them."""
    before = 0
    for left, estimate in zip(reversed(range(len(estimates))), estimates, strict=True):
        now = feerate_for(
            value=Sat(value),
            weight=600,
            blocks_after_next=left,
            raced=True,
            estimate=partial(_said, estimate),
            policy=POLICY,
            before=before,
        )
        assert now >= max(before, POLICY.min_feerate)
        assert now <= max(before, POLICY.min_feerate, value * 1000 // 600)
        before = now


# -- what waits, and nobody presses
def test_what_no_block_took_for_a_day_is_raised_by_a_half() -> None:
    """BOLT 5: "SHOULD use replace-by-fee or other mechanism on the spending transaction if it
    proves insufficient for timely inclusion in a block"."""
    offered, waited, raised = 253, 0, [253]
    for _ in range(30 * 144):  # a month with an estimate that is wrong
        now = after(offered, waited)
        waited = waited + 1 if now == offered else 1
        if now != offered:
            raised.append(now)
        offered = now
    assert raised[:5] == [253, 506, 759, 1_138, 1_707]  # first by the least that is relayed
    assert raised[-1] == POLICY.bump_feerate
    assert len(raised) < 14
    assert all(b >= least_replacement(a, POLICY) for a, b in pairwise(raised[:-1]))


def after(before: int, waited: int, value: Sat = VALUE) -> int:
    return feerate_for(
        value=value,
        weight=1_000,
        blocks_after_next=None,
        raced=False,
        estimate=lambda _: 253,
        policy=POLICY,
        before=before,
        waited=waited,
    )


def test_waiting_costs_no_more_than_half_nor_more_than_nearly_any_block_asks() -> None:
    assert after(253, POLICY.no_hurry - 1) == 253
    assert after(400, POLICY.no_hurry, Sat(1_000)) == 400, "a half of it would be 500"
    assert after(POLICY.bump_feerate, 10_000) == POLICY.bump_feerate
    assert after(20_000, 10_000) == 20_000, "it never goes down"


# -- where a rival pushes out what waits
@given(st.integers(1, 200), st.integers(0, 10**9))
def test_a_floor_that_rises_evenly(window: int, value: int) -> None:
    floors = [fee_floor(Sat(value), left, window).value for left in range(window, -1, -1)]
    assert floors == sorted(floors)
    assert floors[0] == value >> window
    assert floors[-1] == value
    assert all(floor <= value // 2 for floor in floors[:-1])
    assert all(f >= value * at // (2 * window) for at, f in enumerate(floors))


def test_what_cycling_costs_at_least() -> None:
    """Each block in which an offer is pushed out costs the rival more than that offer."""
    for window, times in ((44, 11), (88, 22)):
        paid, before = 0, 0
        for left in range(window - 1, -1, -1):
            before = feerate_for(
                value=VALUE, weight=1_000, blocks_after_next=left, raced=True,
                estimate=lambda _: 1_000, policy=POLICY, before=before, window=window,
            )  # fmt: skip
            paid += before
        assert paid > VALUE.value * times
