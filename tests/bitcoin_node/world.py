"""What all doors of a node show: the chain, the mempool, and who mines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.playground.faucet import FaucetKey
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.miner import Miner
from lnwallet_tui.playground.simchain import SimChain
from tests.bitcoin_node.clock import Clock
from tests.bitcoin_node.purse import Purse
from tests.bitcoin_node.relay import TxRelay

_AT_ONCE = 50
"""Blocks that are mined before others have a turn."""


class MiningChain(SimChain):
    """Its rewards go where the miner of the day says."""

    is_unchecked = False
    """Blocks are not shown to the engine, which looks over all that it has with each new one: who
    needs thousands would wait for minutes. It can take none that follow."""

    def _submit(self, block: Block) -> None:
        if not self.is_unchecked:
            super()._submit(block)

    def reward(self, script: bytes) -> None:
        """From the next block on."""
        self._reward_script = script


class World:
    """One engine with all that is built on it. One change of the chain at a time."""

    def __init__(self, engine: Engine, seed: bytes, *, unchecked: bool = False) -> None:
        self.clock = Clock()
        self.key = FaucetKey.from_seed(seed)
        self.chain = MiningChain(engine, self.clock.now, seed, self.key.script)
        self.chain.is_unchecked = unchecked
        self.mempool = Mempool(self.chain)
        self.relay = TxRelay(self.chain, self.mempool)
        self._miner = Miner(self.chain, self.mempool)
        self._purse = Purse(self.key, self.chain, self.mempool)
        self._turn = asyncio.Lock()

    async def mine(self, count: int, script: bytes | None, *, empty: bool = False) -> None:
        """The next blocks; the reward goes to a script or, without one, to the node's own key."""
        async with self._turn:
            self.chain.reward(script or self.key.script)
            for at in range(count):
                if empty:
                    self.chain.extend()
                else:
                    self._miner.mine()
                if at % _AT_ONCE == _AT_ONCE - 1:
                    await asyncio.sleep(0)

    async def reorganise(self, depth: int, *, empty: int, without: Iterable[bytes]) -> None:
        """Replace the newest `depth` blocks by one more. What they held comes back into the mempool
        and is mined again after the first `empty` of the new blocks, but for `without`."""
        async with self._turn:
            self.chain.reward(self.key.script)
            self._miner.reorganise(depth, empty=empty, without=without)

    def pay(self, outputs: Sequence[TxOut], sat_per_kvb: int) -> Tx:
        """Out of the node's own coins, into the mempool. Raises `NoCoins` or `Rejection`."""
        tx = self._purse.pay(outputs, sat_per_kvb)
        self.relay.take_own(tx)
        return tx
