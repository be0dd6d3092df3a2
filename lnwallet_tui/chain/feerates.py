"""What a transaction must pay, as far as a light node can tell: what peers take, what blocks took.

Both are the word of others: peers say in `feefilter` (BIP133) what they would not pass on, and the
miner of a block that we hold whole says in its coinbase what its transactions paid together.
Feerates are sat/kw. Each number comes with where it is from and since when it is known.
"""

from __future__ import annotations

import enum
import statistics
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.blocks import BlockConnected
from lnwallet_tui.policy import BLOCK_FEES_KEPT, HIGHEST_TOLD_FEERATE, PEERS_MAY_LAG

LEAST: Final = 250
"""1 sat/vB: nodes before Core 30 pass on nothing below it."""
FULL: Final = 3_800_000
"""Of a block's 4,000,000 of weight. In one that has less, whoever paid the least was taken too."""

_SOON: Final = 6  # blocks
_TODAY: Final = 144
_KVB_TO_KW: Final = 4
_FIRST_SUBSIDY: Final = 50 * 100_000_000


class Source(enum.Enum):
    """Where a feerate is from."""

    PEERS = "what peers pass on"
    BLOCKS = "what blocks took"


@dataclass(frozen=True, slots=True)
class Reading:
    """A feerate, made of what `count` peers or blocks said, the oldest of it at `since` (seconds
    since 1970)."""

    per_kw: int
    source: Source
    since: int
    count: int


@dataclass(frozen=True, slots=True)
class PeersFloor:
    """What a connected peer said in `feefilter`, and the height of the chain that it is known to
    have."""

    sat_per_kvb: int
    since: int
    height: int


@dataclass(frozen=True, slots=True)
class BlockFees:
    """What the transactions of one block paid on average; 0 where the block was not full."""

    height: int
    time: int
    per_kw: int


def relay_floor(said: Collection[PeersFloor], tip: int) -> Reading | None:
    """The median of what peers pass on, of two the lower one: half of the peers pass it on, and
    half of them cannot raise it. None where no peer says anything that counts.

    A peer that downloads the chain yet names all money there is, and one that is behind our tip
    knows nothing of today's transactions.
    """
    counted = [
        one
        for one in said
        if one.sat_per_kvb <= HIGHEST_TOLD_FEERATE * _KVB_TO_KW
        and one.height >= tip - PEERS_MAY_LAG
    ]
    if not counted:
        return None
    median = statistics.median_low(one.sat_per_kvb for one in counted)
    since = min(one.since for one in counted)
    return Reading(max(-(-median // _KVB_TO_KW), LEAST), Source.PEERS, since, len(counted))


def fees_of(block: BlockConnected, network: Network) -> BlockFees | None:
    """What the transactions of a block paid that is here whole, which is what its coinbase takes
    beyond the new coins. None for a block without any, which says nothing."""
    if len(block.txs) < 2:
        return None
    coinbase, *others = (tx for _, tx in block.txs)
    taken = sum(output.value.value for output in coinbase.outputs)
    fees = max(0, taken - subsidy(block.height, network))  # a miner may take less
    weight = sum(tx.weight for tx in others)
    full = weight + coinbase.weight >= FULL
    return BlockFees(block.height, block.time, fees * 1_000 // weight if full else 0)


def subsidy(height: int, network: Network) -> int:
    """The new coins of a block, in satoshi."""
    interval = 150 if network is Network.REGTEST else 210_000  # Core: nSubsidyHalvingInterval
    return _FIRST_SUBSIDY >> height // interval


def estimate(
    target_blocks: int, floor: Reading | None, blocks: Sequence[BlockFees], tip: int
) -> Reading | None:
    """The feerate that should confirm within so many blocks: what recent blocks took on average,
    and not less than what peers pass on. None where nothing is known.

    An average is more than what the cheapest of a full block paid, which is what one would like to
    know; so the higher blocks count for those in a hurry, and the lower for those who can wait.
    """
    recent = [
        one
        for one in blocks
        if tip - BLOCK_FEES_KEPT < one.height <= tip and one.per_kw <= HIGHEST_TOLD_FEERATE
    ]
    if not recent:
        return floor
    percent = 75 if target_blocks <= _SOON else 50 if target_blocks <= _TODAY else 25
    taken = _share(sorted(one.per_kw for one in recent), percent)
    since = min(one.time for one in recent)
    reading = Reading(max(taken, LEAST), Source.BLOCKS, since, len(recent))
    return reading if floor is None or reading.per_kw > floor.per_kw else floor


def _share(ascending: Sequence[int], percent: int) -> int:
    """The number that stands above so many percent of all."""
    return ascending[min(len(ascending) * percent // 100, len(ascending) - 1)]
