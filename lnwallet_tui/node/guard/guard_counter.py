"""What can be asked of the guard beyond its view (`api.node.NodeApi`)."""

from __future__ import annotations

from lnwallet_tui.api.drill import DrillsView
from lnwallet_tui.api.guard import GuardLogPage, WatchView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import GuardView
from lnwallet_tui.node import refusing
from lnwallet_tui.node.guard import guard_watch, practising
from lnwallet_tui.node.switchboard import Switchboard
from lnwallet_tui.onchain.rehearsal import Practice
from lnwallet_tui.store import closes as stored
from lnwallet_tui.store import drills as stored_drills
from lnwallet_tui.store.errors import StoreError

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

    # -- for the drill, which is not the node's affair
    def practices(self) -> tuple[Practice, ...]:
        """What a dry run of the penalties needs."""
        return practising.practices(self._board)

    def drills(self) -> DrillsView:
        """What was kept of the last drill and the last dry run."""
        return stored_drills.load(self._board.shell.store)

    def keep_drills(self, drills: DrillsView) -> Refused | None:
        """Keep this instead."""
        try:
            with self._board.shell.store.transaction() as tx:
                stored_drills.save(tx, drills)
        except StoreError as error:
            return refusing.of_disk(error)
        return None
