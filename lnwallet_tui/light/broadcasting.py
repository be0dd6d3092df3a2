"""Brings our transactions to the Bitcoin network, over connections that serve nothing else.

Who serves us filters does not learn which transactions are ours, and the other way round, as long
as we know of enough others. So the connections are made when there is something to tell, and closed
once it is known to go round; after each block without it there is something to tell again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.blocks import BlockConnected, ChainEvent
from lnwallet_tui.chain.broadcasts import Broadcast, Names
from lnwallet_tui.chain.conversation import Conversation
from lnwallet_tui.chain.introduction import Introduction
from lnwallet_tui.chain.questions import (
    Closed,
    Event,
    Fault,
    Introduced,
    TxCame,
    TxsAnnounced,
    TxsLacking,
    TxsWanted,
)
from lnwallet_tui.light.hearing import Hearing
from lnwallet_tui.light.lines import Lines
from lnwallet_tui.p2p.inventory import Inv, Item, ItemKind, NotFound, RawTx

TOLD: Final = 3
"""So many connections: two peers are told, and one is left to hear it from others."""
PATIENCE_MS: Final = 60_000
"""So long we listen whether another peer announces it, after one had fetched it."""
UNHEARD_MS: Final = 600_000
"""So long we wait for somebody to fetch it. Who has it already does not; nobody says so."""
LISTENER_MS: Final = 1_500
"""So long the first peer that is there waits for a second one: who is met after it was told hears
nothing any more, for nodes announce what comes, and not what they have."""
KEPT_BLOCKS: Final = 144
"""After so many blocks on top nobody asks any more how far a transaction came."""


@dataclass(slots=True)
class _Peer:
    address: str
    talk: Conversation
    is_ready: bool = False


class Broadcaster:
    """Speaks over `lines`; `chance` gives 64 bits of it. Peers are known by their addresses: one
    that is met twice is one."""

    def __init__(
        self,
        network: Network,
        user_agent: bytes,
        chance: Callable[[], int],
        lines: Lines,
        *,
        is_one_named: bool = False,
    ) -> None:
        self._network, self._user_agent, self._chance = network, user_agent, chance
        self._lines, self._is_one_named = lines, is_one_named
        self.alone_until: int | None = None
        """Since the first peer is there: until when it alone is told nothing."""
        self._peers: dict[int, _Peer] = {}
        self._broadcasts: dict[bytes, Broadcast[str]] = {}  # by txid, parents before children
        self._told_at: dict[bytes, int] = {}  # after the last block
        self.height = 0
        self.version = 0
        """Goes up whenever more is known of how far something came."""
        self.hearing = Hearing()

    # -- what is to be told

    def publish(self, txs: Iterable[Tx], now_ms: int) -> None:
        """Tell of these; of what is under way already nothing changes."""
        for tx in txs:
            known = self._broadcasts.get(tx.txid)
            if known is None or (known.tx != tx and known.decided is None):
                self._note(Broadcast(tx))
        self._announce(now_ms)

    def of(self, txid: bytes) -> Broadcast[str] | None:
        """How far it came."""
        return self._broadcasts.get(txid)

    def chain_moved(self, event: ChainEvent) -> None:
        """A block came or left."""
        if isinstance(event, BlockConnected):
            self.height = event.height
        self.hearing.chain_moved(event)
        for txid, broadcast in tuple(self._broadcasts.items()):
            after = broadcast.after_block(event)
            self._note(after)
            self._told_at.pop(txid, None)
            if after.decided is None:
                continue
            if after.decided.height + KEPT_BLOCKS <= self.height:
                del self._broadcasts[txid]

    def is_busy(self, now_ms: int) -> bool:
        """Whether connections are wanted."""
        return self.hearing.is_on or any(
            self._is_open(one, now_ms) for one in self._broadcasts.values()
        )

    def _is_open(self, broadcast: Broadcast[str], now_ms: int) -> bool:
        if broadcast.decided is not None:
            return False
        told_at = self._told_at.get(broadcast.tx.txid)
        if told_at is None:
            return True
        if broadcast.seen & broadcast.know:  # since the last block, which made all forget
            return False
        return now_ms < told_at + (PATIENCE_MS if broadcast.fetched else UNHEARD_MS)

    # -- the lines

    def opened(self, number: int, address: str, now_ms: int, height: int) -> None:
        """A connection is open; `height` is that of the headers, as others are told it."""
        ours = Introduction(self._network, height, self._chance(), self._user_agent, relay=True)
        self._peers[number] = peer = _Peer(address, Conversation(ours, now_ms))
        self._write(number, peer)

    def received(self, number: int, data: bytes, now_ms: int) -> None:
        """Bytes of a peer; none when it hung up."""
        peer = self._peers.get(number)
        if peer is not None:
            peer.talk.receive_data(data, now_ms)
            self._go_on(number, peer, now_ms)

    def tick(self, now_ms: int) -> None:
        """It is so late now."""
        for number, peer in tuple(self._peers.items()):
            due = peer.talk.next_deadline_ms()
            if due is not None and due <= now_ms:
                peer.talk.handle_timer(now_ms)
            self._go_on(number, peer, now_ms)
        by_address = {peer.address: peer for peer in self._peers.values()}
        for address, wtxid in self.hearing.ask_others(now_ms):
            if address in by_address:
                _ask(by_address[address], (wtxid,))
        for number, peer in self._peers.items():
            self._write(number, peer)

    def forget_peers(self) -> None:
        """All connections are closed."""
        self._peers.clear()
        self.alone_until = None
        self.hearing.forget_peers()

    # -- inside

    def _go_on(self, number: int, peer: _Peer, now_ms: int) -> None:
        while (event := peer.talk.next_event()) is not None:
            self._take(number, peer, event, now_ms)
        self._announce(now_ms)
        if number in self._peers:
            self._write(number, peer)

    def _take(self, number: int, peer: _Peer, event: Event, now_ms: int) -> None:
        match event:
            case Introduced():
                peer.is_ready = True
                self._lines.met(number, event.services)
            case TxsWanted(items):
                self._serve(peer, items)
            case TxsAnnounced(items):
                self._hear(peer, items, now_ms)
            case TxCame(tx, size):
                if not self.hearing.came(peer.address, tx, size, now_ms):
                    peer.talk.close(Fault.FLOOD)
            case TxsLacking(items):
                self.hearing.lacks(peer.address, [item.hash for item in items])
            case Closed(why):
                del self._peers[number]
                self.hearing.left(peer.address)
                self._lines.hang_up(number, why)
            case _:
                pass  # the chain is read elsewhere

    def _hear(self, peer: _Peer, items: Iterable[Item], now_ms: int) -> None:
        names, others = self._names(), []
        for item in items:
            if (broadcast := self._named(item, names)) is not None:
                self._note(broadcast.after_announcement(peer.address))
            elif item.kind == ItemKind.WTX and peer.talk.relays_by_wtxid:
                others.append(item.hash)
        _ask(peer, self.hearing.named(peer.address, others, now_ms))

    def _serve(self, peer: _Peer, items: Iterable[Item]) -> None:
        """Whoever was told of a transaction gets it. Nobody else does, as in Core: else who asks
        for what others announced learns which of that is ours."""
        names, lacking = self._names(), []
        for item in dict.fromkeys(items):  # who names one often gets it once: it may be long
            broadcast = self._named(item, names)
            was_told = broadcast is not None and peer.address in broadcast.sent
            if broadcast is None or not was_told or broadcast.decided is not None:
                lacking.append(item)
                continue
            peer.talk.tell(RawTx(broadcast.tx.serialize()))
            self._note(broadcast.after_fetching(peer.address))
        if lacking:
            peer.talk.tell(NotFound(tuple(lacking)))

    def _names(self) -> Names:
        return Names.of(broadcast.tx for broadcast in self._broadcasts.values())

    def _named(self, item: Item, names: Names) -> Broadcast[str] | None:
        txid = names.txid(item.hash, by_wtxid=item.kind == ItemKind.WTX)
        return None if txid is None else self._broadcasts[txid]

    def _note(self, broadcast: Broadcast[str]) -> None:
        before = self._broadcasts.get(broadcast.tx.txid)
        self._broadcasts[broadcast.tx.txid] = broadcast
        if before is None or before.so_far != broadcast.so_far:
            self.version += 1

    def _announce(self, now_ms: int) -> None:
        """Parents and children in one message, so that a peer can judge them together."""
        ready = {peer.address: peer for peer in self._peers.values() if peer.is_ready}
        if self._waits_for_listener(len(ready), now_ms):
            return
        news: dict[str, list[Item]] = {}
        for broadcast in tuple(self._broadcasts.values()):
            whom = broadcast.whom_to_tell(tuple(ready))
            for address in whom:
                news.setdefault(address, []).append(_item(ready[address], broadcast.tx))
            if whom:
                self._told_at.setdefault(broadcast.tx.txid, now_ms)
                self._note(broadcast.after_telling(whom))
        for number, peer in tuple(self._peers.items()):
            if peer.address in news:
                peer.talk.tell(Inv(tuple(news[peer.address])))
                self._write(number, peer)

    def _waits_for_listener(self, ready: int, now_ms: int) -> bool:
        if self._is_one_named or ready != 1:
            return False
        if self.alone_until is None:
            self.alone_until = now_ms + LISTENER_MS
        return now_ms < self.alone_until

    def _write(self, number: int, peer: _Peer) -> None:
        if data := peer.talk.data_to_send():
            self._lines.send(number, data)


def _ask(peer: _Peer, wtxids: Sequence[bytes]) -> None:
    if wtxids:
        peer.talk.tell(peer.talk.txs.ask(wtxids))


def _item(peer: _Peer, tx: Tx) -> Item:
    # BIP339: "After a node has received a wtxidrelay message from a peer, the node MUST use the
    # MSG_WTX inv type when announcing transactions to that peer."
    if peer.talk.relays_by_wtxid:
        return Item(ItemKind.WTX, tx.wtxid)
    return Item(ItemKind.TX, tx.txid)
