"""What the guard's process answers at its counter: that it is the guard, and how it stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, cast

from lnwallet_tui.api.custody import CustodyApi
from lnwallet_tui.api.events import FeedItem
from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import GuardView, StatusView
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.counter.verbs import CUSTODY, verbs
from lnwallet_tui.node.guard import guard_away
from lnwallet_tui.node.guard.guard_duty import GuardDuty
from lnwallet_tui.node.ports import ChainSource, Clock
from lnwallet_tui.node.words import duty_words

ONLY_THE_GUARD: Final = Refused(
    RefusalCode.NOT_READY, "Only the guard runs for this wallet.", duty_words.OPEN_IT
)


class GuardFront:
    """Stands for the `NodeApi` of a process that has no node. `node_waits`: whether there is one
    beside it, whose wallet nobody has opened yet."""

    def __init__(
        self,
        network: Network,
        clock: Clock,
        *,
        by_hand: bool,
        node_waits: Callable[[], Awaitable[bool]],
    ) -> None:
        self._network, self._clock, self._by_hand = network, clock, by_hand
        self._node_waits = node_waits
        self._ended = asyncio.Event()
        self._watching: tuple[GuardDuty, ChainSource] | None = None

    @property
    def api(self) -> NodeApi:
        """What visitors ask."""
        return cast("NodeApi", self)

    def begin(self, duty: GuardDuty, chain: ChainSource) -> None:
        """From now on it watches."""
        self._watching = duty, chain

    def end(self) -> None:
        """It does not any more."""
        self._watching = None
        self._ended.set()

    async def status(self) -> StatusView:
        """As `NodeApi.status`; without a node there is no id of one."""
        duty, chain = self._watching or (None, None)
        return StatusView(
            network=self._network.value,
            node_id="",
            height=0 if duty is None else duty.height,
            tip_time=0 if duty is None else duty.tip_time,
            now=self._clock.now_ms() // 1000,
            verified_by=0 if chain is None else chain.verified_by(),
            waiting_for=await self._standing(duty, chain),
            locked=True,
        )

    async def _standing(self, duty: GuardDuty | None, chain: ChainSource | None) -> str:
        if duty is None or chain is None:
            return "The guard is starting."
        watched = duty_words.watched(duty.watched, duty.closes, duty.states)
        stands = f"It watches {watched}, and has read the chain to block {duty.height:,}."
        opened = duty_words.BY_HAND if self._by_hand else duty_words.BY_FILE
        runs = duty_words.BESIDE_A_NODE if await self._node_waits() else duty_words.ALONE
        told = (
            runs,
            *duty.punished(),
            duty_words.CAN,
            duty_words.CANNOT,
            *duty.lacks(),
            stands,
            chain.waiting_for(),
            opened,
        )
        return " ".join(filter(None, told))

    async def guard(self) -> GuardView:
        """As `NodeApi.guard`, without a log: its lines are told where the guard runs. Raises
        `WalletShut` where it does not know until when nothing need watch."""
        duty, chain = self._watching or (None, None)
        limit = None if duty is None else duty.away()
        if duty is None or chain is None or not duty.covers_all:
            raise WalletShut(ONLY_THE_GUARD)
        if limit is not None and not duty.time:  # no block to reckon from
            raise WalletShut(ONLY_THE_GUARD)
        blocks, until = 0, 0
        if limit is not None:
            now = self._clock.now_ms() // 1000
            blocks = guard_away.blocks(limit, duty.height)
            until = guard_away.date(limit, duty.height, duty.time, now)
        return GuardView(
            watching=True,
            last_block_checked=duty.height,
            last_block_time=duty.time,
            funding_outputs_watched=duty.watched,
            closes_watched=duty.closes,
            revoked_states=duty.states,
            may_be_away_blocks=blocks,
            may_be_away_until=until,
            away_because="" if limit is None else limit.reason,
            source=chain.name(),
            log=(),
        )

    async def feed(self) -> AsyncIterator[FeedItem]:
        """As `NodeApi.feed`: nothing is told."""
        await self._ended.wait()
        for item in tuple[FeedItem, ...]():
            yield item

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        if name not in verbs():
            raise AttributeError(name)
        return _nobody


class NoCustody:
    """Stands for the `CustodyApi` of a process that has no words."""

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        if name not in verbs(CUSTODY):
            raise AttributeError(name)
        return _nobody

    @property
    def api(self) -> CustodyApi:
        """What visitors ask."""
        return cast("CustodyApi", self)


async def _nobody(*_: object, **__: object) -> object:
    raise WalletShut(ONLY_THE_GUARD)
