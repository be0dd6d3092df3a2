"""The one who mines: takes the best of the mempool into blocks, and reorganises on demand."""

from __future__ import annotations

from collections.abc import Iterable

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.playground import policy_limits as limits
from lnwallet_tui.playground.engine import EngineRefused
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_cluster import Chunk, Graph, best_first
from lnwallet_tui.playground.simchain import ChainBlock, SimChain


class Miner:
    """Mines on `chain` what waits in `mempool`."""

    def __init__(self, chain: SimChain, mempool: Mempool) -> None:
        self._chain = chain
        self._mempool = mempool

    def mine(self, without: Iterable[bytes] = ()) -> ChainBlock:
        """One block with the best chunks of the mempool.

        `without` are ids of transactions to leave waiting, with all that spends them.
        """
        return self._chain.extend(select(self._mempool.graph(), without))

    def reorganise(self, depth: int, *, empty: int = 0, without: Iterable[bytes] = ()) -> None:
        """Replace the newest `depth` blocks by `depth + 1` others.

        The transactions of the old blocks return to the mempool and are mined again after the
        first `empty` of the new blocks, but for those of the ids `without`.
        """
        left_out = tuple(without)
        self._chain.drop(depth)
        for count in range(depth + 1):
            self._chain.extend(
                () if count < empty else select(self._mempool.graph(), left_out),
            )
        if not self._chain.in_step():
            raise EngineRefused("the engine did not follow the longer branch")


def select(waiting: Graph, without: Iterable[bytes] = ()) -> list[Tx]:
    """The transactions of the next block: best chunks first, as many as a block holds."""
    left_out = waiting.descendants(set(without) & waiting.entries.keys())
    graph = Graph(entry for txid, entry in waiting.entries.items() if txid not in left_out)
    chosen: list[Tx] = []
    room = limits.MAX_BLOCK_WEIGHT - limits.BLOCK_RESERVED_WEIGHT
    for chunk in best_first(_all_chunks(graph)):
        weight = sum(entry.tx.weight for entry in chunk.entries)
        if weight > room or chunk.fee < limits.fee_at(limits.BLOCK_MIN_FEERATE, chunk.vsize):
            break  # what comes behind it may spend it
        room -= weight
        chosen += [entry.tx for entry in chunk.entries]
    return chosen


def _all_chunks(graph: Graph) -> list[Chunk]:
    clusters = graph.clusters(graph.entries)
    return [chunk for cluster in clusters for chunk in graph.chunks(cluster)]
