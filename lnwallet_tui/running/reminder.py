"""Shows the notice that is due, on the desktop, and remembers that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from lnwallet_tui import desktop
from lnwallet_tui.running import away_date
from lnwallet_tui.running.away_date import Need, Told
from lnwallet_tui.running.wallet_folder import WalletFolder


class Reminder:
    """Shows each notice once, and none while another process watches (`watched`)."""

    def __init__(self, wallet: WalletFolder) -> None:
        self._wallet = wallet
        self._shown: Told | None = None

    async def remind(
        self, need: Need, now: int, watched: Callable[[], bool] = lambda: False
    ) -> bool | None:
        """Whether the desktop shows it; None where there is nothing to show now."""
        folder = self._wallet.path
        told = await asyncio.to_thread(away_date.read_told, folder)
        notice = away_date.due(need, now, told, self._shown)
        if notice is None or await asyncio.to_thread(watched):
            return None
        if not await desktop.show(away_date.words(need, now, self._wallet.network)):
            return False
        self._shown = notice
        with suppress(OSError):  # a full disk shows it once more after a restart
            await asyncio.to_thread(away_date.note_told, folder, notice)
        return True
