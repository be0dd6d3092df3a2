"""Payments to us that are in no block yet, as far as nodes tell of them.

While somebody waits for one, every transaction that the peers of our announcements name is fetched
and looked at. They learn that we listen, and not to what: nobody is asked for anything of ours. It
costs what all new transactions weigh, some 4 kB a second on mainnet, and so it ends when nobody
waits. What was sent before we listened is not told.

Nothing here is proved. A peer can invent a payment, or a replacement of one, that no miner would
take: so it is counted how many told of each. What a peer does too much costs its own connection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.chain.blocks import BlockConnected, ChainEvent
from lnwallet_tui.node.blocks.waiting_port import Heard

MOST_ASKED: Final = 500
"""Of one peer without an answer; what it names beyond them is passed over."""
BYTES_A_SECOND: Final = 50_000
"""Of one peer, over time; ten times what all of mainnet's weigh. It may be ahead by…"""
BURST: Final = 4_000_000
"""…so much before it is asked for no more, and by twice that before we hang up."""
AGAIN_MS: Final = 10_000
"""After so long without an answer another who named it is asked."""
MOST_NAMES: Final = 20_000
"""Of transactions that were looked at, so that they are not fetched again."""
MOST_KEPT: Final = 20
KEPT_MS: Final = 86_400_000


@dataclass(slots=True)
class _Peer:
    asked: set[bytes] = field(default_factory=set)
    ahead: int = 0
    since: int = 0

    def pay(self, size: int, now_ms: int) -> None:
        """So much came."""
        self.ahead = max(0, self.ahead - (now_ms - self.since) * BYTES_A_SECOND // 1_000) + size
        self.since = now_ms


@dataclass(slots=True)
class _Asked:
    at: int
    peer: str
    others: list[str]  # who named it, too


@dataclass(slots=True)
class _Kept:
    tx: Tx
    nodes: set[str]
    since: int
    pays: bool
    sender: str


class Hearing:
    """Peers are known by their addresses, transactions by their wtxids."""

    def __init__(self) -> None:
        self._scripts: frozenset[bytes] = frozenset()
        self._peers: dict[str, _Peer] = {}
        self._asked: dict[bytes, _Asked] = {}
        self._done: dict[bytes, None] = {}
        self._kept: dict[bytes, _Kept] = {}  # by wtxid: what pays us, and what is in its way
        self._spent_by: dict[OutPoint, set[bytes]] = {}  # these
        self.version = 0
        """Goes up whenever something else is heard."""

    @property
    def is_on(self) -> bool:
        """Whether anybody waits for a payment."""
        return bool(self._scripts)

    def listen(self, scripts: frozenset[bytes]) -> None:
        """For payments to these from now on; none: no longer. What was heard is kept."""
        self._scripts = scripts
        if not scripts:
            self.forget_peers()
            self._done.clear()

    def heard(self, now_ms: int) -> tuple[Heard, ...]:
        """What pays us, the first first."""
        self._forget_old(now_ms)
        return tuple(
            Heard(one.tx, len(one.nodes), one.since // 1_000)
            for one in self._kept.values()
            if one.pays
        )

    # -- peers

    def named(self, peer: str, wtxids: Iterable[bytes], now_ms: int) -> tuple[bytes, ...]:
        """A peer says that it has these; which of them to ask it for."""
        self._peers.setdefault(peer, _Peer(since=now_ms))
        return tuple(one for one in wtxids if self._is_wanted(peer, one, now_ms))

    def _is_wanted(self, peer: str, wtxid: bytes, now_ms: int) -> bool:
        if (kept := self._kept.get(wtxid)) is not None:
            if peer not in kept.nodes:
                kept.nodes.add(peer)
                self._settle(wtxid)
                self.version += 1
            return False
        if not self.is_on or wtxid in self._done:
            return False
        under_way = self._asked.get(wtxid)
        if under_way is None:
            return self._ask(peer, wtxid, now_ms)
        if peer != under_way.peer and peer not in under_way.others:
            under_way.others.append(peer)
        return False

    def _ask(self, peer: str, wtxid: bytes, now_ms: int) -> bool:
        one = self._peers[peer]
        one.pay(0, now_ms)
        if len(one.asked) >= MOST_ASKED or one.ahead > BURST:
            return False
        one.asked.add(wtxid)
        self._asked[wtxid] = _Asked(now_ms, peer, [])
        return True

    def came(self, peer: str, tx: Tx, size: int, now_ms: int) -> bool:
        """A peer sent what it was asked for; whether it kept within bounds."""
        one = self._peers.setdefault(peer, _Peer(since=now_ms))
        one.pay(size, now_ms)
        wtxid = tx.wtxid
        one.asked.discard(wtxid)
        under_way = self._asked.pop(wtxid, None)
        self._done[wtxid] = None
        if len(self._done) > MOST_NAMES:
            del self._done[next(iter(self._done))]
        if under_way is not None and (self._pays(tx) or self._rivals(tx)):
            nodes = {under_way.peer, *under_way.others}
            self._keep(wtxid, _Kept(tx, nodes, now_ms, self._pays(tx), peer))
            self._settle(wtxid)
            self._drop_least()
            self.version += 1
        return one.ahead <= 2 * BURST

    def lacks(self, peer: str, wtxids: Iterable[bytes]) -> None:
        """A peer has not what it named."""
        if (one := self._peers.get(peer)) is not None:
            one.asked.difference_update(wtxids)

    def left(self, peer: str) -> None:
        """It is not connected any more."""
        self._peers.pop(peer, None)

    def ask_others(self, now_ms: int) -> list[tuple[str, bytes]]:
        """Who else is to be asked for what, as those who were asked do not answer."""
        self._forget_old(now_ms)
        late = [one for one, way in self._asked.items() if now_ms >= way.at + AGAIN_MS]
        return [(peer, one) for one in late if (peer := self._ask_other(one, now_ms))]

    def _ask_other(self, wtxid: bytes, now_ms: int) -> str:
        under_way = self._asked.pop(wtxid)
        while under_way.others:
            peer = under_way.others.pop(0)
            if peer in self._peers and self._ask(peer, wtxid, now_ms):
                self._asked[wtxid].others = under_way.others
                return peer
        return ""

    def forget_peers(self) -> None:
        """All connections are closed."""
        self._peers.clear()
        self._asked.clear()

    # -- what is kept

    def chain_moved(self, event: ChainEvent) -> None:
        """A block came or left: what it has, or made impossible, is heard of no more."""
        if not self._kept or not isinstance(event, BlockConnected):
            return
        spent = {one.outpoint for _, tx in event.txs for one in tx.inputs}
        for wtxid, kept in tuple(self._kept.items()):
            if not spent.isdisjoint(one.outpoint for one in kept.tx.inputs):
                self._drop(wtxid)

    def _pays(self, tx: Tx) -> bool:
        return any(output.script_pubkey in self._scripts for output in tx.outputs)

    def _rivals(self, tx: Tx) -> frozenset[bytes]:
        """Those that are kept and spend something of the same. What is kept may be long, and is not
        gone through for each that comes."""
        found = (self._spent_by.get(one.outpoint, ()) for one in tx.inputs)
        return frozenset(wtxid for wtxids in found for wtxid in wtxids)

    def _settle(self, wtxid: bytes) -> None:
        """Of two that spend the same the later one stands once as many have told of it: who is
        alone in saying so cannot hide what others confirm."""
        later, rivals = self._kept[wtxid], self._rivals(self._kept[wtxid].tx)
        if rivals <= {wtxid}:
            return
        earlier = takewhile(lambda one: one != wtxid, tuple(self._kept))
        for one in earlier:
            if one in rivals and len(later.nodes) >= len(self._kept[one].nodes):
                self._drop(one)
                if not later.pays:
                    self._drop(wtxid)

    def _drop_least(self) -> None:
        """Of those of which the fewest tell, the oldest of whoever sent the most."""
        while len(self._kept) > MOST_KEPT:
            sent = Counter(one.sender for one in self._kept.values())
            worth = {
                wtxid: (len(one.nodes), -sent[one.sender], one.since)
                for wtxid, one in self._kept.items()
            }
            self._drop(min(worth, key=worth.__getitem__))

    def _forget_old(self, now_ms: int) -> None:
        for wtxid, kept in tuple(self._kept.items()):
            if now_ms >= kept.since + KEPT_MS:
                self._drop(wtxid)

    def _keep(self, wtxid: bytes, one: _Kept) -> None:
        self._kept[wtxid] = one
        for txin in one.tx.inputs:
            self._spent_by.setdefault(txin.outpoint, set()).add(wtxid)

    def _drop(self, wtxid: bytes) -> None:
        kept = self._kept.pop(wtxid, None)
        if kept is None:
            return
        self.version += 1
        for txin in kept.tx.inputs:
            if (others := self._spent_by.get(txin.outpoint)) is not None:  # None: named twice
                others.discard(wtxid)
                if not others:
                    del self._spent_by[txin.outpoint]
