"""What a full node answers to questions about its chain: headers, filters, blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.serial import compact_size
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.compact_filters import (
    BASIC,
    MOST_FILTER_HASHES,
    CFCheckpt,
    CFHeaders,
    CFilter,
    GetCFCheckpt,
    GetCFHeaders,
    GetCFilters,
)
from lnwallet_tui.p2p.inventory import MOST_HEADERS, GetHeaders, Headers, Item, ItemKind, RawBlock
from lnwallet_tui.playground.simchain import ChainBlock, SimChain
from tests.bitcoin_node.behaviour import Behaviour
from tests.bitcoin_node.filters import Filters
from tests.bitcoin_node.invention import Invention

CHECKPOINT_INTERVAL: Final = 1_000  # BIP157: "where the height is a positive multiple of 1,000"
MOST_FILTERS: Final = 1_000  # BIP157: "the difference MUST be strictly less than 1000"
KEPT_BY_PRUNED: Final = 288
"""BIP159: "at least the last 288 blocks"."""


class HangUp(Exception):
    """The question is one for which Core ends the connection."""


class Serving:
    """One door's view of the chain."""

    def __init__(self, chain: SimChain, behaviour: Behaviour) -> None:
        self._chain, self._behaviour = chain, behaviour
        self._filters = Filters(chain, behaviour)
        self._invention: Invention | None = None

    @property
    def height(self) -> int:
        """Of the newest block that it has."""
        stuck_at = self._behaviour.stuck_at
        return self._chain.height if stuck_at is None else min(stuck_at, self._chain.height)

    # -- headers and blocks

    def headers(self, asked: GetHeaders) -> Headers:
        """After the first block of the locator that it has in its best chain."""
        if self._behaviour.in_download:
            return Headers(())
        if self._behaviour.invents:
            return Headers(tuple(self._with_invented(asked.locator)))
        last = self.height
        if self._has(asked.stop_hash):
            last = self._block(asked.stop_hash).height
        return Headers(tuple(self._real(asked.locator, last)))

    def _real(self, locator: tuple[bytes, ...], last: int) -> list[bytes]:
        common = next((one for one in locator if self._has(one)), None)
        first = 1 if common is None else self._block(common).height + 1
        blocks = map(self._chain.at, range(first, min(last, first + MOST_HEADERS - 1) + 1))
        return [block.block.header.serialize() for block in blocks]

    def _has(self, block_hash: bytes) -> bool:
        """Whether the block is in its best chain."""
        block = self._chain.known(block_hash)
        return block is not None and self._chain.is_best(block_hash) and block.height <= self.height

    def _with_invented(self, locator: tuple[bytes, ...]) -> list[bytes]:
        """The chain up to the fork, and on from there without a break."""
        if self._invention is None:
            base = self._chain.at(self._behaviour.invents_from)
            self._invention = Invention(base.block.header.serialize(), self._behaviour.invents)
        place = self._invention.place(locator)
        if place is not None:
            return self._invention.after(place)
        fork = self._behaviour.invents_from
        below = [one for one in locator if self._has(one) and self._block(one).height <= fork]
        real = self._real(tuple(below), fork)
        return real + self._invention.after(most=MOST_HEADERS - len(real))

    def block(self, item: Item) -> RawBlock | None:
        """A block; None where it has not got it: Core says nothing then."""
        block = self._chain.known(item.hash)
        if block is None or block.height > self.height or self._behaviour.withholds_blocks:
            return None
        if self._behaviour.pruned and block.height <= self._chain.height - KEPT_BY_PRUNED:
            raise HangUp("a block that is no longer kept")
        if item.kind == ItemKind.WITNESS_BLOCK:
            return RawBlock(block.block.serialize())
        return RawBlock(_without_witnesses(block.block))

    # -- filters

    def checkpoints(self, asked: GetCFCheckpt) -> CFCheckpt:
        """Each thousandth filter header."""
        chain = self._branch(asked.filter_type, asked.stop_hash, 0, None)
        headers = tuple(
            self._filters.header_of(block.hash)
            for block in chain[CHECKPOINT_INTERVAL::CHECKPOINT_INTERVAL]
        )
        return CFCheckpt(BASIC, asked.stop_hash, headers)

    def filter_headers(self, asked: GetCFHeaders) -> CFHeaders:
        """The hashes of the filters, and the filter header before them."""
        chain = self._branch(
            asked.filter_type, asked.stop_hash, asked.start_height, MOST_FILTER_HASHES
        )
        previous = self._filters.header_of(chain[0].previous)
        if self._behaviour.false_previous and asked.start_height > 0:
            previous = b"\x01" * 32
        hashes = tuple(map(self._filters.hash_of, chain))
        return CFHeaders(BASIC, asked.stop_hash, previous, hashes)

    def cfilters(self, asked: GetCFilters) -> Iterator[Message]:
        """The filters, one by one."""
        chain = self._branch(asked.filter_type, asked.stop_hash, asked.start_height, MOST_FILTERS)
        for block in chain:
            yield CFilter(BASIC, block.hash, self._filters.of(block))

    def _branch(
        self, filter_type: int, stop_hash: bytes, start: int, most: int | None
    ) -> list[ChainBlock]:
        """The blocks from a height to one that it has, in whatever branch that is."""
        if self._behaviour.no_filters or filter_type != BASIC:
            raise HangUp("filters that it does not serve")
        stop = self._block(stop_hash)
        if start > stop.height or (most is not None and stop.height - start >= most):
            raise HangUp("more filters than may be asked for at once")
        blocks = [stop]
        while blocks[-1].height > start:
            blocks.append(self._block(blocks[-1].previous))
        return blocks[::-1]

    def _block(self, block_hash: bytes) -> ChainBlock:
        block = self._chain.known(block_hash)
        if block is None or block.height > self.height:
            raise HangUp("a block that it does not know")
        return block


def _without_witnesses(block: Block) -> bytes:
    """BIP144: what a peer gets that does not ask for witnesses."""
    transactions = b"".join(tx.serialize_base() for tx in block.transactions)
    return block.header.serialize() + compact_size(len(block.transactions)) + transactions
