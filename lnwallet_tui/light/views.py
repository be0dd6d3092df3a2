"""What the screen sees of the light node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import nlargest
from typing import Final

from lnwallet_tui.api.chain import (
    ChainNodeView,
    ChainStage,
    ChainView,
    DoubtView,
    UselessNodeView,
)
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.questions import Refusal
from lnwallet_tui.chain.sync import PEERS_WANTED, PeerProgress, Progress, Wait
from lnwallet_tui.light.pace import Pace
from lnwallet_tui.light.useless import Useless
from lnwallet_tui.light.words import of_no_use, verifiers, waiting_for

_STAGES: Final = {
    Wait.PEERS: ChainStage.NODES,
    Wait.HEADERS: ChainStage.HEADERS,
    Wait.SECOND_OPINION: ChainStage.SECOND_OPINION,
    Wait.JUDGEMENT: ChainStage.JUDGEMENT,
    Wait.FILTER_HEADERS: ChainStage.FILTER_HEADERS,
    Wait.FILTERS: ChainStage.FILTERS,
    Wait.BLOCKS: ChainStage.BLOCKS,
    Wait.NOTHING: ChainStage.CAUGHT_UP,
}

DOUBTS_SHOWN: Final = 20
"""The newest: one peer alone can disagree with another one about each block."""


def chain_view(
    network: Network,
    progress: Progress | None,
    nodes: Iterable[ChainNodeView],
    useless: Iterable[Useless],
    refusal: Refusal | None,
    named: Sequence[str],
    pace: Pace,
    now_ms: int,
) -> ChainView:
    """All of it at this moment; the node that reads the blocks knows the time of the newest.
    `refusal` is why the last that was reached lately was of no use, `named` whom the user wants
    asked and nobody else."""
    seen = tuple(map(_useless, useless))
    if progress is None:
        return ChainView(
            network=network.value, source=verifiers(0), height=-1, tip_time=0, now=now_ms // 1_000,
            verified_by=0, stage=ChainStage.BEGINNING, since=now_ms // 1_000,
            waiting_for=waiting_for(None, now_ms), told_height=-1, headers=-1, filter_headers=-1,
            filters=-1, blocks_missing=0, per_minute=0, seconds_left=-1, is_stale=False,
            clock_doubted=False, wanted=_wanted(PEERS_WANTED, named), nodes=(), useless=seen,
            doubted=(),
        )  # fmt: skip
    return ChainView(
        network=network.value,
        source=verifiers(progress.verified_by),
        height=progress.verified_to,
        tip_time=0,
        now=now_ms // 1_000,
        verified_by=progress.verified_by,
        stage=_STAGES[progress.waits_for],
        since=progress.since // 1_000,
        waiting_for=waiting_for(progress, now_ms, refusal, named, any_failed=bool(seen)),
        told_height=progress.told_height,
        headers=progress.headers,
        filter_headers=progress.filter_headers,
        filters=progress.filters,
        blocks_missing=progress.blocks_missing,
        per_minute=pace.per_minute(progress, now_ms),
        seconds_left=pace.seconds_left(progress, now_ms),
        is_stale=progress.is_stale or progress.too_few is not None,
        clock_doubted=progress.clock_doubted,
        wanted=_wanted(progress.wanted, named),
        nodes=tuple(nodes),
        useless=seen,
        doubted=tuple(
            DoubtView(height=height, nodes=count)
            for height, count in nlargest(DOUBTS_SHOWN, progress.doubted.items())
        ),
    )


def _wanted(most: int, named: Sequence[str]) -> int:
    """Where the user named whom to ask, nobody else is."""
    return min(most, len(set(named))) if named else most


def node_view(address: str, one: PeerProgress, since_ms: int, verified_to: int) -> ChainNodeView:
    """A node that introduced itself."""
    return ChainNodeView(
        address=Untrusted(address),
        height=one.reach,
        latency_ms=-1 if one.latency_ms is None else one.latency_ms,
        agrees=one.vouches_to >= verified_to,
        since=since_ms // 1_000,
    )


def _useless(one: Useless) -> UselessNodeView:
    return UselessNodeView(
        address=Untrusted(one.address), why=of_no_use(one.why), time=one.at // 1_000
    )
