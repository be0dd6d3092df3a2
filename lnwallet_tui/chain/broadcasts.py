"""How far a transaction of ours has come on the Bitcoin network, as far as a light node can see.

It is announced to peers (`inv`), and those who want it fetch it (`getdata`). That one fetched it
does not mean that it took it, and nobody says no: the sign is that another peer, whom we told
nothing, announces it to us. So one peer is left untold where there is another. With one peer alone
"fetched by 1" is the best there is.

Blocks decide: the transaction is confirmed, or another that spends one of its inputs is. A block
that leaves takes its word back.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected, ChainEvent

Peer = TypeVar("Peer", bound=Hashable)


class Stage(enum.Enum):
    """The farthest that is known."""

    WAITING = "no peer was told yet"
    SENT = "announced to peers"
    FETCHED = "fetched by peers"
    SEEN = "announced by another peer"
    CONFIRMED = "in a block"
    CONFLICTED = "a block has another transaction that spends the same"


@dataclass(frozen=True, slots=True)
class Decided:
    """By a block: `txid` is in it, ours or the one in conflict with it."""

    height: int
    txid: bytes


@dataclass(frozen=True, slots=True)
class Broadcasted:
    """How far a transaction came: how many peers were told of it, fetched it, announced it without
    having it from us. `height` is of the block that decided, else 0."""

    stage: Stage
    sent: int = 0
    fetched: int = 0
    seen: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Broadcast(Generic[Peer]):
    """One transaction under way: who was told of it (`sent`), who fetched it, who announced it.

    `know` are the peers to whom it need not be announced again, `passed` counts the blocks that
    came without it.
    """

    tx: Tx
    sent: frozenset[Peer] = frozenset()
    fetched: frozenset[Peer] = frozenset()
    seen: frozenset[Peer] = frozenset()
    know: frozenset[Peer] = frozenset()
    decided: Decided | None = None
    passed: int = 0

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        if self.decided is not None:
            ours = self.decided.txid == self.tx.txid
            return Stage.CONFIRMED if ours else Stage.CONFLICTED
        if self.seen:
            return Stage.SEEN
        if self.fetched:
            return Stage.FETCHED
        return Stage.SENT if self.sent else Stage.WAITING

    @property
    def so_far(self) -> Broadcasted:
        """The same with numbers."""
        height = 0 if self.decided is None else self.decided.height
        return Broadcasted(self.stage, len(self.sent), len(self.fetched), len(self.seen), height)

    def whom_to_tell(self, connected: Collection[Peer]) -> tuple[Peer, ...]:
        """To whom it is to be announced now: all who were not told. One is left to listen, as long
        as no other announced it; but once a block came without it, safety comes first."""
        if self.decided is not None:
            return ()
        untold = [peer for peer in connected if peer not in self.know]
        listens = len(connected) > 1 and not self.seen and not self.passed
        return tuple(untold[:-1] if listens else untold)

    def after_telling(self, peers: Iterable[Peer]) -> Broadcast[Peer]:
        """It was announced to these."""
        told = frozenset(peers)
        return replace(self, sent=self.sent | told, know=self.know | told)

    def after_fetching(self, peer: Peer) -> Broadcast[Peer]:
        """The peer asked for it and got it."""
        return replace(self, fetched=self.fetched | {peer}, know=self.know | {peer})

    def after_announcement(self, peer: Peer) -> Broadcast[Peer]:
        """The peer announced it. From one who has it from us, or was told by us that there is such
        a transaction, it says nothing new."""
        if peer in self.sent | self.fetched:
            return self
        return replace(self, seen=self.seen | {peer}, know=self.know | {peer})

    def after_block(self, event: ChainEvent) -> Broadcast[Peer]:
        """A block joined the best chain, or left it.

        Where it decides nothing all are to be told again: a mempool may have been full, or have
        lost what it had. Who has the transaction does not fetch it twice.
        """
        match event:
            case BlockConnected():
                return self._after_connecting(event)
            case BlockDisconnected():
                if self.decided is None or self.decided.height < event.height:
                    return self
                return self._not_in_a_block()

    def _after_connecting(self, block: BlockConnected) -> Broadcast[Peer]:
        if self.decided is not None:
            return self
        spends = {txin.outpoint for txin in self.tx.inputs}
        for _, tx in block.txs:
            if not spends.isdisjoint(txin.outpoint for txin in tx.inputs):
                return replace(self, decided=Decided(block.height, tx.txid))
        return self._not_in_a_block()

    def _not_in_a_block(self) -> Broadcast[Peer]:
        return replace(self, decided=None, know=frozenset(), passed=self.passed + 1)


@dataclass(frozen=True, slots=True)
class Names:
    """How peers name our transactions, each with its txid: by its wtxid (BIP339), or by its txid,
    as the parents of one that was fetched are asked for.

    Made once for a message: it may name 50,000, and a transaction is not to be hashed for each.
    """

    _txids: frozenset[bytes]
    _wtxids: dict[bytes, bytes]

    @classmethod
    def of(cls, txs: Iterable[Tx]) -> Names:
        """Of these."""
        by_wtxid = {tx.wtxid: tx.txid for tx in txs}
        return cls(frozenset(by_wtxid.values()), by_wtxid)

    def txid(self, name: bytes, *, by_wtxid: bool) -> bytes | None:
        """Of the one that is named so; None: of none of ours."""
        if by_wtxid:
            return self._wtxids.get(name)
        return name if name in self._txids else None
