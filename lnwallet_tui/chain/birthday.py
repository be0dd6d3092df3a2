"""From a date to a block: where a wallet that is restored begins to look at the chain.

A wallet restored from its words knows at best in which month it was made. What comes out here must
not be above the chain's height at that time, else coins stay unseen; that it is some weeks below
costs minutes of looking only. So from a block whose time is known it is reckoned as if blocks had
come slower than they ever did for long, and two weeks of blocks are taken off.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.consensus import PERIOD, rules_of
from lnwallet_tui.bitcoin.network import Network

FIRST_WALLET: Final = 1_793_491_200
"""1 November 2026: before it there was no program of this name that could have made a wallet."""

_SLOWEST_SECONDS: Final = 660
"""A block every eleven minutes. Where hash power leaves, a period of two weeks can take four, as in
July 2021; the margin bears that, and the difficulty mends it within the next period."""
_MARGIN: Final = PERIOD

_Block = tuple[int, int]  # height and time (Unix seconds)

# bitcoinj, core/src/main/resources/org.bitcoin.{production,signet}.checkpoints.txt (2026-08-22).
# Of testnet4 the first block does: its blocks come faster than every ten minutes on the whole.
_KNOWN: Final[dict[Network, tuple[_Block, ...]]] = {
    Network.MAINNET: (
        (50_400, 1271061586),
        (100_800, 1294031411),
        (151_200, 1320032534),
        (201_600, 1349226660),
        (252_000, 1376417490),
        (302_400, 1400928750),
        (352_800, 1429467906),
        (403_200, 1458292068),
        (453_600, 1487410706),
        (504_000, 1515827554),
        (554_400, 1545175965),
        (604_800, 1574356132),
        (655_200, 1604392090),
        (705_600, 1634588757),
        (756_000, 1664333794),
        (806_400, 1693967242),
        (856_800, 1723679961),
        (878_976, 1736712111),
    ),
    Network.SIGNET: (
        (50_400, 1628620444),
        (100_800, 1658865340),
        (151_200, 1689066122),
        (201_600, 1719357588),
        (229_824, 1736263429),
    ),
    Network.TESTNET4: ((0, rules_of(Network.TESTNET4).genesis.time),),
    Network.REGTEST: (),
}


def height_before(network: Network, unix_time: int) -> int:
    """A height that the best chain had reached by that time, surely; 0 where nothing is known."""
    passed = [block for block in _KNOWN[network] if block[1] <= unix_time]
    if not passed:
        return 0
    height, time = passed[-1]
    return max(0, height + (unix_time - time) // _SLOWEST_SECONDS - _MARGIN)
