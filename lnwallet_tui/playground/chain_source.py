"""How a node of the playground sees the chain: the same port through which it sees a real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Final

from lnwallet_tui.api.chain import ChainStage, ChainView
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected, ChainEvent
from lnwallet_tui.chain.broadcasts import Broadcasted, Stage
from lnwallet_tui.chain.feerates import LEAST
from lnwallet_tui.node.blocks.waiting_port import Heard
from lnwallet_tui.node.ports import BroadcastResult, FeeReading
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_package import Outcome, check_package_form, submit_package
from lnwallet_tui.playground.policy_rejection import Rejection
from lnwallet_tui.playground.simchain import ChainBlock, SimChain

_SAT_PER_KVB_TO_KW: Final = 4  # 1,000 sat/kvB are 250 sat/kw

_WEATHER: Final = "what the playground makes of fees"
_TARGETS: Final = (6, 144, 1_008)

CALM: Final = (10_000, 4_000, 1_100)
STORM: Final = (20_000, 12_000, 10_000)


class FeeWeather:
    """What fees are like in this world: a feerate (sat/kvB) by how soon one wants to confirm."""

    def __init__(self) -> None:
        self.change(CALM)

    def change(self, feerates: tuple[int, int, int]) -> None:
        """To confirm soon, today, whenever (sat/kvB), from now on."""
        self.soon, self.today, self.whenever = feerates

    def feerate(self, target_blocks: int) -> int:
        """Sat/kvB to confirm within `target_blocks`."""
        if target_blocks <= 6:
            return self.soon
        return self.today if target_blocks <= 144 else self.whenever


class SimChainSource:
    """One node's view of the chain. Implements `node.ports.ChainSource`.

    As with compact block filters (BIP158), a block comes with its transactions only if it touches
    a watched script, in an output or in what an input spends; and then with all of them.
    `birthday` is the height of the first block that a node which knows nothing is told of.
    """

    def __init__(
        self, chain: SimChain, mempool: Mempool, weather: FeeWeather, birthday: int = 0
    ) -> None:
        self._chain = chain
        self._mempool = mempool
        self._weather = weather
        self._birthday = birthday
        self._watched: set[bytes] = set()
        self._changed = asyncio.Event()
        self._sent = asyncio.Event()
        self._listened_for: frozenset[bytes] = frozenset()
        self._heard: dict[bytes, int] = {}
        mempool.listen(self._came)
        chain.listen(self)

    # -- told by the chain

    def block_connected(self, _block: ChainBlock) -> None:
        """Wake the followers; each looks for itself what changed."""
        self._changed.set()

    def block_disconnected(self, _block: ChainBlock) -> None:
        """Wake the followers."""
        self._changed.set()

    # -- the port

    async def follow(self, known: Sequence[tuple[int, bytes]]) -> AsyncIterator[ChainEvent]:
        """All changes of the best chain after the point `known` stands at, without end."""
        older = list(known)
        at = older.pop(0) if older else None
        while True:
            while at is not None and not self._chain.is_best(at[1]):
                yield BlockDisconnected(*at)
                at = self._before(at, older)
            height = self._birthday if at is None else at[0] + 1
            if height > self._chain.height:
                self._changed.clear()
                await self._changed.wait()
                continue
            block = self._chain.at(height)
            at = (height, block.hash)
            yield self._connected(block)

    def _before(
        self, at: tuple[int, bytes], older: list[tuple[int, bytes]]
    ) -> tuple[int, bytes] | None:
        """The block before a replaced one: as the chain knows it, or else as the caller does."""
        height, block_hash = at
        block = self._chain.known(block_hash)
        if block is not None and height > self._birthday:
            return height - 1, block.previous
        while older and older[0][0] >= height:
            older.pop(0)
        return older.pop(0) if older else None

    def watch(self, scripts: frozenset[bytes]) -> None:
        """From the next block on, deliver what touches these as well."""
        self._watched |= scripts

    def know(self, outputs: Mapping[OutPoint, bytes]) -> None:
        """Nobody could hide anything here."""

    async def read_beside(
        self, known: Sequence[tuple[int, bytes]], scripts: frozenset[bytes]
    ) -> AsyncGenerator[ChainEvent, None]:
        """As `ChainSource.read_beside`; here followers are in nobody's way."""
        self.watch(scripts)
        async for event in self.follow(known):
            yield event

    def _connected(self, block: ChainBlock) -> BlockConnected:
        touched = not self._watched.isdisjoint(block.scripts())
        txs = tuple(enumerate(block.block.transactions)) if touched else ()
        return BlockConnected(block.height, block.hash, block.previous, block.time, txs)

    async def broadcast(self, txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
        """Publish; parents before children, each group of a child and its parents as a package."""
        self._sent.set()
        try:
            check_package_form(txs)
        except Rejection:
            # Not one child with its parents: each for itself, in the order given.
            return tuple(_result(submit_package(self._mempool, (tx,))[0]) for tx in txs)
        return tuple(_result(outcome) for outcome in submit_package(self._mempool, txs))

    def how_far(self, txid: bytes) -> Broadcasted | None:
        """Whoever looks into the one mempool that there is need not ask peers."""
        if txid in self._mempool:
            return Broadcasted(Stage.SEEN)
        height = self._chain.height_of(txid)
        return None if height is None else Broadcasted(Stage.CONFIRMED, height=height)

    def listen(self, scripts: frozenset[bytes]) -> None:
        """As `WaitingSource.listen`: what comes into the mempool from now on."""
        self._listened_for = scripts

    def _came(self, tx: Tx) -> None:
        if any(output.script_pubkey in self._listened_for for output in tx.outputs):
            self._heard[tx.txid] = self._chain.tip.time
            self._sent.set()

    def heard(self) -> tuple[Heard, ...]:
        """As `WaitingSource.heard`; the mempool is the one node that there is."""
        waiting = {txid: self._mempool.get(txid) for txid in self._heard}
        for txid in [txid for txid, entry in waiting.items() if entry is None]:
            del self._heard[txid]
        return tuple(
            Heard(entry.tx, 1, self._heard[txid])
            for txid, entry in waiting.items()
            if entry is not None
        )

    async def waiting_changed(self) -> None:
        """This node sent something, or was sent something. What miners take is told with their
        blocks."""
        await self._sent.wait()
        self._sent.clear()

    def feerate_per_kw(self, target_blocks: int) -> int:
        """The feerate (sat/kw) expected to confirm within `target_blocks`; 0: of a calm day, since
        packages are looked at whole here."""
        if not target_blocks:
            return LEAST
        return -(-self._weather.feerate(target_blocks) // _SAT_PER_KVB_TO_KW)

    def feerate_readings(self) -> tuple[FeeReading, ...]:
        """The weather, since the newest block."""
        since = self._chain.tip.time
        return tuple(
            FeeReading(blocks, self.feerate_per_kw(blocks), _WEATHER, since, 1)
            for blocks in _TARGETS
        )

    def verified_by(self) -> int:
        """One: the engine."""
        return 1

    def waiting_for(self) -> str:
        """Nothing: it is right here."""
        return ""

    def name(self) -> str:
        """It is not the Bitcoin network."""
        return "the playground's simulated chain, with Bitcoin Core's consensus rules"

    def view(self) -> ChainView:
        """All of it is here at once, and there are no nodes."""
        height, time = self._chain.height, self._chain.tip.time
        return ChainView(
            network=Network.REGTEST.value, source=self.name(), height=height, tip_time=time,
            now=time, verified_by=self.verified_by(), stage=ChainStage.CAUGHT_UP, since=time,
            waiting_for="", told_height=height, headers=height, filter_headers=height,
            filters=height, blocks_missing=0, per_minute=0, seconds_left=-1, is_stale=False,
            clock_doubted=False, wanted=0, nodes=(), useless=(), doubted=(),
        )  # fmt: skip

    async def changed(self) -> None:
        """Never: what happens is told block by block."""
        await asyncio.get_running_loop().create_future()

    def try_others(self) -> bool:
        """There is one chain."""
        return False


def _result(outcome: Outcome) -> BroadcastResult:
    refused = outcome.refused
    return BroadcastResult(outcome.txid, refused is None, "" if refused is None else str(refused))
