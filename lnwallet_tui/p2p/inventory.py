"""What a peer has and what we ask it for: headers, blocks, transactions."""

from __future__ import annotations

import enum
from typing import Annotated, Final

from lnwallet_tui.bitcoin.block import HEADER_SIZE, Block, BlockError
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.tx import Tx, TxParseError
from lnwallet_tui.p2p.errors import Malformed
from lnwallet_tui.p2p.fields import HASH, U32, Hash, HeaderOfBlock, Many, Rest
from lnwallet_tui.p2p.message import Message, Record, RecordOf, message, record

MOST_ITEMS: Final = 50_000  # Core: MAX_INV_SZ
MOST_HEADERS: Final = 2_000  # Core: MAX_HEADERS_RESULTS; fewer mean that there are no more
MOST_LOCATOR: Final = 101  # Core: MAX_LOCATOR_SZ
LONGEST_BLOCK: Final = 4_000_000  # BIP141: four million of weight, of which a byte has at least one
LONGEST_TX: Final = 400_000
"""Bytes; the same of 400,000 of weight, above which nodes pass on nothing (Core:
MAX_STANDARD_TX_WEIGHT). Ten times as much would take us seconds to read."""


class ItemKind(enum.IntEnum):
    """What an item's hash names. Peers may use numbers that stand not here."""

    TX = 1
    BLOCK = 2
    WTX = 5  # BIP339
    WITNESS_TX = 1 << 30 | TX  # BIP144: asked for with its witnesses
    WITNESS_BLOCK = 1 << 30 | BLOCK


@record
class Item(Record):
    """A block or a transaction by its hash; `kind` is an `ItemKind` or unknown."""

    kind: U32
    hash: Hash


Items = Annotated[tuple[Item, ...], Many(RecordOf(Item), MOST_ITEMS)]


@message("inv")
class Inv(Message):
    """The sender has these."""

    items: Items


@message("getdata")
class GetData(Message):
    """Send me these."""

    items: Items


@message("notfound")
class NotFound(Message):
    """The sender was asked for these and has them not."""

    items: Items


@message("getheaders")
class GetHeaders(Message):
    """Headers after the first of `locator` that is in the peer's best chain, to `stop_hash` or, if
    that is zero, as many as fit."""

    version: U32
    locator: Annotated[tuple[bytes, ...], Many(HASH, MOST_LOCATOR)]
    stop_hash: Hash = bytes(32)


@message("headers")
class Headers(Message):
    """Headers, each 80 bytes: the answer to `GetHeaders`, or news (BIP130)."""

    headers: Annotated[tuple[bytes, ...], Many(HeaderOfBlock(), MOST_HEADERS)]


@message("block")
class RawBlock(Message):
    """A block. It is parsed only when asked for, since that takes long."""

    data: Annotated[bytes, Rest(HEADER_SIZE + 1, LONGEST_BLOCK)]

    @property
    def hash(self) -> bytes:
        """The hash of its header, in wire order: tells which block it claims to be."""
        return sha256d(self.data[:HEADER_SIZE])

    def parse(self) -> Block:
        """The block; raises `Malformed`. What the header commits to is not checked yet."""
        try:
            return Block.parse(self.data)
        except BlockError as error:
            raise Malformed(f"block: {error}") from error


@message("tx")
class RawTx(Message):
    """A transaction that waits for a block: no longer than nodes pass on."""

    data: Annotated[bytes, Rest(1, LONGEST_TX)]

    def parse(self) -> Tx:
        """The transaction; raises `Malformed`."""
        try:
            return Tx.parse(self.data)
        except TxParseError as error:
            raise Malformed(f"tx: {error}") from error
