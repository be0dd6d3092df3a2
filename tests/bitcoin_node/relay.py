"""Transactions that peers bring: what is fetched, what is taken, who is to hear of it.

As in Core: what spends something unknown is an orphan, whose parents are asked for; what pays too
little by itself is tried together with a child of it that the same peer brought; what was refused
is not fetched again before the next block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.p2p.inventory import Item, ItemKind
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_cluster import Entry
from lnwallet_tui.playground.policy_package import Outcome, submit_package
from lnwallet_tui.playground.policy_rejection import FEE_REASONS, Reason
from lnwallet_tui.playground.simchain import ChainBlock, SimChain

TX_KINDS: Final = (ItemKind.TX, ItemKind.WTX, ItemKind.WITNESS_TX)
OURS: Final = -1
"""The number of the source of what the node made itself."""
_MOST_ORPHANS: Final = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a transaction that somebody brought; `refused` is Core's reason, or empty."""

    txid: bytes
    source: int
    refused: str = ""


class TxRelay:
    """In front of the mempool. `source` is the number of a connection."""

    def __init__(self, chain: SimChain, mempool: Mempool) -> None:
        self._chain, self._mempool = chain, mempool
        self._refused: set[bytes] = set()  # wtxids, since the newest block
        self._poor: set[bytes] = set()  # the same, of what paid too little by itself
        self._orphans: dict[bytes, tuple[Tx, int]] = {}  # by wtxid
        self._news: list[tuple[Entry, int]] = []
        self.verdicts: list[Verdict] = []
        chain.listen(self)

    # -- told by the chain

    def block_connected(self, _block: ChainBlock, /) -> None:
        """What was refused may be good now."""
        self._refused.clear()
        self._poor.clear()

    def block_disconnected(self, _block: ChainBlock, /) -> None:
        """The same."""
        self._refused.clear()
        self._poor.clear()

    # -- asked by a connection

    def wants(self, item: Item) -> bool:
        """Whether a transaction that was announced is to be fetched."""
        if item.kind == ItemKind.WTX:
            seen = item.hash in self._refused | self._poor | self._orphans.keys()
            return not seen and self.find(item) is None
        return self._is_unknown(item.hash)

    def find(self, item: Item) -> Tx | None:
        """A waiting transaction, or one of the newest block."""
        newest = self._chain.tip.block.transactions[1:]
        for tx in (*(entry.tx for entry in self._mempool.entries()), *newest):
            if item.hash == (tx.wtxid if item.kind == ItemKind.WTX else tx.txid):
                return tx
        return None

    def take_news(self) -> list[tuple[Entry, int]]:
        """What came in since, and from whom: the others are to hear of it."""
        news, self._news = self._news, []
        return news

    # -- taking

    def take(self, tx: Tx, source: int) -> list[Item]:
        """Judge a transaction; what to ask the source for now."""
        outcome = self._submit((tx,), source)[0]
        if outcome.refused is None:
            return self._adopt_orphans_of(tx, source)
        reason = outcome.refused.reason
        if reason is Reason.MISSING_INPUTS:
            return self._keep_orphan(tx, source)
        if reason in FEE_REASONS:
            self._poor.add(tx.wtxid)
            for child in self._orphans_of(tx, source):
                if all(one.refused is None for one in self._submit((tx, child), source)):
                    return self._adopt_orphans_of(child, source)
        self._refuse(tx, source, str(outcome.refused))
        return []

    def take_own(self, tx: Tx) -> None:
        """What the node made itself. Raises `Rejection`."""
        self._note(self._mempool.submit(tx), OURS)

    def submit(self, txs: tuple[Tx, ...]) -> tuple[Outcome, ...]:
        """A package over the node's own door, as by `submitpackage`."""
        return self._submit(txs, OURS)

    def _submit(self, txs: tuple[Tx, ...], source: int) -> tuple[Outcome, ...]:
        before = {tx.txid for tx in txs if tx.txid in self._mempool}
        outcomes = submit_package(self._mempool, txs)
        for tx in txs:
            entry = self._mempool.get(tx.txid)
            if entry is not None and tx.txid not in before:
                self._note(entry, source)
        return outcomes

    def _note(self, entry: Entry, source: int) -> None:
        self._orphans.pop(entry.wtxid, None)
        self._news.append((entry, source))
        self.verdicts.append(Verdict(entry.txid, source))

    def _refuse(self, tx: Tx, source: int, why: str) -> None:
        if tx.wtxid not in self._poor:
            self._refused.add(tx.wtxid)
        self._orphans.pop(tx.wtxid, None)
        self.verdicts.append(Verdict(tx.txid, source, why))

    # -- orphans

    def _keep_orphan(self, tx: Tx, source: int) -> list[Item]:
        missing = {txin.outpoint.txid for txin in tx.inputs if self._is_unknown(txin.outpoint.txid)}
        if not missing:
            self._refuse(tx, source, Reason.MISSING_INPUTS.value)  # spent, or no such output
            return []
        self._orphans[tx.wtxid] = tx, source
        while len(self._orphans) > _MOST_ORPHANS:
            self._orphans.pop(next(iter(self._orphans)))
        # A parent that paid too little by itself is asked for as well: together they may do.
        return [Item(ItemKind.WITNESS_TX, txid) for txid in sorted(missing)]

    def _is_unknown(self, txid: bytes) -> bool:
        return txid not in self._mempool and self._chain.height_of(txid) is None

    def _orphans_of(self, parent: Tx, source: int) -> Iterator[Tx]:
        for tx, brought_by in list(self._orphans.values()):
            spends = any(txin.outpoint.txid == parent.txid for txin in tx.inputs)
            if spends and brought_by == source:
                yield tx

    def _adopt_orphans_of(self, parent: Tx, source: int) -> list[Item]:
        asked: list[Item] = []
        for tx in self._orphans_of(parent, source):
            self._orphans.pop(tx.wtxid, None)
            asked += self.take(tx, source)
        return asked
