"""A regtest chain that lives in this process: every block of it passed Bitcoin Core's engine.

The chain is deterministic: block times come from the world's clock, coinbases from the seed, and
the order of transactions from the caller. It keeps an index of unspent outputs beside the engine's
own, because the engine does not let anybody look into that.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.playground.blockmaker import BlockPlan, build_block
from lnwallet_tui.playground.coins_view import Coin, CoinsView, Undo
from lnwallet_tui.playground.engine import Engine, EngineRefused
from lnwallet_tui.playground.policy_finality import NextBlock

_MEDIAN_SPAN: Final = 11  # BIP113: the median of so many block times


@dataclass(frozen=True, slots=True)
class ChainBlock:
    """A block of the chain with what is asked of it again and again. Hashes in wire order."""

    height: int
    hash: bytes
    block: Block
    txids: tuple[bytes, ...]
    undo: Undo

    @property
    def previous(self) -> bytes:
        """The hash of the block before it."""
        return self.block.header.previous

    @property
    def time(self) -> int:
        """The header's time, in Unix seconds."""
        return self.block.header.time

    def scripts(self) -> Iterator[bytes]:
        """The scripts it pays to and those it spends from: what a BIP158 filter is made of."""
        for tx in self.block.transactions:
            for output in tx.outputs:
                yield output.script_pubkey
        for _, coin in self.undo.spent:
            yield coin.output.script_pubkey


class ChainListener(Protocol):
    """Somebody who is told at once, in the order in which it happens."""

    def block_connected(self, block: ChainBlock, /) -> None: ...
    def block_disconnected(self, block: ChainBlock, /) -> None: ...


class SimChain:
    """The best chain, from genesis on. `now` gives the world's time in Unix seconds."""

    def __init__(
        self, engine: Engine, now: Callable[[], int], seed: bytes, reward_script: bytes
    ) -> None:
        self.engine = engine
        self._now = now
        self._seed = seed
        self._reward_script = reward_script
        self._branch = 0
        self._outgrown = 0  # the height up to which the engine has seen a best chain
        self._coins = CoinsView()
        self._listeners: list[ChainListener] = []
        self._known: dict[bytes, ChainBlock] = {}
        self._best: list[ChainBlock] = []
        self._confirmed: dict[bytes, int] = {}
        # Nobody can spend genesis' coinbase, so no coin is made for it.
        self._append(Block.parse(engine.genesis()), Undo((), ()))

    # -- looking

    @property
    def tip(self) -> ChainBlock:
        """The newest block."""
        return self._best[-1]

    @property
    def height(self) -> int:
        """The newest block's height; genesis has 0."""
        return len(self._best) - 1

    def at(self, height: int) -> ChainBlock:
        """The best chain's block at `height`."""
        return self._best[height]

    def known(self, block_hash: bytes) -> ChainBlock | None:
        """A block of the best chain or of one that was replaced."""
        return self._known.get(block_hash)

    def is_best(self, block_hash: bytes) -> bool:
        """Whether the block is in the best chain."""
        block = self._known.get(block_hash)
        return (
            block is not None
            and block.height <= self.height
            and self._best[block.height].hash == block_hash
        )

    def coin(self, outpoint: OutPoint) -> Coin | None:
        """The unspent output of that name, by the best chain alone."""
        return self._coins.get(outpoint)

    def paid_to(self, scripts: Container[bytes]) -> list[tuple[OutPoint, Coin]]:
        """The unspent outputs to these scripts, by the best chain alone."""
        return self._coins.paid_to(scripts)

    def spender(self, outpoint: OutPoint, since: int) -> tuple[int, Tx] | None:
        """The best chain's transaction that spends `outpoint`, and its height; looked for from the
        height `since` on."""
        for block in self._best[since:]:
            if any(spent == outpoint for spent, _ in block.undo.spent):
                for tx in block.block.transactions:
                    if any(txin.outpoint == outpoint for txin in tx.inputs):
                        return block.height, tx
        return None

    def held_by(self, script: bytes) -> Sat:
        """What the unspent outputs to `script` add up to, by the best chain alone."""
        return self._coins.held_by(script)

    def height_of(self, txid: bytes) -> int | None:
        """Where the best chain holds the transaction."""
        return self._confirmed.get(txid)

    def median_time(self, height: int) -> int:
        """The median time past of the best chain's block at `height` (BIP113)."""
        window = self._best[max(0, height + 1 - _MEDIAN_SPAN) : height + 1]
        return sorted(block.time for block in window)[len(window) // 2]

    def next_block(self) -> NextBlock:
        """What finality in the next block depends on."""
        return NextBlock(self.height + 1, self.median_time(self.height), self.median_time)

    def listen(self, listener: ChainListener) -> None:
        """Tell `listener` of every change from now on."""
        self._listeners.append(listener)

    # -- growing

    def extend(self, transactions: Sequence[Tx] = ()) -> ChainBlock:
        """Mine a block with these transactions, in an order in which parents come first.

        Raises `EngineRefused` if the engine does not take it; the chain is then unchanged.
        """
        block = build_block(
            BlockPlan(
                height=self.height + 1,
                previous=self.tip.hash,
                time=max(self._now(), self.median_time(self.height) + 1),
                transactions=tuple(transactions),
                fees=self._fees(transactions),
                reward_script=self._reward_script,
                mark=self._mark(),
            )
        )
        return self.connect(block)

    def connect(self, block: Block) -> ChainBlock:
        """Take a block that is ready, as one from an earlier visit. Raises `EngineRefused`."""
        self._submit(block)
        txids = [tx.txid for tx in block.transactions]
        undo = self._coins.apply(block.transactions, txids, self.height + 1)
        connected = self._append(block, undo)
        for listener in self._listeners:
            listener.block_connected(connected)
        return connected

    def drop(self, depth: int) -> None:
        """Forget the newest `depth` blocks, so that `extend` builds a branch beside them.

        The engine, like all of Bitcoin, follows only when the new branch is longer than the old
        one was: the caller has to extend at least `depth + 1` times.
        """
        if not 0 < depth <= self.height:
            raise ValueError(f"the chain has {self.height} blocks to replace, not {depth}")
        self._branch += 1
        for _ in range(depth):
            gone = self._best.pop()
            self._coins.revert(gone.undo)
            for txid in gone.txids:
                del self._confirmed[txid]
            for listener in self._listeners:
                listener.block_disconnected(gone)

    def in_step(self) -> bool:
        """Whether the engine's tip is ours; not so while a dropped branch is being outgrown."""
        return self.engine.tip() == (self.height, self.tip.hash)

    def _submit(self, block: Block) -> None:
        self.engine.process(block.serialize())
        height = self.height + 1
        if height <= self._outgrown:
            return  # a side branch as yet: stored, and judged when it has outgrown the other
        if self.engine.tip() != (height, block.hash):
            raise EngineRefused(f"the engine did not take the block at height {height}")
        self._outgrown = height

    def _append(self, block: Block, undo: Undo) -> ChainBlock:
        txids = tuple(tx.txid for tx in block.transactions)
        connected = ChainBlock(len(self._best), block.hash, block, txids, undo)
        self._best.append(connected)
        self._known[connected.hash] = connected
        self._confirmed.update(dict.fromkeys(txids, connected.height))
        return connected

    def _mark(self) -> bytes:
        place = self._branch.to_bytes(4, "big") + (self.height + 1).to_bytes(4, "big")
        return sha256(self._seed + place)[:8]

    def _fees(self, transactions: Sequence[Tx]) -> Sat:
        made: dict[OutPoint, Sat] = {}
        total = 0
        for tx in transactions:
            txid = tx.txid
            total += sum(self._value(txin.outpoint, made) for txin in tx.inputs)
            total -= sum(output.value.value for output in tx.outputs)
            made |= {OutPoint(txid, at): out.value for at, out in enumerate(tx.outputs)}
        # Where outputs exceed inputs the block is invalid whatever its coinbase takes.
        return Sat(max(0, total))

    def _value(self, outpoint: OutPoint, made: dict[OutPoint, Sat]) -> int:
        coin = self._coins.get(outpoint)
        value = coin.output.value if coin else made.get(outpoint, Sat(0))
        return value.value
