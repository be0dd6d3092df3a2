"""The node's log and inbox, asked for: a part of `NodeApi`."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Final

from lnwallet_tui.api.about import AboutView
from lnwallet_tui.api.inbox import InboxEntry, InboxGlance, InboxKind
from lnwallet_tui.api.logs import LogLine
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.node import refusing
from lnwallet_tui.node.logbook import KEPT, Logbook
from lnwallet_tui.node.logfile import NAME
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.migrate import SCHEMA_VERSION

_KIND: Final = re.compile(r"[A-Za-z_.]{1,60}")
_LONGEST_REPORT: Final = 20_000  # characters


class Papers:
    """What of a node is read afterwards."""

    _shell: Shell

    @property
    def log_folder(self) -> Path:
        """Where the log is kept, if it is."""
        return self._shell.store.folder / "logs"

    async def about(self) -> AboutView:
        """What the wallet is made of."""
        folder = self._shell.store.folder
        return AboutView(folder=f"{folder}", log=f"{self.log_folder / NAME}", format=SCHEMA_VERSION)

    @property
    def logbook(self) -> Logbook:
        """What the node writes down, for whoever shares the process and keeps it on disk."""
        return self._shell.log

    async def inbox(self, limit: int = 500) -> tuple[InboxEntry, ...]:
        """The newest first."""
        return self._shell.herald.inbox.newest(limit)

    async def inbox_glance(self) -> InboxGlance:
        """What is unread."""
        return self._shell.herald.inbox.glance()

    async def mark_read(self, numbers: tuple[int, ...]) -> InboxGlance | Refused:
        """These have been read."""
        inbox = self._shell.herald.inbox
        try:
            inbox.mark_read(numbers)
        except StoreError as error:
            return refusing.of_disk(error)
        return inbox.glance()

    async def report(self, report: str) -> None:
        """Keep what the screen says of a bug of its own."""
        self._shell.log.report("screen", report[:_LONGEST_REPORT])
        kind = _KIND.match(report)
        text = f"Something in the screen went wrong ({kind[0] if kind else 'unknown'})."
        remedy = "The node goes on, and your channels are watched. Please report what the log says."
        say = partial(self._shell.herald.say, InboxKind.BUG, text, remedy, urgent=True)
        self._shell.turns.take(say)

    async def log_lines(self, after: int = 0, limit: int = KEPT) -> tuple[LogLine, ...]:
        """The newest of the log's lines with a higher number than `after`, oldest first."""
        return self._shell.log.lines(after, limit)
