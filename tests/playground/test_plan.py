"""Plans: every one holds what a tour must show, and no two are alike."""

from __future__ import annotations

import pytest

from lnwallet_tui.playground.people import CHEAT, NEIGHBOUR, RELAY, SHOP, SLOW, YOU, called, cast
from lnwallet_tui.playground.plan import CLOSES, PAYMENTS, Plan, plan
from lnwallet_tui.playground.roads import Roads, roads

SEEDS = [number.to_bytes(8, "big") for number in range(200)]


@pytest.mark.parametrize("seed", SEEDS[:20])
def test_a_plan_depends_on_its_seed_alone(seed: bytes) -> None:
    assert plan(seed) == plan(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_plan_shows_everything(seed: bytes) -> None:
    people, chosen = cast(seed), plan(seed)
    names = [one.name for one in people]
    assert names[0] == YOU
    assert len(names) == len(set(names))
    assert [one.role for one in people].count(SHOP) == 1
    assert [one.role for one in people].count(CHEAT) == 1
    assert [one.role for one in people].count(NEIGHBOUR) == 1
    assert [one.role for one in people].count(SLOW) == 1
    assert [one.role for one in people].count(RELAY) >= 3
    assert [one.name for one in people if one.answers_after] == [chosen.slow]
    assert {name for one in chosen.openings for name in (one.opener, one.peer)} <= set(names)
    assert any(one.opener == YOU for one in chosen.openings)
    assert any(one.peer == YOU for one in chosen.openings)
    assert sorted(chosen.steps) == sorted((*PAYMENTS, *CLOSES, "restart", "relay-earns"))
    assert chosen.steps[-1] == "relay-earns"
    assert_payments_come_before_closes(chosen)
    ends = {chosen.cooperative, chosen.unilateral, chosen.breach, chosen.lasting}
    assert len(ends) == 4
    assert ends <= set(chosen.openings)
    assert chosen.stranded not in ends
    assert chosen.stranded.joins(YOU, chosen.slow)


def assert_payments_come_before_closes(chosen: Plan) -> None:
    last = max(chosen.steps.index(step) for step in PAYMENTS)
    for close in CLOSES:
        assert chosen.steps.index(close) > last


@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_can_pay_what_the_plan_asks_of_them(seed: bytes) -> None:
    chosen, built = plan(seed), roads_of(seed)
    for payer in {name for name, _ in chosen.gifts}:
        asked = sum(amount for name, amount in chosen.gifts if name == payer)
        held = [
            one.amount_sat * 1000 - one.push_msat if one.opener == payer else one.push_msat
            for one in (*chosen.openings, *built.openings)
            if payer in (one.opener, one.peer)
        ]
        assert asked < max(held) * 9 // 10
    spent = sum(amount for _, amount in chosen.purchases)
    held_msat = chosen.lasting.amount_sat * 1000 - chosen.lasting.push_msat
    assert spent + 40_000_000 + 600_000_000 < held_msat


def roads_of(seed: bytes) -> Roads:
    return roads(cast(seed), seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_shop_friend_and_slow_one_are_behind_relays_which_know_each_other(seed: bytes) -> None:
    people, built = cast(seed), roads_of(seed)
    relays = {*called(people, RELAY), *called(people, CHEAT)}
    [friend], [shop], [slow] = (called(people, role) for role in (NEIGHBOUR, SHOP, SLOW))
    neighbours: dict[str, list[str]] = {one.name: [] for one in people}
    for one in built.openings:
        neighbours[one.opener].append(one.peer)
        neighbours[one.peer].append(one.opener)
        assert one.private != ({one.opener, one.peer} <= relays)
    assert neighbours[YOU] == []
    assert len(neighbours[friend]) == len(neighbours[slow]) == 1
    assert sorted(neighbours[shop]) == sorted(built.hubs)
    assert set(built.gateways) | set(built.hubs) == set(called(people, RELAY))
    assert reached(neighbours, shop) == {one.name for one in people} - {YOU}


def reached(neighbours: dict[str, list[str]], start: str) -> set[str]:
    found, left = {start}, [start]
    while left:
        new = {*neighbours[left.pop()]} - found
        found |= new
        left += new
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_user_is_far_from_the_shop(seed: bytes) -> None:
    [shop], built = called(cast(seed), SHOP), roads_of(seed)
    peers = {one.peer if one.opener == YOU else one.opener for one in plan(seed).openings}
    assert not any(one.joins(peer, shop) for one in built.openings for peer in peers)


def test_seeds_differ_in_who_lives_there_in_order_and_in_types() -> None:
    chosen = [plan(seed) for seed in SEEDS]
    assert len({one.steps for one in chosen}) > 30
    assert len({len(one.openings) for one in chosen}) > 1
    topologies = {tuple((one.opener, one.peer) for one in each.openings) for each in chosen}
    assert len(topologies) > 150
    assert {one.closers for one in chosen if YOU not in one.closers}
    assert {one.closers for one in chosen if one.closers == (YOU, YOU)}
    assert {(one.at_deadline, one.stranded.opener == YOU) for one in chosen} == {
        (False, False),
        (False, True),
        (True, False),
        (True, True),
    }
    assert {person.anchors for seed in SEEDS for person in cast(seed)} == {True, False}


def test_seeds_differ_in_topology() -> None:
    all_roads = [roads_of(seed) for seed in SEEDS]
    assert {len(one.hubs) for one in all_roads} == {2, 3}
    assert {len(one.gateways) for one in all_roads} == {1, 2}
    shapes = {tuple(sorted((one.opener, one.peer) for one in each.openings)) for each in all_roads}
    assert len(shapes) == len(SEEDS)
    assert max(len(one.openings) for one in all_roads) <= 9  # each costs a first visit its time
