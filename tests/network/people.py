"""Who lives at the edge of the network: the wallet under test and those it deals with."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.policy import REGTEST_POLICY
from tests.network.land import Opening
from tests.network.relays import Relays

WALLET: Final = "wallet"  # its files are on disk, and it learns the network from its peers
FRIEND: Final = "friend"  # behind a private channel
SHOP: Final = "shop"  # behind several small ones
SLEEPER: Final = "sleeper"  # asks for money and goes to bed
HERMIT: Final = "hermit"  # knows nobody
PEOPLE: Final = (WALLET, FRIEND, SHOP, SLEEPER, HERMIT)

_SMALL_SAT: Final = 1_200_000


async def move_in(relays: Relays) -> None:
    """Start them and open their channels, all of them private."""
    land = relays.land
    for name in PEOPLE:
        config = NodeConfig(
            Network.REGTEST,
            accept_all_inbound=name != WALLET,
            policy=REGTEST_POLICY,
            looks_behind=False,
            backs_up=False,
        )
        land.node(name, config, on_disk=name == WALLET)
    await land.start(PEOPLE)
    openings = _openings(relays.names)
    for one in openings:
        if one.peer == WALLET:
            land.nodes[WALLET].welcome(land.nodes[one.opener].node_id)
    await land.open(openings)


def _openings(names: tuple[str, ...]) -> list[Opening]:
    """Relays are in the order of their size: the first has most channels."""
    large, middling, small = names[0], names[len(names) // 20], names[len(names) // 8]
    other, third = names[len(names) // 30], names[len(names) // 10]
    return [
        Opening(WALLET, large, 8_000_000, 0, private=True),
        Opening(WALLET, middling, 3_000_000, 500_000_000, private=True),
        Opening(WALLET, small, 1_000_000, 0, private=True),
        Opening(other, WALLET, 5_000_000, 1_000_000_000, private=True),
        Opening(third, WALLET, 1_500_000, 0, private=True),
        Opening(large, FRIEND, 4_000_000, 1_000_000_000, private=True),
        Opening(large, SHOP, _SMALL_SAT, 0, private=True),
        Opening(middling, SHOP, _SMALL_SAT + 50_000, 0, private=True),
        Opening(third, SHOP, _SMALL_SAT + 100_000, 0, private=True),
        Opening(middling, SLEEPER, 1_000_000, 0, private=True),
    ]
