"""BIP157: compact filters of blocks, and the chain of hashes that commits to them."""

from __future__ import annotations

from typing import Annotated, Final

from lnwallet_tui.p2p.fields import HASH, U8, U32, Counted, Hash, Many
from lnwallet_tui.p2p.message import Message, message

BASIC: Final = 0  # BIP158's only type
MOST_FILTER_HASHES: Final = 2_000  # BIP157: "MUST NOT be greater than 2,000"
MOST_CHECKPOINTS: Final = 0xFFFF  # BIP157: their number is a compact size of 1 to 3 bytes
LONGEST_FILTER: Final = 300_000
"""Bytes. A block holds less than 100,000 scripts: an output takes at least 10 of its million bytes.
Each script adds 20 bits, and all their quotients together one and a half times as many as scripts
there are."""


@message("getcfcheckpt")
class GetCFCheckpt(Message):
    """Each thousandth filter header up to a block."""

    filter_type: U8
    stop_hash: Hash


@message("cfcheckpt")
class CFCheckpt(Message):
    """The answer to `GetCFCheckpt`."""

    filter_type: U8
    stop_hash: Hash
    filter_headers: Annotated[tuple[bytes, ...], Many(HASH, MOST_CHECKPOINTS)]


@message("getcfheaders")
class GetCFHeaders(Message):
    """The hashes of the filters from a height to a block, less than 2,000 heights on."""

    filter_type: U8
    start_height: U32
    stop_hash: Hash


@message("cfheaders")
class CFHeaders(Message):
    """The answer to `GetCFHeaders`."""

    filter_type: U8
    stop_hash: Hash
    previous_filter_header: Hash
    filter_hashes: Annotated[tuple[bytes, ...], Many(HASH, MOST_FILTER_HASHES)]


@message("getcfilters")
class GetCFilters(Message):
    """The filters from a height to a block, less than 1,000 heights on."""

    filter_type: U8
    start_height: U32
    stop_hash: Hash


@message("cfilter")
class CFilter(Message):
    """One filter: an answer to `GetCFilters` has one such message for each block."""

    filter_type: U8
    block_hash: Hash
    filter: Annotated[bytes, Counted(LONGEST_FILTER)]
