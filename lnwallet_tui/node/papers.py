"""The node's log, asked for: a part of `NodeApi`."""

from __future__ import annotations

from lnwallet_tui.api.logs import LogLine
from lnwallet_tui.node.logbook import KEPT, Logbook
from lnwallet_tui.node.shell import Shell


class Papers:
    """What of a node is read afterwards."""

    _shell: Shell

    @property
    def logbook(self) -> Logbook:
        """What the node writes down, for whoever shares the process and keeps it on disk."""
        return self._shell.log

    async def log_lines(self, after: int = 0, limit: int = KEPT) -> tuple[LogLine, ...]:
        """The newest of the log's lines with a higher number than `after`, oldest first."""
        return self._shell.log.lines(after, limit)
