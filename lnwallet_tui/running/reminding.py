"""Reminds people, by a notice on the desktop, of what only they can do for the wallet in time: open
it where nobody watches, or give the one that watches a connection. And keeps the date beside the
wallet, for the time when nothing runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from lnwallet_tui import desktop
from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.node.guard import guard_away
from lnwallet_tui.node.guard.guard_duty import GuardDuty
from lnwallet_tui.node.ports import Clock
from lnwallet_tui.policy import BLIND_SECONDS
from lnwallet_tui.running import away_date
from lnwallet_tui.running.away_date import AwayDate, Need
from lnwallet_tui.running.reminder import Reminder
from lnwallet_tui.running.wallet_folder import WalletFolder
from lnwallet_tui.store.lock import is_held

_BETWEEN_LOOKS_S: Final = 60
_BLIND_LOOKS: Final = BLIND_SECONDS // _BETWEEN_LOOKS_S
"""Looks and not hours: a laptop that was shut reads blocks again soon after it is opened."""
_ALONE_LOOKS: Final = 10
"""So many the wallet is given to be opened, and a guard to begin."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the one that watches knows. `until`: when something must watch again if nothing did from
    now on, 0 where no date limits it, None where that is not known. `wallet_by`: what only an open
    wallet can do. `cheats`: the channels in which one is being answered that nobody has read of."""

    height: int
    until: int | None
    wallet_by: Need | None = None
    cheats: frozenset[str] = frozenset()


async def of_node(node: NodeApi) -> Sight:
    """An open wallet's."""
    view, glance = await node.guard(), await node.inbox_glance()
    cheats = frozenset(
        one.channel_id
        for one in glance.newest
        if one.kind is InboxKind.BREACH and one.urgent and not one.is_read
    )
    return Sight(view.last_block_checked, view.may_be_away_until, cheats=cheats)


def of_guard(duty: GuardDuty, known: AwayDate | None, now: int) -> Sight:
    """A guard's without a node. What is not in its care, only a wallet can watch by the date that
    is `known`."""
    if not duty.covers_all:
        by = None if known is None else Need(known.until, known.until, known.noted)
        return Sight(duty.height, None, by, duty.cheats)
    limit, deadline = duty.away(), duty.wallet_by()
    if not duty.time and (limit or deadline):  # no block to reckon it from was read yet
        return Sight(duty.height, None)
    seen = duty.height, duty.time, now
    until = 0 if limit is None else guard_away.date(limit, *seen)
    by = None if deadline is None else Need(guard_away.date(deadline, *seen), deadline.height)
    return Sight(duty.height, until, by, duty.cheats)


class Keeper:
    """Looks once a minute, as long as the process lives. `sight`: what the one in this process that
    watches knows; None while none does."""

    def __init__(
        self, wallet: WalletFolder, clock: Clock, sight: Callable[[], Awaitable[Sight | None]]
    ) -> None:
        self._wallet, self._clock, self._sight = wallet, clock, sight
        self._reminder = Reminder(wallet)
        self._height = -1
        self._looks = 0  # since something has changed
        self._cheats: frozenset[str] = frozenset()
        self.shows = False
        """Whether a desktop is there that shows notices."""

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """From entering to leaving."""
        looking = asyncio.create_task(self._run(), name="reminding")
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await _safely(self.look())
            now = self._clock.now_ms()
            await self._clock.sleep_until(now + _BETWEEN_LOOKS_S * 1000)

    async def look(self) -> None:
        """Once."""
        self.shows = await desktop.can_show()
        sight = await self._note()
        if sight is None:
            await self._look_alone()
            return
        self._looks = self._looks + 1 if sight.height == self._height else 0
        self._height = sight.height
        if sight.cheats - self._cheats and await desktop.show(
            away_date.of_cheat(self._wallet.network)
        ):
            self._cheats |= sight.cheats
        if self._looks >= _BLIND_LOOKS:
            await self._remind(await self._by_date(blind=True))
        else:
            await self._remind(sight.wallet_by)

    async def note(self) -> None:
        """Write down the date that is known now, without a look."""
        await _safely(self._note())

    async def _note(self) -> Sight | None:
        sight = await self._sight()
        if sight is not None and sight.until is not None:
            date = AwayDate(sight.until, self._now())
            with suppress(OSError):  # of a full disk the node tells; it is tried again
                # Whether it is new the file says: another process may have noted one since.
                await asyncio.to_thread(away_date.note_new, self._wallet.path, date)
        return sight

    async def _look_alone(self) -> None:
        """Nothing in this process watches."""
        self._looks, self._height = self._looks + 1, -1
        if self._looks > _ALONE_LOOKS:
            await self._remind(await self._by_date(), partial(is_held, self._wallet.path))

    async def _by_date(self, *, blind: bool = False) -> Need | None:
        date = await asyncio.to_thread(away_date.read_date, self._wallet.path)
        return None if date is None else Need(date.until, date.until, date.noted, blind)

    async def _remind(self, need: Need | None, watched: Callable[[], bool] = lambda: False) -> None:
        if need is not None:
            await self._reminder.remind(need, self._now(), watched)

    def _now(self) -> int:
        return self._clock.now_ms() // 1000


async def _safely(doing: Awaitable[object]) -> None:
    """A bug here ends neither the node nor the guard."""
    try:
        await doing
    except Exception as error:
        context = {"message": "reminding", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)
