"""What can be asked of the guard beyond its view (`api.node.NodeApi`)."""

from __future__ import annotations

from lnwallet_tui.api.guard import GuardLogPage, WatchView
from lnwallet_tui.api.views import GuardView
from lnwallet_tui.node import guard_watch
from lnwallet_tui.node.switchboard import Switchboard
from lnwallet_tui.store import closes as stored

MOST_ON_A_PAGE = 500


class GuardCounter:
    """The guard's part of the node."""

    _board: Switchboard

    async def guard(self) -> GuardView:
        return self._board.guard.view()

    async def watched(self) -> tuple[WatchView, ...]:
        return guard_watch.watched(self._board)

    async def guard_log(self, limit: int = 100, skip: int = 0) -> GuardLogPage:
        store = self._board.shell.store
        limit = max(0, min(limit, MOST_ON_A_PAGE))
        return GuardLogPage(
            entries=stored.newest_entries(store, limit, max(0, skip))[::-1],
            total=stored.count_entries(store),
        )
