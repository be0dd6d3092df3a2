"""The guard with a signature bundle: a process that needs a file and the Bitcoin network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.node.guard.bundle_duty import BundleDuty
from lnwallet_tui.node.guard.following import Outlook
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


class BundleGuard:
    """Runs until somebody ends it."""

    def __init__(
        self,
        file: Path,
        outdoors: Outdoors,
        did: Callable[[GuardEntry], None],
        *,
        peers: tuple[str, ...] = (),
        proxy: str = "",
    ) -> None:
        """Raises `StoreError`."""
        self.bundle: Final = Bundle(file)
        self._file, self._outdoors, self._did = file, outdoors, did
        self._peers, self._proxy = peers, proxy
        self._stop = asyncio.Event()

    async def run(self, began: Callable[[], None] = lambda: None) -> None:
        """`began` is called once it watches. Raises `CannotRun` or `StoreError`."""
        clock = MachineClock()
        try:
            with endings.heeded(self._stop.set):
                async with self._outdoors.chain_of(self._wanted(clock)) as chain:
                    duty = BundleDuty(self.bundle, Outlook(chain, clock), self._did)
                    began()
                    await self._until_stopped(duty)
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

    async def _until_stopped(self, duty: BundleDuty) -> None:
        watching = asyncio.create_task(duty.run(), name="guard")
        stopping = asyncio.create_task(self._stop.wait(), name="the end")
        try:
            await asyncio.wait((watching, stopping), return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                await watching
        finally:
            for task in (watching, stopping):
                task.cancel()
            await asyncio.gather(watching, stopping, return_exceptions=True)

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
