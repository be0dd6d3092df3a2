"""The address book: bounded, not to be flooded, and careful whom it hands out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.chain.address_book import (
    BAN,
    FIRST_REST,
    LONGEST_REST,
    MOST_BANNED,
    MOST_HEARD,
    MOST_NEIGHBOURS,
    MOST_OF_SOURCE,
    MOST_REFUSED,
    MOST_TRIED,
    NEEDED,
    UNDER_WAY,
    AddressBook,
    Known,
    Memory,
)
from lnwallet_tui.chain.hosts import address_of, host_of
from lnwallet_tui.chain.questions import Ending, Failure, Fault, Refusal
from lnwallet_tui.p2p.addresses import NetworkId, PeerAddress, Service

EVERY = frozenset({NetworkId.IPV4, NetworkId.IPV6, NetworkId.TORV3})
NOW = 1_790_000_000
HOUR, DAY = 3_600, 86_400
SERVICES = int(NEEDED)


def four(
    number: int, *, services: int = SERVICES, time: int = NOW, port: int = 8333
) -> PeerAddress:
    """The `number`th public address: of the /16 of `number // 65536`, counted from 20.0."""
    first, near = divmod(number, 1 << 16)
    packed = bytes((20 + first // 256, first % 256)) + near.to_bytes(2, "big")
    return PeerAddress(time, services, NetworkId.IPV4, packed, port)


def apart(number: int) -> PeerAddress:
    """Each in a neighbourhood of its own."""
    return four(number << 16 | 1)


def onion(number: int) -> PeerAddress:
    return PeerAddress(NOW, SERVICES, NetworkId.TORV3, number.to_bytes(32, "big"), 8333)


def dice(seed: int = 1) -> Callable[[int], int]:
    return Random(seed).randrange


def first(_below: int) -> int:
    return 0


def book(memory: Memory | None = None, now: int = NOW + 30 * DAY) -> AddressBook:
    return AddressBook(EVERY, memory, now)


def heard(of: AddressBook) -> set[str]:
    return {one.address for one in of.memory().heard}


def tried(of: AddressBook) -> set[str]:
    return {one.address for one in of.memory().tried}


def drawn(of: AddressBook, now: int = NOW, seed: int = 1) -> list[str]:
    """All that it hands out, none of which anybody connects to."""
    choose, found = dice(seed), []
    while (address := of.next((), now, choose)) is not None:
        found.append(address)
    return found


# -- what is learned


def test_what_is_of_no_use_is_not_learned() -> None:
    one = book()
    one.hear("20.0.0.1:8333", [four(1, services=Service.NETWORK | Service.WITNESS)], NOW, first)
    one.hear("20.0.0.1:8333", [four(2, time=NOW - 31 * DAY)], NOW, first)
    one.hear("20.0.0.1:8333", [four(3, port=25)], NOW, first)
    assert len(one) == 0


def test_a_network_on_which_nobody_is_reached_is_not_learned() -> None:
    plain = AddressBook(frozenset({NetworkId.IPV4}))
    plain.hear("20.0.0.1:8333", [onion(1)], NOW, first)
    assert len(plain) == 0


def test_whoever_told_first_keeps_it() -> None:
    """Else who repeats what others told would take it into its own share, and push it out there."""
    one = book()
    one.hear("20.0.0.1:8333", [four(70_000)], NOW, first)
    one.hear("20.1.0.1:8333", [four(70_000)], NOW, first)
    assert [known.source for known in one.memory().heard] == ["20.0/16"]


def test_what_nobody_said_can_be_said_later() -> None:
    one = book()
    one.hear("seed.example:8333", [apart(1)], NOW, first)
    one.hear("seed.example:8333", [four(2 << 16, services=0)], NOW, first)
    one.hear("20.1.0.1:8333", [four(2 << 16)], NOW, first)
    assert {known.services for known in one.memory().heard} == {SERVICES}


addresses = (
    st.integers(0, 4_000).map(four)
    | st.integers(0, 900).map(apart)
    | st.integers(0, 300).map(onion)
)
endings = st.sampled_from([*Failure, *Fault, *Refusal])
times = st.integers(NOW, NOW + 30 * DAY)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("hear"), addresses, st.lists(addresses, max_size=80), times),
        st.tuples(st.just("met"), addresses, st.none() | st.integers(0, 5_000), times),
        st.tuples(st.just("failed"), addresses, st.none(), times),
        st.tuples(st.just("ended"), addresses, endings, times),
        st.tuples(st.just("next"), addresses, st.lists(addresses, max_size=4), times),
    ),
    max_size=60,
)


def take(
    one: AddressBook, step: tuple[str, PeerAddress, object, int], choose: Callable[[int], int]
) -> None:
    what, peer, more, now = step
    address = address_of(peer)
    match what, more:
        case "hear", list():
            one.hear(address, more, now, choose)
        case "met", int() | None:
            one.met(address, SERVICES, more, now)
        case "failed", _:
            one.failed(address, now)
        case "ended", Failure() | Fault() | Refusal():
            one.ended(address, more, now)
        case "next", list():
            connected = [address_of(each) for each in more]
            found = one.next(connected, now, choose)
            if found is not None:
                near = {host_of(each).neighbourhood for each in connected}
                assert host_of(found).neighbourhood not in near
        case _:
            raise AssertionError(step)


def check_bounds(memory: Memory) -> None:
    shares = Counter(known.source for known in memory.heard)
    on_network = Counter(host_of(known.address).network for known in memory.tried)
    near = Counter(host_of(known.address).neighbourhood for known in memory.tried)
    assert len(memory.heard) <= MOST_HEARD
    assert max(shares.values(), default=0) <= MOST_OF_SOURCE
    assert max(on_network.values(), default=0) <= MOST_TRIED
    assert max(near.values(), default=0) <= MOST_NEIGHBOURS
    assert len(memory.banned) <= MOST_BANNED
    assert len(memory.refused) <= MOST_REFUSED
    names = [known.address for known in (*memory.tried, *memory.heard)]
    assert len(names) == len(set(names))


@given(steps, st.integers(0, 99))
def test_whatever_happens_it_is_bounded_and_can_be_kept(
    done: list[tuple[str, PeerAddress, object, int]], seed: int
) -> None:
    one, choose = book(), dice(seed)
    for step in done:
        take(one, step, choose)
    check_bounds(one.memory())
    assert book(one.memory()).memory() == one.memory()


def test_a_flood_of_all_kinds_is_bounded() -> None:
    one, choose = book(), dice()
    for number in range(1_200):
        source = address_of(apart(number))
        one.hear(source, [four((4_000 + number) << 16), onion(number)], NOW, choose)
        one.met(source, SERVICES, None, NOW + number)
        one.met(address_of(four(number)), SERVICES, None, NOW + number)
        one.met(address_of(onion(number + 9_000)), SERVICES, None, NOW + number)
        one.ended(address_of(apart(number + 5_000)), Fault.LIE, NOW)
        one.ended(address_of(apart(number + 9_000)), Refusal.NO_FILTERS, NOW)
    check_bounds(one.memory())


@given(
    st.sets(st.integers(100, 200), max_size=MOST_OF_SOURCE),
    st.lists(st.integers(300, 60_000), max_size=1_000),
    st.integers(0, 99),
)
def test_a_flood_pushes_out_nothing_but_its_own(
    honest: set[int], flood: list[int], seed: int
) -> None:
    one, choose = book(), dice(seed)
    one.hear("20.1.0.1:8333", [apart(number) for number in sorted(honest)], NOW, choose)
    one.met("20.2.0.1:8333", SERVICES, 50, NOW)
    before, worked = heard(one), tried(one)
    assert len(before) == len(honest)
    for at in range(0, len(flood), 1_000):
        told = [four(number) for number in flood[at : at + 1_000]]
        one.hear("20.9.0.1:8333", told, NOW, choose)
    assert before <= heard(one)
    assert tried(one) == worked
    assert len(heard(one) - before) <= MOST_OF_SOURCE


def test_many_who_flood_leave_everybody_a_fair_share() -> None:
    one, choose = book(), dice()
    one.hear("20.1.0.1:8333", [apart(number) for number in range(20)], NOW, choose)
    few = heard(one)
    for source in range(40):
        told = [four((1_000 + source << 16) | number) for number in range(200)]
        one.hear(f"30.{source}.0.1:8333", told, NOW, choose)
    assert len(heard(one)) == MOST_HEARD
    assert few <= heard(one)  # fewer than a fair share: 1,024 / 41


def test_a_source_with_many_addresses_is_drawn_no_more_often() -> None:
    one, choose = book(), dice()
    one.hear("20.1.0.1:8333", [apart(1)], NOW, choose)
    one.hear("20.9.0.1:8333", [apart(number) for number in range(100, 164)], NOW, choose)
    honest = sum(
        one.next((), NOW + turn * UNDER_WAY, choose) == address_of(apart(1)) for turn in range(200)
    )
    assert 60 < honest < 140


# -- whom it hands out


def test_nobody_is_handed_out_twice_at_once() -> None:
    one = book()
    one.hear("20.1.0.1:8333", [apart(1), apart(2)], NOW, first)
    assert sorted(drawn(one)) == sorted(map(address_of, (apart(1), apart(2))))
    assert drawn(one) == []
    assert len(drawn(one, NOW + UNDER_WAY)) == 2


def test_neighbours_of_those_connected_are_not_dialled() -> None:
    one = book()
    six = PeerAddress(NOW, SERVICES, NetworkId.IPV6, bytes.fromhex("26000001" + "00" * 12), 8333)
    one.hear("20.1.0.1:8333", [four(7), four(8, port=9000), six, onion(1)], NOW, first)
    connected = ["20.0.200.1:8333", "[2600:1:ffff::1]:8333", address_of(onion(1))]
    assert one.next(connected, NOW, first) is None
    assert one.next(connected[1:], NOW, first) is not None


def test_the_faster_is_preferred_and_not_for_ever() -> None:
    fast, slow = address_of(apart(1)), address_of(apart(2))
    drawn_first: Counter[str | None] = Counter()
    for seed in range(200):
        one = book()
        one.met(slow, SERVICES, 900, NOW)
        one.met(fast, SERVICES, 30, NOW)
        drawn_first[one.next((), NOW, dice(seed))] += 1
    assert drawn_first[fast] > 2 * drawn_first[slow] > 0


def test_some_are_fresh() -> None:
    old = [address_of(apart(number)) for number in range(30)]
    one = book()
    for address in old:
        one.met(address, SERVICES, 30, NOW)
    one.hear("20.1.0.1:8333", [apart(number) for number in range(100, 130)], NOW, dice())
    fresh = [address for address in drawn(one)[:40] if address not in old]
    assert 3 < len(fresh) < 20


def test_those_that_are_said_to_be_of_use_come_first() -> None:
    one = book()
    one.hear("20.1.0.1:8333", [four(number << 16, services=0) for number in range(9)], NOW, dice())
    one.hear("20.2.0.1:8333", [apart(50)], NOW, dice())
    found = drawn(one)
    assert found[0] == address_of(apart(50))
    assert len(found) == 10


def test_the_next_is_on_another_network() -> None:
    one = book()
    for number in range(9):
        one.met(address_of(apart(number)), SERVICES, 10, NOW)
    one.met(address_of(onion(1)), SERVICES, 900, NOW)
    found = one.next([address_of(apart(20))], NOW, dice())
    assert found == address_of(onion(1))


def test_the_latency_is_an_average_and_is_not_forgotten() -> None:
    one, address = book(), address_of(apart(1))
    for latency in (None, 100, 500, None):
        one.met(address, SERVICES, latency, NOW)
    assert [known.latency_ms for known in one.memory().tried] == [200]


# -- what became of them


@pytest.mark.parametrize("why", Fault)
def test_proof_is_a_ban_of_the_host_for_a_day(why: Fault) -> None:
    one, address = book(), address_of(four(7))
    one.met(address, SERVICES, None, NOW)
    one.hear("20.1.0.1:8333", [four(7, port=9000)], NOW, first)
    one.ended(address, why, NOW)
    assert len(one) == 0
    again = [four(7), four(7, port=9000)]
    one.hear("20.1.0.1:8333", again, NOW + BAN - 1, first)
    assert len(one) == 0
    one.hear("20.1.0.1:8333", again, NOW + BAN, first)
    assert len(one) == 2


@pytest.mark.parametrize("why", Refusal)
def test_a_refusal_is_about_one_address_and_passes(why: Refusal) -> None:
    one, address = book(), address_of(four(7))
    one.met(address, SERVICES, None, NOW)
    one.ended(address, why, NOW)
    one.hear("20.1.0.1:8333", [four(7), four(7, port=9000)], NOW, first)
    assert drawn(one) == [address_of(four(7, port=9000))]
    later = NOW + 30 * DAY
    one.hear("20.1.0.1:8333", [four(7, time=later)], later, first)
    assert address in drawn(one, later)


@pytest.mark.parametrize("why", Failure)
def test_a_failure_is_no_ban(why: Failure) -> None:
    one, address = book(), address_of(apart(1))
    one.met(address, SERVICES, None, NOW)
    one.ended(address, why, NOW)
    assert drawn(one, NOW) == []
    assert drawn(one, NOW + 6 * HOUR) == [address]


def rest_after(one: AddressBook, address: str, now: int) -> int:
    [known] = [known for known in one.memory().tried if known.address == address]
    return known.rests_until - now


def test_who_fails_again_and_again_is_left_alone_for_longer() -> None:
    one, address, now = book(), address_of(apart(1)), NOW
    one.met(address, SERVICES, None, now)
    rests = []
    for _ in range(7):
        now += DAY - 1
        one.met(address_of(apart(2)), SERVICES, None, now)  # so it is not our line
        one.failed(address, now)
        rests.append(rest_after(one, address, now))
    assert rests[0] == 2 * FIRST_REST
    assert rests == sorted(rests)
    one.met(address, SERVICES, None, now)
    assert rest_after(one, address, now) <= 0
    assert max(rests) <= LONGEST_REST


def test_where_nothing_works_nobody_is_blamed() -> None:
    one, address = book(), address_of(apart(1))
    one.met(address, SERVICES, None, NOW)
    for minute in range(2_000):
        one.failed(address, NOW + 60 * minute)
    assert tried(one) == {address}
    assert rest_after(one, address, NOW + 60 * 1_999) <= 2 * FIRST_REST


def test_who_never_worked_is_forgotten_soon_and_who_did_after_a_week() -> None:
    one = book()
    new, old, good = address_of(apart(1)), address_of(apart(2)), address_of(apart(3))
    one.hear("20.9.0.1:8333", [apart(1)], NOW, first)
    one.met(old, SERVICES, None, NOW)
    for day in range(9):
        one.met(good, SERVICES, None, NOW + day * DAY)
        one.failed(new, NOW + day * DAY)
        one.failed(old, NOW + day * DAY)
        assert (new in heard(one)) == (day < 2)
        assert (old in tried(one)) == (day < 7)


def test_a_name_is_not_kept() -> None:
    one = book()
    one.met("x49.seed.example:8333", SERVICES, 30, NOW)
    assert len(one) == 0


def test_whatever_ends_with_a_stranger_changes_nothing() -> None:
    one = book()
    endings: list[Ending] = [*Failure]
    for why in endings:
        one.ended("20.0.0.1:8333", why, NOW)
    one.failed("20.0.0.1:8333", NOW)
    assert one.memory() == Memory()


def test_what_was_kept_with_a_wrong_clock_does_not_last() -> None:
    one, later = book(), NOW + 3_000 * DAY
    one.met(address_of(apart(1)), SERVICES, None, later)
    one.failed(address_of(apart(1)), later)
    one.ended(address_of(apart(2)), Fault.LIE, later)
    one.ended(address_of(apart(3)), Refusal.OTHER_CHAIN, later)
    same = book(one.memory(), NOW)
    assert drawn(same, NOW + LONGEST_REST) == [address_of(apart(1))]
    now = NOW + 30 * DAY
    same.hear(
        "20.9.0.1:8333", [four(2 << 16 | 1, time=now), four(3 << 16 | 1, time=now)], now, first
    )
    assert len(same) == 3


def test_a_memory_with_too_much_and_with_nonsense_is_cut() -> None:
    numbers = range(MOST_HEARD + 100)
    memory = Memory(
        tried=(*(Known(address_of(apart(number))) for number in numbers), Known("nonsense")),
        heard=tuple(Known(f"{number}", "one source") for number in numbers),
        banned=tuple((f"{number}", NOW) for number in numbers),
        refused=tuple((f"{number}", NOW) for number in numbers),
    )
    one = book(memory)
    check_bounds(one.memory())
    assert all(address in tried(one) for address in drawn(one)[:10])
