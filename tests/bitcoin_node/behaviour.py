"""What a peer does otherwise than an honest one would, or than one that keeps everything."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

MAX_MONEY: Final = 21_000_000 * 100_000_000
"""Sat. What Core names as its `feefilter` while it downloads the chain."""

Flood = Literal["", "inv", "addr", "ping"]


class Behaviour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An honest archival node with compact filters, but for what is set."""

    # -- what it lacks
    no_filters: bool = False
    pruned: bool = False
    in_download: bool = False
    """In initial download: no headers for anybody, all the money there is as `feefilter`."""
    stuck_at: int | None = None
    """The newest block that it has got, and will ever have."""
    network: str = "regtest"
    speaks_first: bool = False
    """Core waits for the caller's `version`; so a peer of another network is never heard."""

    # -- lies
    omits: tuple[str, ...] = ()
    """Scripts (hex) that its filters hide; it vouches for these filters."""
    full_filters: int = 0
    """Each of its filters is the same, with so many scripts that are nobody's, and none of the
    block's: as if all blocks were full, for who measures what reading these costs."""
    false_hash_at: int | None = None
    """The height of a filter for which it vouches with a hash that no filter has."""
    false_previous: bool = False
    """What it says of one span of filter headers does not fit the span before."""
    invents: int = 0
    """So many headers, valid by themselves, of blocks that nobody has…"""
    invents_from: int = 0
    """…on top of the block at this height."""

    # -- what it does not do
    silent: bool = False
    """It accepts connections, and that is all."""
    ignores: tuple[str, ...] = ()
    """Commands to which it says nothing."""
    withholds_blocks: bool = False
    tells_no_news: bool = False
    """It announces neither blocks nor transactions."""
    swallows: bool = False
    """It fetches transactions, and nobody hears of them again."""

    # -- what it does too much, or too slowly
    floods: Flood = ""
    slow_ms: int = 0
    """So long it thinks before it answers anything."""
    feefilter: int | None = None
    """Sat/kvB that it names, instead of what its mempool asks."""


HONEST: Final = Behaviour()
