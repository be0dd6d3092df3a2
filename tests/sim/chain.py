"""How the nodes of a life see the chain: a source that may lie about what it passes on."""

from __future__ import annotations

from collections import Counter
from typing import Final, Protocol

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.node.ports import BroadcastResult
from lnwallet_tui.playground.chain_source import CALM, SimChainSource
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_cluster import Entry
from lnwallet_tui.playground.regtest import Regtest
from tests.sim.tally import Fault

DEAREST: Final = 500_000
"""500 sat/vB, in sat/kvB."""


class Overhearer(Protocol):
    """Who is told of everything that a node wants to publish."""

    def publishes(self, name: str, tx: Tx) -> None: ...


class LyingSource(SimChainSource):
    """One node's view. `lies` says how what it publishes fares: ``""`` well; ``lost``: called
    accepted, and nobody hears of it; ``denied``: passed on, and called refused."""

    name_of_node: str
    overhearer: Overhearer
    happened: Counter[Fault]
    lies = ""

    async def broadcast(self, txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
        """As the port says, or not."""
        for tx in txs:
            self.overhearer.publishes(self.name_of_node, tx)
        if self.lies == "lost":
            self.happened[Fault.RELAY_LIES] += 1
            return tuple(BroadcastResult(tx.txid, accepted=True) for tx in txs)
        results = await super().broadcast(txs)
        if self.lies == "denied":
            self.happened[Fault.RELAY_LIES] += 1
            return tuple(BroadcastResult(tx.txid, False, "mempool full") for tx in txs)
        return results


def change_fees(regtest: Regtest, soon: int) -> None:
    """From now on a block soon costs so much (sat/kvB), later ones less."""
    regtest.weather.change((soon, max(1_100, soon * 2 // 3), max(1_100, soon // 3)))


def fill(regtest: Regtest) -> None:
    """The mempool is full: it asks for half of what a block costs soon, and evicts what pays
    less."""
    regtest.mempool.floor = regtest.weather.soon // 2
    evict(regtest.mempool, [one for one in regtest.mempool.entries() if _is_cheap(regtest, one)])


def _is_cheap(regtest: Regtest, entry: Entry) -> bool:
    cluster = next(iter(regtest.mempool.graph().clusters([entry.txid])))
    entries = [regtest.mempool.get(txid) for txid in cluster]
    known = [one for one in entries if one is not None]
    fee, vsize = sum(one.fee for one in known), sum(one.vsize for one in known)
    return fee * 1000 < regtest.mempool.floor * vsize


def evict(mempool: Mempool, entries: list[Entry]) -> int:
    """These and what spends them are forgotten; how many that were."""
    gone = mempool.graph().descendants({entry.txid for entry in entries})
    for txid in gone:
        mempool._entries.pop(txid, None)
    return len(gone)


def evict_some(mempool: Mempool, dice: SeededDice) -> int:
    """Some of what waits is forgotten, whatever it pays; how many transactions that were."""
    waiting = list(mempool.entries())
    return evict(mempool, [one for one in waiting if dice.between(0, 1)])


def calm(regtest: Regtest) -> None:
    """Fees and mempool as at the beginning."""
    regtest.weather.change(CALM)
    regtest.mempool.floor = 0
