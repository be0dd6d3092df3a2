"""Simulated wires between a `Sync` and nodes of the playground's chains, with a clock that jumps
from one event to the next. One seed makes one run."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Final

from lnwallet_tui.bitcoin.consensus import ChainRules, rules_of
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected, ChainEvent
from lnwallet_tui.chain.filter_conflicts import outputs_seen
from lnwallet_tui.chain.headers import HeaderTree
from lnwallet_tui.chain.questions import Ending
from lnwallet_tui.chain.settled_filters import Alone
from lnwallet_tui.chain.sync import Beginning, Sync
from lnwallet_tui.chain.sync_peers import (
    Do,
    Effect,
    HangUp,
    RestartHeaders,
    SaveHeaders,
    Send,
    Tell,
)
from lnwallet_tui.chain.watch import Follower, ScriptPaid
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.control import Version
from lnwallet_tui.p2p.errors import P2pError
from lnwallet_tui.p2p.frame import Deframer, frame
from lnwallet_tui.p2p.inventory import Inv, Item, ItemKind
from lnwallet_tui.playground.simchain import SimChain
from tests.p2p.full_node import FullNode

WITNESS: Final = b"\x51"  # OP_TRUE
OURS: Final = p2wsh(WITNESS)
REGTEST: Final = Network.REGTEST


class Node:
    """An honest node. Others override what they do otherwise."""

    latency = 40  # milliseconds, one way
    network = REGTEST
    speaks_first = False

    def __init__(self, chain: SimChain, lies: Mapping[int, bytes] | None = None) -> None:
        self.chain = chain
        self.full = FullNode(chain, lies)
        self.heard: list[Message] = []

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        """What it says to that."""
        self.heard.append(message)
        if isinstance(message, Version):
            yield self.full.version(now_ms // 1_000)
        yield from self.full.answer(message)

    def delay(self, message: Message) -> int:
        """Milliseconds that it thinks before it says this."""
        return 0

    def announcement(self) -> Message:
        """Of its newest block."""
        return Inv((Item(ItemKind.BLOCK, self.chain.tip.hash),))


class Wires:
    """One wallet's `Sync` and those it is connected with."""

    def __init__(
        self,
        seed: int,
        now_ms: int,
        *,
        birthday: int = 0,
        scripts: Iterable[bytes] = (OURS,),
        rules: ChainRules | None = None,
    ) -> None:
        self.dice = random.Random(seed)
        self.now = now_ms
        self.tree = HeaderTree.begin(rules or rules_of(REGTEST))
        self.headers = rules_of(REGTEST).genesis.serialize()
        self.birthday = birthday
        self.follower = Follower(scripts=dict.fromkeys(scripts))
        self.told: list[ChainEvent] = []
        self.ended: dict[int, list[Ending]] = {}
        self.restarts = 0
        self.teaches: dict[bytes, bytes] = {}  # who is paid by one script looks for another
        self._nodes: dict[int, Node] = {}
        self._wires: dict[int, Callable[[bytes], None]] = {}
        self._numbers = count()
        self._order = count()
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self.sync = self._new_sync(())

    def _new_sync(self, alone: Sequence[Alone]) -> Sync:
        begin = Beginning(
            REGTEST,
            self.tree,
            0,
            self.headers,
            self.birthday,
            self.follower.known(),
            alone=alone,
        )
        sync = Sync(begin, self.dice.randrange, self.now)
        sync.watch(self.follower.watched_scripts(), self.now)
        return sync

    # -- what a test does

    def join(self, node: Node) -> int:
        """Connect with it; the number of the connection."""
        number = next(self._numbers)
        self._nodes[number] = node
        self.sync.connected(number, self.dice.getrandbits(64), self.now)
        self._wire(number, Deframer(node.network), node)
        if node.speaks_first:
            self._say(number, node, node.full.version(self.now // 1_000))
        self._turn()
        return number

    def lose(self, number: int) -> None:
        """The connection breaks."""
        if self._nodes.pop(number, None) is not None:
            self.sync.received(number, b"", self.now)
            self._turn()

    def restart(self, lost: int = 0) -> None:
        """The program ends and begins again with what it stored; nobody is connected. The newest
        headers may have been damaged."""
        self._nodes.clear()
        if lost:
            self.headers = self.headers[: -80 * lost]
            rules = self.tree.rules
            work = self.tree.work - lost * rules.genesis.work
            self.tree = HeaderTree.resume(rules, 0, self.headers, work)
        self.sync = self._new_sync(self.sync.alone())
        self._turn()

    def announce(self, only: int | None = None) -> None:
        """Each node tells of its newest block, or only one does."""
        for number, node in self._nodes.items():
            if only in (number, None):
                self._say(number, node, node.announcement())

    def after(self, ms: int, action: Callable[[], object]) -> None:
        """Do something later."""
        heappush(self._due, (self.now + ms, next(self._order), lambda: void(action())))

    def run(self, until: Callable[[], bool], most_ms: int = 3_600_000) -> bool:
        """Let time pass until something is so; False if it does not become so in time."""
        end = self.now + most_ms
        while not until():
            event = self._due[0][0] if self._due else None
            if event is None or event > self.now:  # what is due now comes first
                timer = self.sync.next_deadline_ms()
                nearest = min((at for at in (timer, event) if at is not None), default=None)
                if nearest is None or nearest > end:
                    self.now = end
                    return until()
                self.now = max(self.now, nearest)
            if event is not None and event <= self.now:
                heappop(self._due)[2]()
            else:
                self.sync.handle_timer(self.now)
            self._turn()
        return True

    def wait(self, ms: int) -> None:
        """Let so much time pass."""
        self.run(lambda: False, ms)

    def sleep(self, ms: int) -> None:
        """The lid is shut: nothing happens here, time passes."""
        self.now += ms
        self._due = [(max(at, self.now), order, action) for at, order, action in self._due]

    def has_read(self, chain: SimChain) -> bool:
        """Whether all blocks of the chain were handed on."""
        return self.follower.blocks.get(chain.height) == chain.tip.hash

    @property
    def connected(self) -> set[int]:
        """Who is."""
        return set(self._nodes)

    # -- the world

    def _turn(self) -> None:
        self._perform(self.sync.take_effects())
        while (event := self.sync.next_chain_event(self.now)) is not None:
            self._follow(event)
            self._perform(self.sync.take_effects())

    def _follow(self, event: ChainEvent) -> None:
        assert isinstance(event, BlockConnected | BlockDisconnected)
        self.told.append(event)
        delta = self.follower.judge(event)
        self.follower.apply(delta)
        for fact in delta.happened:
            if isinstance(fact, ScriptPaid) and fact.output.script_pubkey in self.teaches:
                self.follower.scripts[self.teaches[fact.output.script_pubkey]] = None
        if delta.happened:
            self.sync.watch(self.follower.watched_scripts(), self.now)
            self.sync.know(outputs_seen(self.follower.all_facts()))

    def _perform(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send():
                    if effect.peer in self._nodes:
                        self._wires[effect.peer](effect.data)
                case HangUp():
                    self._nodes.pop(effect.peer, None)
                    self.ended.setdefault(effect.peer, []).append(effect.why)
                case SaveHeaders():
                    kept = self.headers[: (effect.change.fork_height + 1) * 80]
                    self.headers = kept + effect.change.connected.headers
                    self.tree = effect.change.tree
                case RestartHeaders():
                    self.restarts += 1
                    self.tree = effect.tree
                    self.headers = self.headers[: 80 * (self.tree.height + 1)]
                case Do():
                    self._work(effect)
                case Tell():
                    pass

    def _work(self, effect: Do) -> None:
        sync = self.sync

        def finish() -> None:
            if sync is self.sync:
                sync.done(effect.number, effect.work.run(), self.now)

        self.after(self.dice.randrange(200), finish)

    def _wire(self, number: int, frames: Deframer, node: Node) -> None:
        def arrive(data: bytes) -> None:
            try:
                frames.feed(data)
                while number in self._nodes and (message := frames.next_message()) is not None:
                    for answer in node.answers(message, self.now):
                        self._say(number, node, answer)
            except P2pError:
                self.lose(number)

        self._wires[number] = lambda data: self.after(node.latency, lambda: arrive(data))

    def _say(self, number: int, node: Node, message: Message) -> None:
        data = frame(node.network, message)
        cut = self.dice.randrange(len(data) + 1)
        delay = node.latency + node.delay(message)
        self.after(delay, lambda: self._hear(number, data[:cut]))
        self.after(delay, lambda: self._hear(number, data[cut:]))

    def _hear(self, number: int, data: bytes) -> None:
        if number in self._nodes and data:
            self.sync.received(number, data, self.now)


def void(_: object) -> None:
    """Nobody looks at the result."""


def replayed(chain: SimChain, scripts: Iterable[bytes] = (OURS,)) -> Follower:
    """A follower that read the whole chain at once, all transactions included."""
    follower = Follower(scripts=dict.fromkeys(scripts))
    for height in range(chain.height + 1):
        block = chain.at(height)
        txs = tuple(enumerate(block.block.transactions))
        event = BlockConnected(height, block.hash, block.previous, block.time, txs)
        follower.apply(follower.judge(event))
    return follower


_REPLAYED: Final[dict[tuple[bytes, ...], Follower]] = {}
"""By the newest block and the scripts, in their order: most tests read the same chain."""


def is_replay(follower: Follower, chain: SimChain) -> bool:
    """Whether it knows the same as one that read the chain from scratch."""
    read = chain.tip.hash, *follower.scripts
    scratch = _REPLAYED.get(read)
    if scratch is None:
        scratch = _REPLAYED[read] = replayed(chain, follower.scripts)
    return (
        dict(scratch.blocks) == dict(follower.blocks)
        and list(scratch.all_facts()) == list(follower.all_facts())
        and scratch.watches == follower.watches
    )
