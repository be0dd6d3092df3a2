"""The guard with a signature bundle: a process that needs a file and the Bitcoin network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.node.guard.bundle_duty import BundleDuty
from lnwallet_tui.node.guard.following import Outlook
from lnwallet_tui.node.ports import ChainSource, Clock
from lnwallet_tui.running import endings
from lnwallet_tui.running.outdoors import (
    ChainWanted,
    MachineClock,
    Outdoors,
    SystemDice,
    Unreachable,
)
from lnwallet_tui.running.process import CannotRun
from lnwallet_tui.running.wallet_folder import A_DAY
from lnwallet_tui.store.bundle_file import Bundle
from lnwallet_tui.store.errors import WalletInUse

_LOOK_AGAIN_MS: Final = 1_000
_LONG: Final = 5
"""Looks after which who waits for blocks is told for what."""


@dataclass(frozen=True, slots=True)
class BundleTold:
    """To whom it is told that it begins, what it waits for where that lasts, once to which block
    it has read and who shows it the blocks (and how many they are), and what it does."""

    began: Callable[[], None] = lambda: None
    waits: Callable[[str], None] = lambda _: None
    reads: Callable[[int, str, int], None] = lambda *_: None
    did: Callable[[GuardEntry], None] = lambda _: None


class BundleGuard:
    """Runs until somebody ends it."""

    def __init__(
        self,
        file: Path,
        outdoors: Outdoors,
        told: BundleTold,
        *,
        peers: tuple[str, ...] = (),
        proxy: str = "",
    ) -> None:
        """Raises `StoreError`."""
        self.bundle: Final = Bundle(file)
        self._file, self._outdoors, self._told = file, outdoors, told
        self._peers, self._proxy = peers, proxy
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Raises `CannotRun` or `StoreError`."""
        clock = MachineClock()
        try:
            with endings.heeded(self._stop.set):
                async with self._outdoors.chain_of(self._wanted(clock)) as chain:
                    duty = BundleDuty(self.bundle, Outlook(chain, clock), self._told.did)
                    self._told.began()
                    await self._until_stopped(duty, self._say_where_it_stands(duty, chain, clock))
        except WalletInUse as error:
            raise CannotRun(
                "in_use",
                f"Another guard watches with {self._file} already.",
                "Leave it to that one, or end that one first, where it was started.",
            ) from error
        except Unreachable as error:
            raise CannotRun(error.code, str(error), error.remedy) from error
        finally:
            self.bundle.close()

    async def _say_where_it_stands(
        self, duty: BundleDuty, chain: ChainSource, clock: Clock
    ) -> None:
        """Once: later it speaks when it does something."""
        looks = 0
        while (waits := chain.waiting_for()) or not 0 < chain.view().height <= duty.height:
            looks += 1
            if waits and looks == _LONG:
                self._told.waits(waits)
            await clock.sleep_until(clock.now_ms() + _LOOK_AGAIN_MS)
        self._told.reads(duty.height, chain.name(), chain.verified_by())

    async def _until_stopped(self, duty: BundleDuty, standing: Coroutine[Any, Any, None]) -> None:
        watching = asyncio.create_task(duty.run(), name="guard")
        telling = asyncio.create_task(standing, name="where it stands")
        stopping = asyncio.create_task(self._stop.wait(), name="the end")
        try:
            await asyncio.wait((watching, stopping), return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                await watching
        finally:
            for task in (watching, stopping, telling):
                task.cancel()
            await asyncio.gather(watching, stopping, telling, return_exceptions=True)

    def _wanted(self, clock: MachineClock) -> ChainWanted:
        """The headers are kept beside the bundle, so that they are fetched once."""
        header = self.bundle.header
        return ChainWanted(
            folder=self._file.with_name(f"{self._file.name}.blocks"),
            network=header.network,
            birthday=0 if header.network is Network.REGTEST else header.time - A_DAY,
            clock=clock,
            dice=SystemDice(),
            complain=lambda _, __: None,
            peers=self._peers,
            proxy=self._proxy,
        )
