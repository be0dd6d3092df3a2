"""DNS seeds: what is asked, and what becomes of the answers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.address_book import NEEDED
from lnwallet_tui.light.seeds import MOST_OF_ANSWER, PORTS, SEEDS, ask, questions
from lnwallet_tui.net.names import addresses_of
from lnwallet_tui.p2p.addresses import NetworkId, PeerAddress, offers

NOW = 1_790_000_000


def test_a_seed_is_asked_for_filters_and_plainly() -> None:
    asked = questions("seed.example")
    assert [one.name for one in asked] == ["x49.seed.example", "x849.seed.example", "seed.example"]
    assert [offers(one.services, NEEDED) for one in asked] == [True, True, False]


async def test_answers_keep_apart_who_gave_them() -> None:
    answers = {
        "x49.one.example.": ["20.0.0.1", "2600:1::1"],
        "two.example.": [f"20.0.1.{number}" for number in range(200)],
    }

    async def resolve(name: str) -> Sequence[str]:
        return answers.get(name, ())

    told = dict(await ask(resolve, Network.SIGNET, ["one.example", "two.example"], NOW))
    assert set(told) == {
        f"{name}{seed}.example:38333" for name in ("x49.", "x849.", "") for seed in ("one", "two")
    }
    assert told["x49.one.example:38333"] == [
        PeerAddress(NOW, 0x49, NetworkId.IPV4, bytes((20, 0, 0, 1)), 38_333),
        PeerAddress(
            NOW, 0x49, NetworkId.IPV6, bytes.fromhex("26000001" + "00" * 11 + "01"), 38_333
        ),
    ]
    assert len(told["two.example:38333"]) == MOST_OF_ANSWER
    assert told["x849.one.example:38333"] == []


async def test_a_real_resolver_answers() -> None:
    """Of the names of this machine there is one that needs no network."""

    async def resolve(name: str) -> Sequence[str]:
        return await addresses_of("localhost") if name == "localhost." else ()

    told = dict(await ask(resolve, Network.REGTEST, ["localhost"], NOW))
    assert {one.host for one in told["localhost:18444"]} <= {"127.0.0.1", "::1"}
    assert told["localhost:18444"]


@pytest.mark.parametrize("network", Network)
def test_each_network_has_its_seeds_and_its_port(network: Network) -> None:
    assert bool(SEEDS[network]) == (network is not Network.REGTEST)
    assert PORTS[network] > 0
    assert all(seed == seed.lower().strip(".") for seed in SEEDS[network])
