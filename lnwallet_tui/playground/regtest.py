"""The chain side of the world in one hand: engine, chain, mempool, miner, faucet, and the time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.playground.chain_source import CALM, STORM, FeeWeather, SimChainSource
from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.playground.faucet import Faucet, FaucetKey
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.miner import Miner
from lnwallet_tui.playground.policy_limits import COINBASE_MATURITY
from lnwallet_tui.playground.policy_package import submit_package
from lnwallet_tui.playground.policy_rejection import Rejection
from lnwallet_tui.playground.simchain import SimChain

BLOCKS_PER_DAY: Final = 144
_LEAST_S, _MOST_S = 240, 960  # between two blocks: ten minutes on average
_STORM_FLOOR: Final = 5_000  # sat/kvB: more than a commitment with anchors pays by itself
_SPARE_COINBASES: Final = 8  # mature ones that the faucet begins with


class Regtest:
    """A chain whose blocks are mined when asked, each some minutes of the world's time later."""

    def __init__(self, clock: WorldClock, seed: bytes, dice: SeededDice) -> None:
        self._clock = clock
        self._dice = dice
        self._engine = Engine()
        self.key: Final = FaucetKey.from_seed(seed)
        self.chain: Final = SimChain(self._engine, clock.now, seed, self.key.script)
        self.mempool: Final = Mempool(self.chain)
        self.weather: Final = FeeWeather()
        self._miner = Miner(self.chain, self.mempool)
        self._faucet = Faucet(self.key, self.chain)

    async def begin(self) -> None:
        """Mine until the faucet has mature coins."""
        for _ in range(COINBASE_MATURITY + self._dice.between(1, _SPARE_COINBASES)):
            await self.mine()

    def replay(self, blocks: Iterable[bytes], waiting: Iterable[bytes]) -> None:
        """Go on from the blocks of an earlier visit, and from what waited in its mempool."""
        for raw in blocks:
            self.chain.connect(Block.parse(raw))
        for raw in waiting:
            self.publish(Tx.parse(raw))  # refused if the visit ended before this was struck out

    def source(self, birthday: int) -> SimChainSource:
        """A view of the chain for one node, from the block at `birthday` on."""
        return SimChainSource(self.chain, self.mempool, self.weather, birthday)

    async def mine(self) -> int:
        """The next block, after its time; comes to rest before and after. Returns the height."""
        await self._clock.pass_by(1000 * self._dice.between(_LEAST_S, _MOST_S))
        self._miner.mine()
        await self._clock.rest()
        return self.chain.height

    async def reorganise(self, depth: int) -> int:
        """Replace the newest `depth` blocks; what they held is mined again. Returns the height."""
        await self._clock.pass_by(1000 * self._dice.between(_LEAST_S, _MOST_S))
        self._miner.reorganise(depth)
        await self._clock.rest()
        return self.chain.height

    def give(self, outputs: Sequence[TxOut]) -> Tx:
        """The faucet pays; the transaction waits for a block."""
        tx = self._faucet.pay(outputs)
        self.mempool.submit(tx)
        return tx

    def storm(self) -> None:
        """The mempool is full: what pays little is not even relayed."""
        self.weather.change(STORM)
        self.mempool.floor = _STORM_FLOOR

    def calm(self) -> None:
        """It is as at the beginning."""
        self.weather.change(CALM)
        self.mempool.floor = 0

    def publish(self, tx: Tx) -> Rejection | None:
        """Hand in somebody's transaction; the mempool's reason if it is refused."""
        return submit_package(self.mempool, (tx,))[0].refused

    def faucet_sat(self) -> int:
        """What the faucet's confirmed coins add up to."""
        return self.chain.held_by(self.key.script).value

    def blocks_hex(self) -> list[str]:
        """The best chain above genesis, serialized with witnesses."""
        heights = range(1, self.chain.height + 1)
        return [self.chain.at(height).block.serialize().hex() for height in heights]

    def close(self) -> None:
        """Let go of the engine and its folder."""
        self._engine.close()
