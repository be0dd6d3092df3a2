"""DNS seeds: names under which people of Bitcoin Core keep lists of nodes that live.

Whoever answers for a name can tell what he likes, so that each is a source of its own in the
address book. `x49.` before a name asks for nodes with these services only; not all seeds know it.
There are no addresses of nodes in this program: they would be old before it is used.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.address_book import NEEDED
from lnwallet_tui.p2p.addresses import NetworkId, PeerAddress, Service

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""The IP addresses of a name; none where it is not known. Does not raise."""

# Core: src/kernel/chainparams.cpp, vSeeds and nDefaultPort.
SEEDS: Final[dict[Network, tuple[str, ...]]] = {
    Network.MAINNET: (
        "seed.bitcoin.sipa.be",
        "dnsseed.bluematt.me",
        "seed.bitcoin.jonasschnelli.ch",
        "seed.btc.petertodd.net",
        "seed.bitcoin.sprovoost.nl",
        "dnsseed.emzy.de",
        "seed.bitcoin.wiz.biz",
        "seed.mainnet.achownodes.xyz",
    ),
    Network.TESTNET4: ("seed.testnet4.bitcoin.sprovoost.nl", "seed.testnet4.wiz.biz"),
    Network.SIGNET: ("seed.signet.bitcoin.sprovoost.nl", "seed.signet.achownodes.xyz"),
    Network.REGTEST: (),
}
PORTS: Final = {
    Network.MAINNET: 8_333,
    Network.TESTNET4: 48_333,
    Network.SIGNET: 38_333,
    Network.REGTEST: 18_444,
}
MOST_OF_ANSWER: Final = 64
"""A seed answers with some twenty; the address book would not keep more of one source."""


@dataclass(frozen=True, slots=True)
class SeedQuestion:
    """A name to ask for, and what those who stand under it offer (0: nobody says)."""

    name: str
    services: int


def questions(seed: str) -> tuple[SeedQuestion, ...]:
    """What one seed is asked: for nodes of use to us, with the newer transport too, and plainly."""
    asked = [
        SeedQuestion(f"x{services:x}.{seed}", services)
        for services in (int(NEEDED), NEEDED | Service.P2P_V2)
    ]
    return (*asked, SeedQuestion(seed, 0))


async def ask(
    resolve: Resolve, network: Network, seeds: Sequence[str], now: int
) -> list[tuple[str, list[PeerAddress]]]:
    """What was told, each with the `host:port` of the name that told it."""
    asked = [question for seed in seeds for question in questions(seed)]
    # The dot: without it the names of this machine's own network might be tried as well.
    answers = await asyncio.gather(*(resolve(f"{one.name}.") for one in asked))
    return [
        (f"{one.name}:{PORTS[network]}", _told(one.services, answer, PORTS[network], now))
        for one, answer in zip(asked, answers, strict=True)
    ]


def _told(services: int, answer: Sequence[str], port: int, now: int) -> list[PeerAddress]:
    told: list[PeerAddress] = []
    for text in answer[:MOST_OF_ANSWER]:
        found = ipaddress.ip_address(text.partition("%")[0])
        kind = NetworkId.IPV4 if found.version == 4 else NetworkId.IPV6
        told.append(PeerAddress(now, services, kind, found.packed, port))
    return told
