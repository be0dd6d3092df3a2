"""What the wallet knows of the chain that it follows: how far, by whose word, and what it waits
for. Never one boolean."""

from __future__ import annotations

import enum

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import View


class ChainStage(enum.Enum):
    """What is done now; the sentence is in `ChainView.waiting_for`."""

    BEGINNING = "beginning"
    NODES = "looking for nodes"
    HEADERS = "headers"
    SECOND_OPINION = "second opinion"  # one node alone says what the blocks hold
    JUDGEMENT = "judgement"  # nodes disagree about a block
    FILTER_HEADERS = "filter headers"
    FILTERS = "filters"
    BLOCKS = "blocks"
    CAUGHT_UP = "caught up"


class ChainNodeView(View, frozen=True, kw_only=True):
    """A node that blocks come from, connected since then (Unix seconds).

    `height` is up to where it is known to have our chain, -1: nothing is known yet. `agrees`: it
    says of our newest block what we believe. `latency_ms` is how long its last answer took, -1:
    there was none.
    """

    address: Untrusted
    height: int
    latency_ms: int
    agrees: bool
    since: int


class UselessNodeView(View, frozen=True, kw_only=True):
    """A node that was of no use lately, and why, in sentences."""

    address: Untrusted
    why: str
    time: int


class DoubtView(View, frozen=True, kw_only=True):
    """A block about which that many nodes disagree, and nobody can say who is right."""

    height: int
    nodes: int


class ChainView(View, frozen=True, kw_only=True):
    """Where we stand. Heights are blocks, times Unix seconds.

    `height` is the newest block that was read, of `tip_time`, by the word of `verified_by`
    connected nodes. `told_height` is the greatest that a node named, unproven; -1: nobody said
    anything. Block headers are here up to `headers`, what nodes agree on up to `filter_headers`,
    and blocks were looked through up to `filters`; `blocks_missing` of them are to be fetched.

    `per_minute` is how fast `stage` went forward over the last minute, in blocks; 0: not known, or
    it stands still. `seconds_left` is until its end if that goes on; -1: not known. `since` is when
    it began. `is_stale`: there should have been a block by now.
    `wanted` is how many nodes we want; 0: blocks do not come from a network. `source` names where
    they come from, in words that can stand after "by".
    """

    network: str
    source: str
    height: int
    tip_time: int
    now: int
    verified_by: int
    stage: ChainStage
    since: int
    waiting_for: str
    told_height: int
    headers: int
    filter_headers: int
    filters: int
    blocks_missing: int
    per_minute: int
    seconds_left: int
    is_stale: bool
    clock_doubted: bool
    wanted: int
    nodes: tuple[ChainNodeView, ...]
    useless: tuple[UselessNodeView, ...]  # the newest first
    doubted: tuple[DoubtView, ...]  # the newest of them, the newest first
