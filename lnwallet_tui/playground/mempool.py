"""A mempool with Bitcoin Core's relay policy, in front of the playground's chain.

What gets in here would be relayed by nodes with Core 31's defaults, and what would not be is
refused with Core's own reason. The rules stand in the `policy_*` files, one theme each; this file
holds them together: one transaction or package at a time is looked up, judged and let in, and the
mempool follows the chain.

Not simulated: a full mempool (set `floor` to what one would ask), expiry after two weeks,
ephemeral dust and sibling eviction. In these cases this mempool refuses what Core could take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.playground import policy_limits as limits
from lnwallet_tui.playground.coins_view import Coin
from lnwallet_tui.playground.policy_cluster import Chunk, Entry, Graph
from lnwallet_tui.playground.policy_finality import check_finality
from lnwallet_tui.playground.policy_form import check_form
from lnwallet_tui.playground.policy_inputs import check_inputs, virtual_size
from lnwallet_tui.playground.policy_rejection import Reason, Rejection
from lnwallet_tui.playground.policy_replacement import check_replacement, conflicts_of
from lnwallet_tui.playground.policy_script import check_scripts
from lnwallet_tui.playground.policy_truc import check_truc
from lnwallet_tui.playground.simchain import ChainBlock, SimChain


class Mempool:
    """Unconfirmed transactions that a miner would see.

    `floor` (sat/kvB) is what a crowded mempool asks beyond the minimum relay feerate: raise it to
    make the world's fees rise. Unlike the minimum, a package may meet it together.
    """

    def __init__(self, chain: SimChain) -> None:
        self._chain = chain
        self._entries: dict[bytes, Entry] = {}
        self._verified: set[bytes] = set()
        self.floor = 0
        self._listeners: list[Callable[[Tx], None]] = []
        chain.listen(self)

    # -- looking

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, txid: bytes) -> bool:
        return txid in self._entries

    def get(self, txid: bytes) -> Entry | None:
        """The waiting transaction of that id."""
        return self._entries.get(txid)

    def entries(self) -> tuple[Entry, ...]:
        """All of them, in the order in which they came; parents come before children."""
        return tuple(self._entries.values())

    def graph(self) -> Graph:
        """Who spends whom."""
        return Graph(self._entries.values())

    # -- one transaction

    def submit(self, tx: Tx) -> Entry:
        """Take a transaction, pushing out what it may replace. `Rejection` changes nothing."""
        entry = self.examine(tx)
        self.admit([entry])
        return entry

    def examine(self, tx: Tx, beside: Sequence[Entry] = ()) -> Entry:
        """Judge a transaction by what it is and spends; not yet by its fee and its scripts.

        `beside` are transactions of the same package that it may spend.
        """
        txid, wtxid = tx.txid, tx.wtxid
        self._check_unknown(txid, wtxid)
        check_form(tx)
        coins = self._find_coins(tx, beside)
        check_finality(tx, [coin.height for coin in coins], self._chain.next_block())
        spent = tuple(coin.output for coin in coins)
        fee = _fee(tx, coins, self._chain.height + 1)
        check_inputs(tx, spent)
        return Entry(tx, txid, wtxid, fee, virtual_size(tx, spent), spent)

    def _check_unknown(self, txid: bytes, wtxid: bytes) -> None:
        waiting = self._entries.get(txid)
        if waiting is not None:
            same = waiting.wtxid == wtxid
            raise Rejection(Reason.ALREADY_IN_MEMPOOL if same else Reason.SAME_TXID_IN_MEMPOOL)
        if self._chain.height_of(txid) is not None:
            raise Rejection(Reason.ALREADY_KNOWN)

    def _find_coins(self, tx: Tx, beside: Sequence[Entry]) -> list[Coin]:
        coins = [self._coin(txin.outpoint, beside) for txin in tx.inputs]
        found = [coin for coin in coins if coin is not None]
        if len(found) < len(coins):
            raise Rejection(Reason.MISSING_INPUTS, str(tx.inputs[coins.index(None)].outpoint))
        return found

    def _coin(self, outpoint: OutPoint, beside: Sequence[Entry]) -> Coin | None:
        confirmed = self._chain.coin(outpoint)
        if confirmed is not None:
            return confirmed
        waiting = {entry.txid: entry for entry in beside} | self._entries
        parent = waiting.get(outpoint.txid)
        if parent is None or outpoint.vout >= len(parent.tx.outputs):
            return None
        return Coin(parent.tx.outputs[outpoint.vout], self._chain.height + 1, coinbase=False)

    # -- its place among others

    def admit(self, entries: Sequence[Entry]) -> None:
        """Let examined transactions in together, parents first. `Rejection` changes nothing."""
        _check_feerates(entries, self.floor)
        before = self.graph()
        replaced = before.descendants(conflicts_of(before, entries))
        kept = [entry for txid, entry in self._entries.items() if txid not in replaced]
        after = Graph([*kept, *entries])
        for entry in entries:
            check_truc(after, entry)
        check_replacement(before, after, entries)
        for cluster in after.clusters([entry.txid for entry in entries]):
            _check_cluster(after, cluster)
        for entry in entries:
            self._check_scripts(entry)
        self._entries = after.entries
        for entry in entries:
            for listener in self._listeners:
                listener(entry.tx)

    def listen(self, listener: Callable[[Tx], None]) -> None:
        """Tell of each transaction that gets in."""
        self._listeners.append(listener)

    def _check_scripts(self, entry: Entry) -> None:
        # A wtxid names the witnesses and, by their txids, the outputs spent: once is enough.
        if entry.wtxid not in self._verified:
            check_scripts(self._chain.engine, entry.tx, entry.spent)
            self._verified.add(entry.wtxid)

    # -- following the chain

    def block_connected(self, block: ChainBlock) -> None:
        """Mined transactions leave, and whatever a mined one conflicts with."""
        for txid in block.txids:
            self._entries.pop(txid, None)
        if not self._entries:
            return
        spent = {txin.outpoint for tx in block.block.transactions for txin in tx.inputs}
        graph = self.graph()
        conflicting = {graph.spenders[outpoint] for outpoint in spent & graph.spenders.keys()}
        for txid in graph.descendants(conflicting):
            del self._entries[txid]

    def block_disconnected(self, block: ChainBlock) -> None:
        """A dropped block's transactions come back; what is not valid without it goes.

        As in Core they come back whatever they pay; all that waits is judged anew at the new tip.
        """
        waiting = [*block.block.transactions[1:], *(entry.tx for entry in self.entries())]
        self._entries = {}
        for tx in waiting:
            self._readmit(tx)

    def _readmit(self, tx: Tx) -> None:
        try:
            entry = self.examine(tx)
            self._check_scripts(entry)
        except Rejection:
            return
        if not conflicts_of(self.graph(), [entry]):
            self._entries[entry.txid] = entry


def _fee(tx: Tx, coins: Sequence[Coin], height: int) -> int:
    for coin in coins:
        if coin.coinbase and height - coin.height < limits.COINBASE_MATURITY:
            raise Rejection(Reason.IMMATURE_COINBASE, f"{height - coin.height} blocks deep")
    paid = sum(coin.output.value.value for coin in coins)
    fee = paid - sum(output.value.value for output in tx.outputs)
    if fee < 0:
        raise Rejection(Reason.OUTPUTS_ABOVE_INPUTS, f"by {-fee} sat")
    return fee


def _check_feerates(entries: Sequence[Entry], floor: int) -> None:
    for entry in entries:
        # Else a child that is replaced later would leave its parent waiting for nothing. Version 3
        # is exempt: its package is so small that Core can see to it (BIP431).
        if entry.tx.version != limits.TRUC_VERSION:
            _check_feerate(entry.fee, entry.vsize, limits.MIN_RELAY_FEERATE, Reason.MIN_RELAY_FEE)
    package = Chunk(tuple(entries))
    _check_feerate(package.fee, package.vsize, floor, Reason.MEMPOOL_MIN_FEE)
    _check_feerate(package.fee, package.vsize, limits.MIN_RELAY_FEERATE, Reason.MIN_RELAY_FEE)


def _check_feerate(fee: int, vsize: int, feerate: int, reason: Reason) -> None:
    least = limits.fee_at(feerate, vsize)
    if fee < least:
        raise Rejection(reason, f"{fee} < {least} sat")


def _check_cluster(graph: Graph, cluster: set[bytes]) -> None:
    vsize = sum(graph.entries[txid].vsize for txid in cluster)
    if len(cluster) > limits.MAX_CLUSTER_COUNT or vsize > limits.MAX_CLUSTER_VSIZE:
        raise Rejection(Reason.CLUSTER, f"{len(cluster)} transactions, {vsize} virtual bytes")
