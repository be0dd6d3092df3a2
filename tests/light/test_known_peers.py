"""Whom to dial: those in the book, those that seeds tell of, or those that the user named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.address_book import NEEDED
from lnwallet_tui.chain.questions import Failure, Fault
from lnwallet_tui.light.known_peers import (
    ASK_AGAIN,
    ASK_SOON,
    ENOUGH,
    IN_VAIN,
    SAVE_EVERY,
    FixedPeers,
    KnownPeers,
)
from lnwallet_tui.light.seeds import SEEDS
from lnwallet_tui.light.whom import Whom
from lnwallet_tui.p2p.addresses import NetworkId, PeerAddress
from lnwallet_tui.store import chain_peers
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import StoreError
from tests.store.quota import limit_pages

SERVICES = int(NEEDED)
START = 1_790_000_000


class HandClock:
    """Moved by hand. Implements `Clock`."""

    def __init__(self) -> None:
        self.now = START

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return self.now * 1_000

    async def sleep_until(self, at_ms: int) -> None:
        """It is so late at once."""
        self.now = max(self.now, at_ms // 1_000)


class Dns:
    """Answers with nodes in neighbourhoods of their own, as long as it is `up`."""

    def __init__(self) -> None:
        self.up, self.asked = True, list[str]()

    async def resolve(self, name: str) -> Sequence[str]:
        """As a resolver."""
        self.asked.append(name)
        first = 20 + len(self.asked)
        return [f"{first}.{number}.0.1" for number in range(20)] if self.up else ()


@pytest.fixture(name="store")
def open_store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path) as store:
        yield store


def known(
    store: Store, clock: HandClock, dns: Dns | None, network: Network = Network.MAINNET
) -> KnownPeers:
    resolve = None if dns is None else dns.resolve
    return KnownPeers(network, store, clock, Random(1).randrange, resolve)


def told(*numbers: int) -> list[PeerAddress]:
    return [
        PeerAddress(START, SERVICES, NetworkId.IPV4, bytes((90, number, 0, 1)), 8333)
        for number in numbers
    ]


async def test_who_knows_nobody_asks_some_seeds(store: Store) -> None:
    dns = Dns()
    peers = known(store, HandClock(), dns)
    found = await peers.next(())
    assert found is not None
    assert found.endswith(":8333")
    assert len(dns.asked) == 9  # three seeds, each in three ways; that was enough
    again = await peers.next([found])
    assert again not in (None, found)
    assert len(dns.asked) == 9


async def test_where_no_seed_answers_all_are_asked_and_soon_again(store: Store) -> None:
    dns, clock = Dns(), HandClock()
    dns.up = False
    peers = known(store, clock, dns)
    assert await peers.next(()) is None
    assert len(set(dns.asked)) == len(dns.asked) == 3 * len(SEEDS[Network.MAINNET])
    before = len(dns.asked)
    clock.now += ASK_SOON - 1
    assert await peers.next(()) is None
    assert len(dns.asked) == before
    clock.now += 1
    dns.up = True
    assert await peers.next(()) is not None


async def test_who_knows_enough_asks_nobody(store: Store) -> None:
    dns = Dns()
    peers = known(store, HandClock(), dns)
    peers.told("20.0.0.1:8333", told(*range(ENOUGH)))
    assert await peers.next(()) is not None
    assert dns.asked == []


async def test_who_dials_in_vain_asks_before_all_is_tried(store: Store) -> None:
    dns = Dns()
    peers = known(store, HandClock(), dns)
    peers.told("20.0.0.1:8333", told(*range(ENOUGH)))
    for _ in range(IN_VAIN):
        found = await peers.next(())
        assert found is not None
        peers.failed(found)
    assert dns.asked == []
    assert await peers.next(()) is not None
    assert len(dns.asked) == 9


async def test_who_meets_somebody_does_not(store: Store) -> None:
    dns = Dns()
    peers = known(store, HandClock(), dns)
    peers.told("20.0.0.1:8333", told(*range(ENOUGH)))
    for turn in range(3 * IN_VAIN):
        found = await peers.next(())
        assert found is not None
        if turn % IN_VAIN:
            peers.failed(found)
        else:
            peers.met(found, SERVICES, 30)
    assert dns.asked == []


async def test_with_a_proxy_who_dials_in_vain_turns_to_the_seeds_too(store: Store) -> None:
    peers = known(store, HandClock(), None)
    peers.told("20.0.0.1:8333", told(*range(ENOUGH)))
    found = [await peers.next(()) for _ in range(IN_VAIN + 1)]
    assert [one is not None and one[0] == "9" for one in found] == [True] * IN_VAIN + [False]


async def test_who_is_left_with_nobody_to_try_asks_again_after_a_while(store: Store) -> None:
    dns, clock = Dns(), HandClock()
    peers = known(store, clock, dns)
    connected: list[str] = []
    while (found := await peers.next(connected)) is not None:
        connected.append(found)
    asked = len(dns.asked)
    clock.now += ASK_AGAIN
    assert await peers.next(connected) is not None
    assert len(dns.asked) > asked


async def test_regtest_has_no_seeds(store: Store) -> None:
    dns = Dns()
    assert await known(store, HandClock(), dns, Network.REGTEST).next(()) is None
    assert await known(store, HandClock(), None, Network.REGTEST).next(()) is None
    assert dns.asked == []


async def test_with_a_proxy_the_seeds_are_dialled_by_name(store: Store) -> None:
    """Whom that leads to is unknown, and nothing to keep; those it tells of are."""
    clock = HandClock()
    peers = known(store, clock, None)
    found = [await peers.next(()) for _ in range(2 * len(SEEDS[Network.MAINNET]) + 1)]
    half = len(SEEDS[Network.MAINNET])
    assert {f"x49.{seed}:8333" for seed in SEEDS[Network.MAINNET]} == set(found[:half])
    assert {f"{seed}:8333" for seed in SEEDS[Network.MAINNET]} == set(found[half:-1])
    assert found[-1] is None
    name = found[0]
    assert name is not None
    peers.met(name, SERVICES, 30)
    onion = PeerAddress(START, SERVICES, NetworkId.TORV3, b"\7" * 32, 8333)
    peers.told(name, [onion])
    peers.ended(name, Failure.GONE)
    assert await peers.next(()) == f"{onion.host}:8333"
    clock.now += ASK_AGAIN
    assert await peers.next(()) in {f"{onion.host}:8333", *found}


async def test_without_a_proxy_nobody_of_tor_is_dialled(store: Store) -> None:
    peers = known(store, HandClock(), Dns(), Network.REGTEST)
    peers.told("20.0.0.1:1", [PeerAddress(START, SERVICES, NetworkId.TORV3, b"\7" * 32, 8333)])
    assert await peers.next(()) is None


async def test_what_worked_is_known_after_a_restart(tmp_path: Path) -> None:
    clock = HandClock()
    with Store(tmp_path) as store:
        peers = known(store, clock, None)
        peers.met("90.1.0.1:8333", SERVICES, 30)
    with Store(tmp_path) as store:
        assert await known(store, clock, None).next(()) == "90.1.0.1:8333"


async def test_it_is_saved_now_and_then_and_when_asked(store: Store) -> None:
    clock = HandClock()
    peers = known(store, clock, None)
    peers.met("90.1.0.1:8333", SERVICES, 30)
    peers.ended("90.1.0.1:8333", Fault.LIE)
    assert chain_peers.load(store).banned == ()
    clock.now += SAVE_EVERY
    peers.failed("90.9.0.1:8333")
    assert [name for name, _ in chain_peers.load(store).banned] == ["90.1.0.1"]
    peers.told("20.0.0.1:8333", told(2))
    peers.save()
    assert len(chain_peers.load(store).heard) == 1


async def test_a_disk_that_takes_nothing_stops_nobody(store: Store) -> None:
    clock = HandClock()
    peers = known(store, clock, None)
    limit_pages(store, 1)
    for number in range(200):
        clock.now += SAVE_EVERY
        peers.told(f"20.{number}.0.1:8333", told(*range(200)))
    assert await peers.next(()) is not None
    with pytest.raises(StoreError):
        peers.save()


async def test_lines_can_be_given_both(store: Store) -> None:
    both: list[Whom] = [known(store, HandClock(), None), FixedPeers(Network.REGTEST, ["a.onion"])]
    assert [await whom.next(()) for whom in both][1] == "a.onion:18444"


# -- the user's own


async def test_the_named_ones_come_in_turn_and_nobody_else() -> None:
    peers = FixedPeers(Network.REGTEST, ["localhost", "[::1]:7", "localhost:18444", "a.onion"])
    first, second, third = "localhost:18444", "[::1]:7", "a.onion:18444"
    peers.told(first, told(1, 2))
    peers.ended(first, Fault.LIE)
    peers.failed(second)
    peers.met(third, SERVICES, 30)
    assert [await peers.next(()) for _ in range(4)] == [first, second, third, first]
    assert await peers.next([second]) == third
    assert await peers.next([first, second]) == third
    assert await peers.next([first, second, third]) is None


@pytest.mark.parametrize("text", ["", "host:port", "[::1", "host:0", "two words"])
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(an address|an IPv6 address|a port) "):
        FixedPeers(Network.REGTEST, [text])
