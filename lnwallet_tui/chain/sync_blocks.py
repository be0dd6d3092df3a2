"""Filters whose hashes are settled are fetched and matched, blocks that match are fetched, and all
blocks are handed on in their order.

Filters are kept until their block was handed on: what the block before it taught (new scripts) is
looked for in them too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.bitcoin.block import Block, BlockError
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected, ChainEvent
from lnwallet_tui.chain.filters import BasicFilter
from lnwallet_tui.chain.matching import Match
from lnwallet_tui.chain.questions import BlockCame, Fault, Filters, FiltersCame, Kind, OneBlock
from lnwallet_tui.chain.sync_filters import FilterHeaderSync
from lnwallet_tui.chain.sync_headers import HeaderSync
from lnwallet_tui.chain.sync_peers import Errand, Peer, Peers
from lnwallet_tui.chain.watch import BLOCKS_KEPT
from lnwallet_tui.p2p.errors import P2pError
from lnwallet_tui.p2p.inventory import RawBlock

FILTERS_ASKED: Final = 200
"""In one question, of 1,000 that may be: 5 MB, which a slow line carries in a minute."""
BATCHES_AHEAD: Final = 8
"""Under way or waiting for their turn: 40 MB at most, and work for as many peers."""
BLOCKS_AHEAD: Final = 8
"""The same of blocks."""
MOST_HELD: Final = 48_000_000
"""Bytes of filters, beyond which only those that come next are asked for: a peer that is alone can
vouch for filters ten times as long as any block has them."""


@dataclass(frozen=True, slots=True)
class ReadBlock:
    """Work: the block, or None if its transactions are not those that its header commits to."""

    raw: RawBlock

    def run(self) -> Block | None:
        """Tenths of a second."""
        try:
            block = self.raw.parse()
            block.check_commitments()
        except (P2pError, BlockError):
            return None
        return block


@dataclass(slots=True, eq=False)
class FilterBatch:
    """Consecutive blocks; `tested` are the scripts that were looked for, `hits` the blocks in which
    one of them may be, with their heights."""

    question: Filters
    errand: Errand = field(default_factory=Errand)
    filters: tuple[BasicFilter, ...] = ()
    held: int = 0  # bytes
    tested: frozenset[bytes] = frozenset()
    testing: frozenset[bytes] = frozenset()
    hits: dict[bytes, int] = field(default_factory=dict)
    working: int | None = None

    @property
    def start(self) -> int:
        """The height of the first."""
        return self.question.start

    @property
    def stop(self) -> int:
        """The height of the last."""
        return self.start + len(self.question.blocks) - 1

    def hit(self, blocks: Collection[bytes]) -> None:
        """These are to be read."""
        numbered = enumerate(self.question.blocks, self.start)
        self.hits |= {one: height for height, one in numbered if one in blocks}


@dataclass(slots=True, eq=False)
class WantedBlock:
    """A block that is to be read."""

    block_hash: bytes
    errand: Errand = field(default_factory=Errand)
    source: int = -1
    working: int | None = None
    block: Block | None = None


class BlockSync:
    """`known` are (height, hash) of the blocks that were handed on before, the newest first."""

    def __init__(
        self,
        peers: Peers,
        headers: HeaderSync,
        filters: FilterHeaderSync,
        known: Sequence[tuple[int, bytes]],
        birthday: int,
    ) -> None:
        self._peers, self._headers, self._filters = peers, headers, filters
        self._birthday: Final = birthday
        self._batches: list[FilterBatch] = []
        self._wanted: dict[bytes, WantedBlock] = {}
        self.scripts: frozenset[bytes] = frozenset()
        self._stand_after(known)

    def _stand_after(self, known: Sequence[tuple[int, bytes]]) -> None:
        self._read = deque(reversed(known), maxlen=BLOCKS_KEPT)
        self._first = known[-1][0] if known else self._birthday

    # -- what others ask

    @property
    def next_height(self) -> int:
        """Of the block that comes next."""
        return self._read[-1][0] + 1 if self._read else self._first

    @property
    def filters_to(self) -> int:
        """Up to where filters are here and matched."""
        height = self.next_height - 1
        for batch in self._batches:
            if not self._is_tested(batch):
                break
            height = batch.stop
        return height

    @property
    def blocks_missing(self) -> int:
        """Of those that match."""
        return sum(wanted.block is None for wanted in self._wanted.values())

    # -- what happens

    def watch(self, scripts: frozenset[bytes]) -> None:
        """From the next block on, look for these too."""
        self.scripts |= scripts

    def read_from(self, known: Sequence[tuple[int, bytes]]) -> bool:
        """Hand on what follows these. What was matched already is matched again, as more may be
        looked for by now. False: too long ago, the headers are not held any more."""
        first = known[0][0] + 1 if known else self._birthday
        if first < self._headers.chain.start:
            return False
        if not (known and self._read and self._read[-1] == known[0]):
            self._stand_after(known)
            self._batches.clear()
            self._wanted.clear()
        return True

    def missed(self, peer: int, kind: Kind) -> None:
        """It is slow with such a question, or has not what it was asked for."""
        if kind is Kind.FILTERS:
            for batch in self._batches:
                batch.errand.missed(peer)
        elif kind is Kind.BLOCK:
            for wanted in self._wanted.values():
                wanted.errand.missed(peer)

    def lost(self, peer: int) -> None:
        """It is gone."""
        self.missed(peer, Kind.FILTERS)
        self.missed(peer, Kind.BLOCK)

    def filters_came(self, peer: Peer, event: FiltersCame) -> None:
        """An answer; to a batch that is no more it is nothing."""
        for batch in self._batches:
            if batch.question == event.question:
                batch.errand.asked.discard(peer.number)
                batch.filters = event.filters
                batch.held = sum(len(one.data) for one in event.filters)

    def block_came(self, peer: Peer, event: BlockCame) -> None:
        """An answer."""
        wanted = self._wanted.get(event.question.block_hash)
        if wanted is not None and wanted.block is None and wanted.working is None:
            wanted.errand.asked.discard(peer.number)
            wanted.source = peer.number
            wanted.working = self._peers.do(ReadBlock(event.raw))

    def done(self, number: int, result: object) -> None:
        """What some work came to; if nobody waits for it any more it is nothing."""
        for batch in self._batches:
            if batch.working == number:
                assert isinstance(result, frozenset)
                batch.working = None
                batch.hit(result)
                batch.tested |= batch.testing
        for wanted in self._wanted.values():
            if wanted.working == number:
                assert result is None or isinstance(result, Block)
                wanted.working, wanted.block = None, result
                if result is None and (peer := self._peers.get(wanted.source)) is not None:
                    peer.talk.close(Fault.FALSE_BLOCK)

    def next_event(self) -> ChainEvent | None:
        """The next change of the best chain that can be told, once.

        Nothing left it before a peer said so: headers may have been lost on our disk.
        """
        if not self._headers.is_complete:
            return None
        if self._read and self._has_left(*self._read[-1]):
            return BlockDisconnected(*self._read.pop())
        self._filters.rewind_to = None
        height = self.next_height
        block_hash = self._headers.chain.hash_at(height)
        header = self._headers.chain.header_at(height)
        batch = self._batches[0] if self._batches else None
        if block_hash is None or header is None or batch is None:
            return None
        if not batch.start <= height <= batch.stop or not self._is_tested(batch):
            return None
        assert batch.question.blocks[height - batch.start] == block_hash
        txs: tuple[tuple[int, Tx], ...] = ()
        if block_hash in batch.hits:
            wanted = self._wanted.get(block_hash)
            if wanted is None or wanted.block is None:
                return None
            txs = tuple(enumerate(wanted.block.transactions))
            del self._wanted[block_hash]
        self._read.append((height, block_hash))
        time = int.from_bytes(header[68:72], "little")
        return BlockConnected(height, block_hash, header[4:36], time, txs)

    def wants_more_after(self, event: ChainEvent) -> bool:
        """Whether there may be something to ask for, now that this was handed on. Nearly all blocks
        are handed on by their filters alone, and leave the others as they were."""
        if isinstance(event, BlockDisconnected) or event.txs or not self._batches:
            return True
        return event.height >= self._batches[0].stop

    def _has_left(self, height: int, block_hash: bytes) -> bool:
        rewind_to = self._filters.rewind_to
        if rewind_to is not None and height > rewind_to:
            return True
        chain = self._headers.chain
        return height >= chain.start and not chain.holds(height, block_hash)

    # -- asking

    def advance(self) -> None:
        """Ask for what is to come next, as far ahead as fits."""
        self._drop()
        self._plan()
        for batch in self._batches:
            self._fetch(batch)
        hits = self._hits()[:BLOCKS_AHEAD]
        for gone in self._wanted.keys() - {block_hash for _, block_hash in hits}:
            del self._wanted[gone]
        for height, block_hash in hits:
            wanted = self._wanted.setdefault(block_hash, WantedBlock(block_hash))
            if wanted.block is None and wanted.working is None:
                able = self._headers.able(height)
                self._peers.ask_one(wanted.errand, OneBlock(block_hash), able)

    def _drop(self) -> None:
        """What was handed on, and what left the chain or is told otherwise now."""
        height, chain = self.next_height, self._headers.chain
        while self._batches and self._batches[0].stop < height:
            self._batches.pop(0)
        while self._batches and self._batches[-1].stop > self._filters.settled.to:
            self._batches.pop()
        if self._batches and self._batches[0].start > height:
            self._batches.clear()
        chain.forget_below(min(height, self._filters.settled.to) - BLOCKS_KEPT)

    def _question(self, start: int, stop: int) -> Filters:
        blocks = self._headers.chain.hashes(start, stop)
        if blocks[0] in self._filters.settled.doubted:
            return Filters(start, blocks[:1])
        hashes = tuple(map(self._filters.settled.filter_hash, range(start, stop + 1)))
        return Filters(start, blocks, hashes)

    def _plan(self) -> None:
        while len(self._batches) < BATCHES_AHEAD:
            start = self._batches[-1].stop + 1 if self._batches else self.next_height
            stop = min(start + FILTERS_ASKED - 1, self._filters.settled.to)
            if start > stop:
                return
            doubted = (at for at, _ in self._filters.settled.doubted.values() if start < at <= stop)
            stop = min(doubted, default=stop + 1) - 1
            batch = FilterBatch(self._question(start, stop))
            if not batch.question.hashes:
                batch.hit(batch.question.blocks)
            self._batches.append(batch)

    def _is_tested(self, batch: FilterBatch) -> bool:
        return not batch.question.hashes or self.scripts <= batch.tested

    def _fetch(self, batch: FilterBatch) -> None:
        if self._is_tested(batch) or batch.working is not None:
            return
        if not batch.filters:
            if batch is not self._batches[0] and self._held > MOST_HELD:
                return
            self._peers.ask_one(batch.errand, batch.question, self._filters.vouching(batch.stop))
            return
        spare = max(self.next_height - batch.start, 0)
        batch.testing = self.scripts - batch.tested
        batch.working = self._peers.do(Match(batch.filters[spare:], batch.testing))

    @property
    def _held(self) -> int:
        return sum(batch.held for batch in self._batches)

    def _hits(self) -> list[tuple[int, bytes]]:
        """The blocks to be read, in their order."""
        found = [(at, one) for batch in self._batches for one, at in batch.hits.items()]
        return sorted(hit for hit in found if hit[0] >= self.next_height)
