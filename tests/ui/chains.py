"""What is known of the chain, as a node would hand it out."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from lnwallet_tui.api.chain import (
    ChainNodeView,
    ChainStage,
    ChainView,
    DoubtView,
    UselessNodeView,
)
from lnwallet_tui.api.spending import FeeView
from lnwallet_tui.api.untrusted import Untrusted
from tests.ui import views


def node(
    address: str = "203.0.113.7:8333",
    *,
    height: int = views.HEIGHT,
    latency_ms: int = 84,
    agrees: bool = True,
    since: int = views.NOW - 7_200,
) -> ChainNodeView:
    """One that is connected."""
    return ChainNodeView(
        address=Untrusted(address),
        height=height,
        latency_ms=latency_ms,
        agrees=agrees,
        since=since,
    )


def useless(address: str, why: str, ago: int = 240) -> UselessNodeView:
    """One that was of no use."""
    return UselessNodeView(address=Untrusted(address), why=why, time=views.NOW - ago)


NODES: Final = (
    node(),
    node("[2001:db8:0:1234:5678:9abc:def0:1]:8333", latency_ms=212, since=views.NOW - 240),
    node("x" * 56 + ".onion:8333", latency_ms=-1, since=views.NOW - 20, height=-1, agrees=False),
)
USELESS: Final = (
    useless("198.51.100.4:8333", "Nobody answered there.", 60),
    useless(
        "192.0.2.9:8333",
        "It serves no compact block filters. In Bitcoin Core its owner turns them on with "
        "blockfilterindex=1 and peerblockfilters=1.",
    ),
)
CAUGHT_UP: Final = ChainView(
    network="signet", source="2 nodes of the Bitcoin network", height=views.HEIGHT,
    tip_time=views.NOW - 180, now=views.NOW, verified_by=2, stage=ChainStage.CAUGHT_UP,
    since=views.NOW - 180, waiting_for="", told_height=views.HEIGHT, headers=views.HEIGHT,
    filter_headers=views.HEIGHT, filters=views.HEIGHT, blocks_missing=0, per_minute=0,
    seconds_left=-1, is_stale=False, clock_doubted=False, wanted=4, nodes=NODES, useless=USELESS,
    doubted=(),
)  # fmt: skip
NOBODY: Final = replace(
    CAUGHT_UP, verified_by=0, source="nobody who is connected", stage=ChainStage.NODES,
    since=views.NOW - 600, nodes=(), told_height=-1,
    waiting_for="No node of the Bitcoin network is reached. Look whether this machine is online; "
    "nothing is lost, and it is tried again and again.",
)  # fmt: skip
ALONE: Final = replace(
    CAUGHT_UP, verified_by=0, stage=ChainStage.SECOND_OPINION, since=views.NOW - 12,
    nodes=NODES[:1], filters=views.HEIGHT - 1, filter_headers=views.HEIGHT - 1,
    waiting_for="One node alone said what the blocks hold; for half a minute we wait whether "
    "another one says the same.",
)  # fmt: skip
ALONE_CAUGHT_UP: Final = replace(
    CAUGHT_UP, verified_by=1, source="1 node of the Bitcoin network", nodes=NODES[:1], useless=()
)
HEADERS: Final = replace(
    CAUGHT_UP, height=0, tip_time=0, verified_by=0, stage=ChainStage.HEADERS,
    since=views.NOW - 90, headers=312_000, told_height=930_412, filter_headers=199, filters=199,
    per_minute=204_000, seconds_left=181, useless=(),
    nodes=(node(height=312_000, agrees=False), NODES[2]),
    waiting_for="Headers of blocks are fetched: 312,000 of about 930,412.",
)  # fmt: skip
FILTERS: Final = replace(
    HEADERS, height=918_003, tip_time=views.NOW - 86_400 * 80, verified_by=3, headers=930_412,
    stage=ChainStage.FILTERS, since=views.NOW - 40, filter_headers=930_412, filters=920_000,
    per_minute=9_000, seconds_left=69, nodes=(node(height=930_412), node(height=930_411)),
    waiting_for="Blocks are looked through: 920,000 of 930,412.",
)  # fmt: skip
BLOCKS: Final = replace(
    FILTERS, stage=ChainStage.BLOCKS, filters=930_412, per_minute=0, seconds_left=-1,
    blocks_missing=12,
    waiting_for="12 blocks that may concern you are fetched; read up to block 918,003 of 930,412.",
)  # fmt: skip
STALE: Final = replace(
    CAUGHT_UP, is_stale=True, tip_time=views.NOW - 6_000,
    waiting_for="No block came since 12:33 UTC, 100 minutes ago. That is rare; other nodes may "
    "know one.",
)  # fmt: skip
DISAGREEMENT: Final = replace(
    CAUGHT_UP,
    nodes=(NODES[0], replace(NODES[1], agrees=False)),
    doubted=(DoubtView(height=views.HEIGHT - 3, nodes=1),),
)
CLOCK: Final = replace(
    HEADERS, clock_doubted=True, per_minute=0, seconds_left=-1,
    waiting_for="Nodes know of blocks from more than two hours ahead of this machine's clock. "
    "Look whether the clock is right; they are not believed before.",
)  # fmt: skip
PLAYGROUND: Final = replace(
    CAUGHT_UP, network="regtest", wanted=0, nodes=(), useless=(), verified_by=1,
    source="the playground's simulated chain, with Bitcoin Core's consensus rules",
)  # fmt: skip
FEES: Final = (
    FeeView(
        target_blocks=6,
        feerate_per_kw=3_125,
        source="what blocks took",
        time=views.NOW - 3_000,
        count=6,
    ),
    FeeView(
        target_blocks=1_008,
        feerate_per_kw=253,
        source="what peers pass on",
        time=views.NOW - 240,
        count=3,
    ),
)
