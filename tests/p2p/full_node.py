"""A full node of the playground's chain, as a peer of the Bitcoin network: message in, answers out.

It answers what Bitcoin Core answers a light node. A test may give it another filter for some
blocks, and it then vouches for that with a chain of filter headers of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.serial import compact_size
from lnwallet_tui.p2p.addresses import Endpoint, Service
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.compact_filters import (
    BASIC,
    CFCheckpt,
    CFHeaders,
    CFilter,
    GetCFCheckpt,
    GetCFHeaders,
    GetCFilters,
)
from lnwallet_tui.p2p.control import PROTOCOL_VERSION, Ping, Pong, Verack, Version
from lnwallet_tui.p2p.inventory import (
    MOST_HEADERS,
    GetData,
    GetHeaders,
    Headers,
    Item,
    ItemKind,
    NotFound,
    RawBlock,
)
from lnwallet_tui.playground.simchain import ChainBlock, SimChain
from tests.bip158_encoder import filter_of

SERVICES: Final = (
    Service.NETWORK | Service.WITNESS | Service.COMPACT_FILTERS | Service.NETWORK_LIMITED
)

_FILTERS: Final[dict[bytes, bytes]] = {}  # by block: all nodes make the same


class FullNode:
    """`lies` are filters by height."""

    def __init__(self, chain: SimChain, lies: Mapping[int, bytes] | None = None) -> None:
        self._chain = chain
        self._lies = dict(lies or {})

    def version(self, time: int) -> Version:
        """Its first message."""
        return Version(
            PROTOCOL_VERSION,
            SERVICES,
            time,
            Endpoint(),
            Endpoint(SERVICES),
            nonce=1,
            user_agent=b"/playground:0/",
            start_height=self._chain.height,
        )

    def answer(self, message: Message) -> list[Message]:
        """What it sends for a message."""
        match message:
            case Version():
                return [Verack()]
            case Ping():
                return [Pong(message.nonce)]
            case GetHeaders():
                return [self._headers(message)]
            case GetCFCheckpt():
                return [self._checkpoints(message)]
            case GetCFHeaders():
                return [self._filter_headers(message)]
            case GetCFilters():
                return self._cfilters(message)
            case GetData():
                return [self._item(item) for item in message.items]
            case _:
                return []

    def filter_at(self, height: int) -> bytes:
        """The filter that it serves for a block."""
        return self._filter(self._chain.at(height))

    def filter_header(self, height: int) -> bytes:
        """The filter header of a block; 32 zeros before the first."""
        return self._chained(map(self._chain.at, range(height + 1)))

    def _filter(self, block: ChainBlock) -> bytes:
        if block.height in self._lies:
            return self._lies[block.height]
        if block.hash not in _FILTERS:
            _FILTERS[block.hash] = filter_of(block.block, spent_by(block))
        return _FILTERS[block.hash]

    def _chained(self, blocks: Iterable[ChainBlock]) -> bytes:
        header = bytes(32)
        for block in blocks:
            header = sha256d(sha256d(self._filter(block)) + header)
        return header

    def _headers(self, asked: GetHeaders) -> Headers:
        common = next((h for h in asked.locator if self._chain.is_best(h)), None)
        known = self._chain.known(common) if common is not None else None
        first = 1 if known is None else known.height + 1
        stop = self._stop(asked.stop_hash) if any(asked.stop_hash) else self._chain.height
        last = min(stop, first + MOST_HEADERS - 1)
        blocks = map(self._chain.at, range(first, last + 1))
        return Headers(tuple(block.block.header.serialize() for block in blocks))

    def _checkpoints(self, asked: GetCFCheckpt) -> CFCheckpt:
        heights = range(1_000, self._stop(asked.stop_hash) + 1, 1_000)
        return CFCheckpt(BASIC, asked.stop_hash, tuple(map(self.filter_header, heights)))

    def _filter_headers(self, asked: GetCFHeaders) -> CFHeaders:
        before = self._up_to(asked.stop_hash)
        asked_for = before[asked.start_height :]
        previous = self._chained(before[: asked.start_height])
        hashes = tuple(sha256d(self._filter(block)) for block in asked_for)
        return CFHeaders(BASIC, asked.stop_hash, previous, hashes)

    def _cfilters(self, asked: GetCFilters) -> list[Message]:
        blocks = self._up_to(asked.stop_hash)[asked.start_height :]
        return [CFilter(BASIC, block.hash, self._filter(block)) for block in blocks]

    def _up_to(self, block_hash: bytes) -> list[ChainBlock]:
        """From genesis on, of the best chain or of one that was replaced."""
        blocks = []
        while (block := self._chain.known(block_hash)) is not None:
            blocks.append(block)
            block_hash = block.previous
        assert blocks, "asked for a block that was never announced"
        return blocks[::-1]

    def _item(self, item: Item) -> Message:
        block = self._chain.known(item.hash)
        if block is None or item.kind not in (ItemKind.BLOCK, ItemKind.WITNESS_BLOCK):
            return NotFound((item,))
        if item.kind == ItemKind.WITNESS_BLOCK:
            return RawBlock(block.block.serialize())
        return RawBlock(_without_witnesses(block.block))

    def _stop(self, block_hash: bytes) -> int:
        block = self._chain.known(block_hash)
        assert block is not None, "asked for a block that was never announced"
        return block.height


def _without_witnesses(block: Block) -> bytes:
    """BIP144: what a peer gets that does not ask for witnesses."""
    transactions = b"".join(tx.serialize_base() for tx in block.transactions)
    return block.header.serialize() + compact_size(len(block.transactions)) + transactions


def spent_by(block: ChainBlock) -> list[bytes]:
    """The scripts that a block's inputs spend."""
    return [coin.output.script_pubkey for _, coin in block.undo.spent]
