"""What is asked of a peer of the Bitcoin network, and what comes of it: the words between one
conversation and who follows the chain."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.filter_headers import Batch
from lnwallet_tui.chain.filters import BasicFilter
from lnwallet_tui.p2p.addresses import PeerAddress
from lnwallet_tui.p2p.inventory import Item, RawBlock


class Refusal(enum.Enum):
    """Why a peer is of no use to us. It did nothing wrong, and its owner may mend it."""

    NO_FILTERS = "it serves no compact block filters"
    PRUNED = "it does not keep all blocks"
    OTHER_CHAIN = "it is on another network"
    BEHIND = "it has not the whole chain yet"
    OURSELVES = "it is this wallet itself"


class Failure(enum.Enum):
    """Why a conversation ended that may be tried again."""

    GONE = "it hung up"
    NO_HANDSHAKE = "it did not introduce itself in time"
    SILENT = "it did not answer in time"
    LACKS = "it has not what it should have"
    DOUBTED = "others say otherwise, and more of them"


class Fault(enum.Enum):
    """What no honest peer does."""

    MALFORMED = "it sent what is no message"
    OUT_OF_TURN = "it introduced itself out of turn"
    UNASKED = "it answered what was not asked"
    FLOOD = "it sent too much that nobody asked for"
    FALSE_HEADERS = "it sent headers that break the rules"
    FALSE_FILTER = "it sent another filter than it vouched for"
    CONTRADICTION = "what it says of filters contradicts itself"
    LIE = "it vouched for a filter that lacks what it must hold"
    FALSE_BLOCK = "it sent a block with other transactions than its own"


Ending = Refusal | Failure | Fault


class Kind(enum.Enum):
    """A peer answers one question of each kind at a time."""

    HEADERS = "headers"
    FILTER_HEADERS = "filter headers"
    FILTERS = "filters"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class HeadersAfter:
    """The headers after the first of `locator` that the peer has in its best chain."""

    locator: tuple[bytes, ...]
    kind = Kind.HEADERS


@dataclass(frozen=True, slots=True)
class FilterHeaders:
    """The hashes of the filters from `start` to the block `stop_hash`, `count` of them."""

    start: int
    count: int
    stop_hash: bytes
    kind = Kind.FILTER_HEADERS


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of consecutive blocks, which must have these hashes, if any are named."""

    start: int
    blocks: tuple[bytes, ...]
    hashes: tuple[bytes, ...] = ()
    kind = Kind.FILTERS


@dataclass(frozen=True, slots=True)
class OneBlock:
    """The block, witnesses included."""

    block_hash: bytes
    kind = Kind.BLOCK


Question = HeadersAfter | FilterHeaders | Filters | OneBlock


# -- what a conversation tells


@dataclass(frozen=True, slots=True)
class Introduced:
    """The handshake is done and the peer will do. `user_agent` is untrusted bytes."""

    services: int
    height: int
    user_agent: bytes


@dataclass(frozen=True, slots=True)
class HeadersCame:
    """80 bytes each."""

    question: HeadersAfter
    headers: bytes


@dataclass(frozen=True, slots=True)
class FilterHeadersCame:
    """Not looked at yet, but that it is for the block that was asked for."""

    question: FilterHeaders
    batch: Batch


@dataclass(frozen=True, slots=True)
class FiltersCame:
    """All of them, in the order of the question."""

    question: Filters
    filters: tuple[BasicFilter, ...]


@dataclass(frozen=True, slots=True)
class BlockCame:
    """Its header is the right one; nothing else is checked."""

    question: OneBlock
    raw: RawBlock


@dataclass(frozen=True, slots=True)
class Lacking:
    """The peer says that it has not what was asked for."""

    question: OneBlock


@dataclass(frozen=True, slots=True)
class Slow:
    """No answer yet: somebody else is to be asked as well. It may still come."""

    question: Question


@dataclass(frozen=True, slots=True)
class BlockAnnounced:
    """The peer has this block."""

    block_hash: bytes


@dataclass(frozen=True, slots=True)
class TxsAnnounced:
    """The peer has these transactions."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class TxsWanted:
    """The peer asks for these transactions."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class TxCame:
    """A transaction that was asked for by its wtxid, which is right; `size` in bytes."""

    tx: Tx
    size: int


@dataclass(frozen=True, slots=True)
class TxsLacking:
    """The peer has not these, of which it was asked for some."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class FloorTold:
    """The peer passes on nothing that pays less (BIP133)."""

    sat_per_kvb: int


@dataclass(frozen=True, slots=True)
class AddressesTold:
    """Somebody's word about other peers."""

    addresses: tuple[PeerAddress, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """The last event: hang up."""

    why: Ending


Answer = HeadersCame | FilterHeadersCame | FiltersCame | BlockCame
Event = (
    Introduced
    | Answer
    | Lacking
    | Slow
    | BlockAnnounced
    | TxsAnnounced
    | TxsWanted
    | TxCame
    | TxsLacking
    | FloorTold
    | AddressesTold
    | Closed
)
