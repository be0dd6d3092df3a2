"""Follows the Bitcoin network by compact filters (BIP157), without a socket, a clock or dice.

    sync = Sync(beginning, choose, now_ms)
    sync.connected(7, nonce, now_ms)                 # a stream to a node is open
    sync.received(7, read(), now_ms)                 # b"" when the other side closed
    for effect in sync.take_effects(): ...           # after each call: write, hang up, save, work
    while event := sync.next_chain_event(now_ms): ...
    # and at sync.next_deadline_ms(): sync.handle_timer(now_ms)

First the headers, then the filter headers, which several peers must say alike, then the filters and
the blocks that match. Whatever peers send, no method raises. What is asked next is derived from
what is there: a peer that is lost takes nothing along.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.chain.best_chain import BestChain
from lnwallet_tui.chain.block_rate import TooFew
from lnwallet_tui.chain.blocks import ChainEvent
from lnwallet_tui.chain.conversation import SUSPENDED_MS, Conversation
from lnwallet_tui.chain.filter_conflicts import Judgement
from lnwallet_tui.chain.headers import HeaderTree
from lnwallet_tui.chain.headers_batch import Run
from lnwallet_tui.chain.introduction import Introduction
from lnwallet_tui.chain.questions import (
    AddressesTold,
    BlockAnnounced,
    BlockCame,
    Closed,
    Ending,
    Event,
    Failure,
    FilterHeadersCame,
    FiltersCame,
    FloorTold,
    HeadersAfter,
    HeadersCame,
    Introduced,
    Lacking,
    Slow,
    TxCame,
    TxsAnnounced,
    TxsLacking,
    TxsWanted,
)
from lnwallet_tui.chain.settled_filters import Alone
from lnwallet_tui.chain.sync_blocks import BlockSync
from lnwallet_tui.chain.sync_filters import ALONE_MS, FilterHeaderSync
from lnwallet_tui.chain.sync_headers import HeaderSync
from lnwallet_tui.chain.sync_peers import Effect, Peer, Peers, Tell
from lnwallet_tui.chain.watch import BLOCKS_KEPT
from lnwallet_tui.p2p.codec import Message

PEERS_WANTED: Final = 4
"""One that lies is outvoted, one that leaves is not missed; each costs us 32 bytes a block."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where we stand. `headers` are those of the best chain from the height `start` on (as they are
    stored; from `BLOCKS_KEPT` below the newest `known`), `known` (height, hash) of the blocks that
    were handed on, the newest first, and without any the first is the one at `birthday`. With
    one peer alone (`is_one_named`) there will never be a second opinion, and none is waited for.
    `alone` is what `Sync.alone` said before."""

    network: Network
    tree: HeaderTree
    start: int
    headers: bytes
    birthday: int
    known: Sequence[tuple[int, bytes]] = ()
    user_agent: bytes = b""
    is_one_named: bool = False
    alone: Sequence[Alone] = ()


class Wait(enum.Enum):
    """What we wait for, the first that is missing."""

    PEERS = "peers"
    HEADERS = "headers"
    SECOND_OPINION = "a second peer"
    JUDGEMENT = "a judgement: peers disagree about a filter"
    FILTER_HEADERS = "filter headers"
    FILTERS = "filters"
    BLOCKS = "blocks"
    NOTHING = "the next block"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far we are and why not farther. Never one boolean.

    `verified_to` is the newest block that was handed on, by the word of `verified_by` connected
    peers. `told_height` is the greatest that a peer named, unproven. `tip_time` is that of the
    newest header (seconds), `since` when we began to wait for what we wait for. `doubted` are
    heights of blocks about whose filters so many peers disagree, and nobody can say who is right;
    they were read whole. `is_stale`: there should have been a block since; other peers may know it.
    `too_few`: blocks come more slowly than all miners make them; somebody may keep theirs from us.
    """

    peers: int
    wanted: int
    waits_for: Wait
    since: int
    told_height: int
    headers: int
    filter_headers: int
    filters: int
    blocks_missing: int
    verified_to: int
    verified_by: int
    tip_time: int
    is_stale: bool
    too_few: TooFew | None
    clock_doubted: bool
    doubted: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class PeerProgress:
    """What is known of one peer. `told_height` is its first word, unproven; up to `reach` it has
    the blocks of our chain, and up to `vouches_to` it agrees with us about the filters (-1: not
    known yet). `latency_ms` is how long its last answer about headers took."""

    number: int
    is_ready: bool
    told_height: int
    reach: int
    is_at_tip: bool
    vouches_to: int
    latency_ms: int | None


class Sync:
    """See above. Times are milliseconds since 1970; `choose(n)` is a random number below n."""

    def __init__(self, begin: Beginning, choose: Callable[[int], int], now_ms: int) -> None:
        self._begin: Final = begin
        chain = BestChain(begin.start, Run.of(begin.headers))
        assert chain.holds(begin.tree.height, begin.tree.tip)
        self._peers: Final = Peers(choose, now_ms)
        self._headers: Final = HeaderSync(
            self._peers, begin.tree, chain, is_relied_on=bool(begin.known)
        )
        # The newest block that was read is asked about again: else nobody would vouch for it before
        # the next one.
        first = begin.known[0][0] if begin.known else begin.birthday
        patience = 0 if begin.is_one_named else ALONE_MS
        self._filters: Final = FilterHeaderSync(
            self._peers, self._headers, first, patience, _remembered(begin)
        )
        self._blocks: Final = BlockSync(
            self._peers, self._headers, self._filters, begin.known, begin.birthday
        )
        self._waits_for = Wait.PEERS, now_ms

    # -- the owner's side: peers

    def connected(self, number: int, nonce: int, now_ms: int, *, relay: bool = False) -> None:
        """A connection is open; `number` is a new one, `nonce` 64 bits of chance."""
        self._wake(now_ms)
        ours = Introduction(
            self._begin.network, self._headers.tree.height, nonce, self._begin.user_agent, relay
        )
        self._peers.add(number, Conversation(ours, now_ms))

    def received(self, number: int, data: bytes, now_ms: int) -> None:
        """Bytes of a peer; none when it hung up."""
        self._wake(now_ms)
        peer = self._peers.get(number)
        if peer is not None:
            peer.talk.receive_data(data, now_ms)
            if self._take_events():  # most bytes are a part of something
                self._go_on()

    def hang_up(self, number: int, why: Ending, now_ms: int) -> None:
        """Do without it."""
        self._wake(now_ms)
        peer = self._peers.get(number)
        if peer is not None:
            peer.talk.close(why)
            self._go_on()

    def tell(self, number: int, message: Message) -> None:
        """Send it what has no answer: `inv`, `tx`, `getaddr`."""
        peer = self._peers.get(number)
        if peer is not None:
            peer.talk.tell(message)

    # -- the owner's side: time, work, news

    def next_deadline_ms(self) -> int | None:
        """When `handle_timer` is to be called."""
        dues = [peer.talk.next_deadline_ms() for peer in self._peers]
        dues += [self._headers.next_deadline(), self._filters.next_deadline()]
        return min((due for due in dues if due is not None), default=None)

    def handle_timer(self, now_ms: int) -> None:
        """It is so late now."""
        self._wake(now_ms)
        for peer in self._peers:
            peer.talk.handle_timer(now_ms)
        self._go_on()

    def done(self, number: int, result: object, now_ms: int) -> None:
        """What some `Work` came to."""
        self._wake(now_ms)
        for trial in self._filters.trials:
            if trial.working == number:
                assert result is None or isinstance(result, Judgement)
                self._filters.judged(trial, result)
        self._filters.done(number, result)
        self._blocks.done(number, result)
        self._go_on()

    def watch(self, scripts: frozenset[bytes], now_ms: int) -> None:
        """From the next block on, fetch those that touch these scripts too."""
        self._wake(now_ms)
        self._blocks.watch(scripts)
        self._filters.scripts = self._blocks.scripts
        self._go_on()

    def read_from(self, known: Sequence[tuple[int, bytes]], now_ms: int) -> bool:
        """Hand on the blocks after these, be it once more (`known` as in `Beginning`). False if
        that is too far back for what is held: begin with another `Sync`."""
        self._wake(now_ms)
        if not self._blocks.read_from(known):
            return False
        self._go_on()
        return True

    def know(self, seen: Mapping[OutPoint, bytes]) -> None:
        """The outputs that we saw (`outputs_seen`): by them lies about filters are proven."""
        self._filters.seen = seen

    def alone(self) -> tuple[Alone, ...]:
        """What was read by the word of one peer alone: a later start is to know it."""
        return self._filters.alone()

    def next_chain_event(self, now_ms: int) -> ChainEvent | None:
        """The next change of the best chain, to be taken one by one: what it teaches is watched
        before the next is asked for."""
        self._wake(now_ms)
        event = self._blocks.next_event()
        if event is not None and self._blocks.wants_more_after(event):
            self._go_on()
        return event

    def take_effects(self) -> list[Effect]:
        """What the world is to do, in this order."""
        return self._peers.take_effects()

    def progress(self) -> Progress:
        """For the screen."""
        ready, verified_to = self._peers.ready, self._blocks.next_height - 1
        return Progress(
            peers=len(ready),
            wanted=PEERS_WANTED,
            waits_for=self._waits_for[0],
            since=self._waits_for[1],
            told_height=max((peer.told_height for peer in ready), default=-1),
            headers=self._headers.tree.height,
            filter_headers=self._filters.settled.to,
            filters=self._blocks.filters_to,
            blocks_missing=self._blocks.blocks_missing,
            verified_to=verified_to,
            verified_by=len(self._filters.vouching(verified_to)),
            tip_time=self._headers.tree.tip_header.time,
            is_stale=self._headers.is_stale(),
            too_few=self._headers.too_few() if self._waits_for[0] is Wait.NOTHING else None,
            clock_doubted=self._headers.clock_doubted,
            doubted=dict(self._filters.settled.doubted.values()),
        )

    def peers(self) -> tuple[PeerProgress, ...]:
        """Each that is connected."""
        return tuple(
            PeerProgress(
                number=peer.number,
                is_ready=peer.talk.is_ready,
                told_height=peer.told_height,
                reach=self._headers.reach(peer),
                is_at_tip=self._headers.is_at_tip(peer),
                vouches_to=self._filters.vouches_to(peer),
                latency_ms=peer.talk.latency_ms,
            )
            for peer in self._peers
        )

    # -- inside

    def _wake(self, now_ms: int) -> None:
        if now_ms == self._peers.now:  # a thousand blocks may be handed on in a moment
            return
        due = self.next_deadline_ms()
        self._peers.now = now_ms
        if due is not None and now_ms > due + SUSPENDED_MS:
            self._headers.rearm()
            self._filters.rearm()

    def _go_on(self) -> None:
        """Until nothing happens any more: what is asked may end a conversation, and the other way
        round."""
        self._take_events()
        happened = True
        while happened:
            self._headers.advance()
            self._filters.advance(self._blocks.next_height)
            self._blocks.advance()
            happened = self._take_events()
        waits_for = self._missing()
        if waits_for is not self._waits_for[0]:
            self._waits_for = waits_for, self._peers.now

    def _take_events(self) -> bool:
        """Whether there were any."""
        happened = False
        for peer in self._peers:
            while (event := peer.talk.next_event()) is not None:
                happened = True
                self._take(peer, event)
        return happened

    def _take(self, peer: Peer, event: Event) -> None:
        match event:
            case HeadersCame():
                self._headers.came(peer, event)
            case FilterHeadersCame():
                self._filters.came(peer, event)
            case FiltersCame():
                self._filters.filters_came(peer, event)
                self._blocks.filters_came(peer, event)
            case BlockCame():
                for trial in self._filters.trials:
                    trial.took_block(peer, event.raw)
                self._blocks.block_came(peer, event)
            case Lacking():
                peer.talk.close(Failure.LACKS)  # a block of its own best chain
            case Slow():
                self._missed(peer, event)
            case BlockAnnounced():
                self._headers.announced(peer, event.block_hash)
            case Closed():
                self._lost(peer, event.why)
            case Introduced():
                peer.told_height = event.height
                self._peers.ask_for(Tell(peer.number, event))
            case AddressesTold() | FloorTold() | TxsAnnounced() | TxsWanted():
                self._peers.ask_for(Tell(peer.number, event))
            case TxCame() | TxsLacking():
                pass  # nobody asks these peers for transactions
            case _:
                assert_never(event)

    def _missed(self, peer: Peer, event: Slow) -> None:
        if isinstance(event.question, HeadersAfter):
            self._headers.slow(peer)
        else:
            self._filters.missed(peer.number, event.question.kind)
            self._blocks.missed(peer.number, event.question.kind)

    def _lost(self, peer: Peer, why: Ending) -> None:
        self._peers.remove(peer, why)
        self._headers.lost(peer)
        self._filters.lost(peer.number)
        self._blocks.lost(peer.number)

    def _missing(self) -> Wait:
        tree = self._headers.tree
        if not self._peers.ready:
            return Wait.PEERS
        if not self._headers.is_complete or not self._headers.able(tree.height):
            return Wait.HEADERS
        if self._filters.trials:
            return Wait.JUDGEMENT
        if self._filters.is_asking:
            return Wait.SECOND_OPINION if self._filters.is_alone else Wait.FILTER_HEADERS
        if self._blocks.filters_to < tree.height:
            return Wait.FILTERS
        return Wait.BLOCKS if self._blocks.next_height <= tree.height else Wait.NOTHING


def _remembered(begin: Beginning) -> tuple[Alone, ...]:
    """As far as it was read, and can be read again."""
    if not begin.known:
        return ()
    newest = begin.known[0][0]
    first = max(begin.start, newest + 1 - BLOCKS_KEPT)
    return tuple(one for one in begin.alone if first <= one.height <= newest)
