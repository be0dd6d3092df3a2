"""The smallest shell around `Sync`: real connections, the machine's clock, nothing on disk. With
it the node is proven, and what real nodes do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Iterable
from typing import Final

from lnwallet_tui.bitcoin.block import HEADER_SIZE
from lnwallet_tui.bitcoin.consensus import rules_of
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected, ChainEvent
from lnwallet_tui.chain.filter_conflicts import outputs_seen
from lnwallet_tui.chain.headers import HeaderTree
from lnwallet_tui.chain.questions import Ending, TxsAnnounced, TxsWanted
from lnwallet_tui.chain.sync import Beginning, Sync
from lnwallet_tui.chain.sync_peers import (
    Do,
    Effect,
    HangUp,
    Heard,
    RestartHeaders,
    SaveHeaders,
    Send,
    Tell,
)
from lnwallet_tui.chain.watch import Follower, ScriptPaid
from lnwallet_tui.net.tcp import TcpLink, dial
from lnwallet_tui.p2p.inventory import Inv, Item, ItemKind, RawTx
from tests.bitcoin_node.clock import Clock
from tests.bitcoin_node.news import News

PATIENCE_SECONDS: Final = 120.0
"""For something to become so; it takes moments, but the machine may be busy."""
REGTEST: Final = Network.REGTEST


class LightWallet:
    """Follows the chain for some scripts. `told` are the events of the chain, `heard` what peers
    said that is not about blocks, `ended` why it hung up on whom."""

    def __init__(
        self, scripts: Iterable[bytes], *, birthday: int = 0, before: LightWallet | None = None
    ) -> None:
        """`before` is one that was closed: this one goes on from where that stood."""
        rules = rules_of(REGTEST)
        self.follower: Follower = Follower(scripts=dict.fromkeys(scripts))
        self.headers: bytes = rules.genesis.serialize()
        self.tree = HeaderTree.begin(rules)
        if before is not None:
            self.follower, self.headers = before.follower.copy(), before.headers
            self.tree = HeaderTree.resume(rules, 0, self.headers, before.tree.work)
        self.told: list[ChainEvent] = []
        self.heard: list[tuple[int, Heard]] = []
        self.ended: dict[int, Ending] = {}
        self.fetched: dict[bytes, set[int]] = {}
        """By which peers a transaction of ours was fetched; by wtxid."""
        self.news = News()
        self._offered: dict[Item, Tx] = {}
        self._clock = Clock()
        self._dice = random.Random(7)
        self._links: dict[int, TcpLink] = {}
        self._readers: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._numbers = 0
        known = self.follower.known()
        begin = Beginning(REGTEST, self.tree, 0, self.headers, birthday, known)
        self.sync = Sync(begin, self._dice.randrange, self._now())
        self.sync.watch(self.follower.watched_scripts(), self._now())

    # -- what a test does

    async def join(self, address: str, *, relay: bool = False) -> int:
        """Connect; the number of the connection."""
        link = await dial(address)
        self._numbers += 1
        number = self._numbers
        self._links[number] = link
        self.sync.connected(number, self._dice.getrandbits(64), self._now(), relay=relay)
        reader = asyncio.create_task(self._read(number, link), name=f"reader of {number}")
        self._readers.add(reader)
        reader.add_done_callback(self._readers.discard)
        self._turn()
        return number

    def watch(self, script: bytes) -> None:
        """From the next block on."""
        self.follower.scripts[script] = None
        self.sync.watch(self.follower.watched_scripts(), self._now())
        self._turn()

    def offer(self, *txs: Tx, to: Collection[int] | None = None) -> None:
        """Announce transactions to all peers or some, and hand them to whoever asks."""
        for tx in txs:
            for kind in (ItemKind.TX, ItemKind.WITNESS_TX):
                self._offered[Item(kind, tx.txid)] = tx
            self._offered[Item(ItemKind.WTX, tx.wtxid)] = tx
            self.fetched.setdefault(tx.wtxid, set())
        announced = Inv(tuple(Item(ItemKind.WTX, tx.wtxid) for tx in txs))
        for number in self._links if to is None else to:
            self.sync.tell(number, announced)
        self._turn()

    def seen_from(self, tx: Tx) -> set[int]:
        """The peers that announced it to us."""
        named = Item(ItemKind.WTX, tx.wtxid)
        return {
            number
            for number, what in self.heard
            if isinstance(what, TxsAnnounced) and named in what.items
        }

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; `TimeoutError` with where it stands, if it does not."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.news.until(is_so)
        except TimeoutError:
            raise TimeoutError(f"{self.sync.progress()}; ended: {self.ended}") from None

    async def read_to(self, height: int, block_hash: bytes) -> None:
        """Wait until that block was handed on, as the newest."""
        await self.until(
            lambda: (
                self.follower.height == height and self.follower.blocks.get(height) == block_hash
            )
        )

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._timer is not None:
            self._timer.cancel()
        for link in self._links.values():
            link.close()
        self._links.clear()
        await asyncio.gather(*self._readers)

    @property
    def payments(self) -> list[ScriptPaid]:
        """What pays the scripts."""
        return [fact for fact in self.follower.all_facts() if isinstance(fact, ScriptPaid)]

    @property
    def connected(self) -> set[int]:
        """With whom."""
        return set(self._links)

    # -- inside

    def _now(self) -> int:
        return self._clock.now_ms()

    async def _read(self, number: int, link: TcpLink) -> None:
        while data := await link.read():
            self.sync.received(number, data, self._now())
            self._turn()
        link.close()
        if number in self._links:
            del self._links[number]
            self.sync.received(number, b"", self._now())
            self._turn()

    def _turn(self) -> None:
        self._perform(self.sync.take_effects())
        while (event := self.sync.next_chain_event(self._now())) is not None:
            self._follow(event)
            self._perform(self.sync.take_effects())
        self._arm()
        self.news.happened()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self.sync.next_deadline_ms()
        if due is not None:
            wait = max(due - self._now(), 0) / 1_000
            self._timer = asyncio.get_running_loop().call_later(wait, self._on_time)

    def _on_time(self) -> None:
        self.sync.handle_timer(self._now())
        self._turn()

    def _follow(self, event: ChainEvent) -> None:
        assert isinstance(event, BlockConnected | BlockDisconnected)
        self.told.append(event)
        delta = self.follower.judge(event)
        self.follower.apply(delta)
        if delta.happened:
            self.sync.watch(self.follower.watched_scripts(), self._now())
            self.sync.know(outputs_seen(self.follower.all_facts()))

    def _perform(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send():
                    if effect.peer in self._links:
                        self._links[effect.peer].write(effect.data)
                case HangUp():
                    self.ended[effect.peer] = effect.why
                    if (link := self._links.pop(effect.peer, None)) is not None:
                        link.close()
                case Do():
                    asyncio.get_running_loop().call_soon(self._work, effect)
                case Tell():
                    self.heard.append((effect.peer, effect.what))
                    if isinstance(effect.what, TxsWanted):
                        self._hand_over(effect.peer, effect.what)
                case SaveHeaders():
                    kept = self.headers[: (effect.change.fork_height + 1) * HEADER_SIZE]
                    self.headers = kept + effect.change.connected.headers
                    self.tree = effect.change.tree
                case RestartHeaders():
                    self.tree = effect.tree
                    self.headers = self.headers[: HEADER_SIZE * (self.tree.height + 1)]

    def _hand_over(self, number: int, wanted: TxsWanted) -> None:
        for item in wanted.items:
            if (tx := self._offered.get(item)) is not None:
                self.fetched[tx.wtxid].add(number)
                self.sync.tell(number, RawTx(tx.serialize()))
        asyncio.get_running_loop().call_soon(self._turn)

    def _work(self, effect: Do) -> None:
        self.sync.done(effect.number, effect.work.run(), self._now())
        self._turn()
