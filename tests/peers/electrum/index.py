"""Which transactions touch a script: the index that an Electrum server is, over the playground."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from lnwallet_tui.bitcoin.hashes import sha256, sha256d
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_cluster import Entry
from lnwallet_tui.playground.simchain import ChainBlock, SimChain


class HistoryItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a history. Height 0: in the mempool; -1: there with an unconfirmed parent.

    `fee` in sat, of what is in the mempool.
    """

    tx_hash: str
    height: int
    fee: int | None = None


class Unspent(msgspec.Struct, frozen=True):
    """An output that nobody has spent; `value` in sat, height 0 in the mempool."""

    tx_hash: str
    tx_pos: int
    height: int
    value: int


def script_hash(script: bytes) -> str:
    """How the protocol names a script."""
    return backwards(sha256(script))


def backwards(name: bytes) -> str:
    """Hashes are shown the other way round."""
    return name[::-1].hex()


def status(history: list[HistoryItem]) -> str | None:
    """The hash that changes whenever the history does; None while there is none."""
    if not history:
        return None
    lines = "".join(f"{item.tx_hash}:{item.height}:" for item in history)
    return sha256(lines.encode()).hex()


def merkle_branch(leaves: tuple[bytes, ...], position: int) -> list[bytes]:
    """The hashes beside the path from a leaf to the root, from below."""
    level, branch = list(leaves), []
    while len(level) > 1:
        if len(level) % 2:
            level.append(level[-1])
        branch.append(level[position ^ 1])
        level = [sha256d(level[at] + level[at + 1]) for at in range(0, len(level), 2)]
        position //= 2
    return branch


class ScriptIndex:
    """Follows the chain; the mempool is small and read when somebody asks."""

    def __init__(self, chain: SimChain, mempool: Mempool) -> None:
        self.chain, self.mempool = chain, mempool
        self._confirmed: defaultdict[str, list[tuple[int, bytes]]] = defaultdict(list)
        for height in range(chain.height + 1):
            self.block_connected(chain.at(height))
        chain.listen(self)

    # -- told by the chain

    def block_connected(self, block: ChainBlock) -> None:
        """Its transactions come behind all others."""
        spent = {outpoint: coin.output.script_pubkey for outpoint, coin in block.undo.spent}
        for tx, txid in zip(block.block.transactions, block.txids, strict=True):
            scripts = {output.script_pubkey for output in tx.outputs}
            scripts |= {spent[i.outpoint] for i in tx.inputs if i.outpoint in spent}
            for script in scripts:
                self._confirmed[script_hash(script)].append((block.height, txid))

    def block_disconnected(self, block: ChainBlock) -> None:
        """They are gone again."""
        for lines in self._confirmed.values():
            lines[:] = [line for line in lines if line[0] != block.height]

    # -- asked by the server

    def transaction(self, txid: bytes) -> Tx | None:
        """A transaction of the chain or the mempool."""
        waiting = self.mempool.get(txid)
        if waiting is not None:
            return waiting.tx
        height = self.chain.height_of(txid)
        if height is None:
            return None
        block = self.chain.at(height)
        return block.block.transactions[block.txids.index(txid)]

    def history(self, name: str) -> list[HistoryItem]:
        """Of the script of this hash: confirmed in the order of the chain, then waiting."""
        confirmed = self._confirmed.get(name, ())
        items = [HistoryItem(backwards(txid), height) for height, txid in confirmed]
        for entry in self._waiting(name):
            items.append(HistoryItem(backwards(entry.txid), self._depth(entry), entry.fee))
        return items

    def unspent(self, name: str) -> list[Unspent]:
        """What the script of this hash holds, with the mempool's spends."""
        taken = {i.outpoint for entry in self.mempool.entries() for i in entry.tx.inputs}
        held = []
        for item in self.history(name):
            txid = bytes.fromhex(item.tx_hash)[::-1]
            tx = self.transaction(txid)
            assert tx is not None
            for vout, output in enumerate(tx.outputs):
                outpoint = OutPoint(txid, vout)
                alive = item.height <= 0 or self.chain.coin(outpoint) is not None
                if script_hash(output.script_pubkey) == name and alive and outpoint not in taken:
                    value, height = output.value.value, max(0, item.height)
                    held.append(Unspent(item.tx_hash, vout, height, value))
        return held

    def _waiting(self, name: str) -> Iterator[Entry]:
        for entry in self.mempool.entries():
            outputs = (*entry.tx.outputs, *entry.spent)
            if any(script_hash(output.script_pubkey) == name for output in outputs):
                yield entry

    def _depth(self, entry: Entry) -> int:
        parents = (txin.outpoint.txid for txin in entry.tx.inputs)
        return -1 if any(parent in self.mempool for parent in parents) else 0
