"""The scripted day in a process of its own, which dies, or whose disk fails, at one of its calls.

At the `at`th time that it writes, syncs, renames or sends something, whatever it is, the process
dies by SIGKILL (`kill`), the call fails (`EIO`, once), or the disk is full (`ENOSPC`, for a while);
it fails only for wallets. `python -m tests.crash.kill_points` starts such processes.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from lnwallet_tui.net.link import MemoryLink
from lnwallet_tui.store.db import DATABASE_NAME
from tests.crash.calls import Call
from tests.crash.system_calls import watching
from tests.node.scripted_day import live

SEND: Final = "send"
KILL, EIO, ENOSPC, COUNT = "kill", "EIO", "ENOSPC", "count"
FULL_FOR: Final = 40  # calls


class Points:
    """Counts them, and does what is to be done at one."""

    def __init__(self, what: str, at: int) -> None:
        self._what, self._at = what, at
        self.counts: Counter[str] = Counter()
        self.calls_of_wallets = 0

    def call(self, call: Call) -> int:
        """The answer to a call."""
        self._count(call.kind.value)
        if DATABASE_NAME not in call.path:
            return 0
        self.calls_of_wallets += 1
        after = self.calls_of_wallets - self._at
        if self._what == EIO:
            return errno.EIO if after == 0 else 0
        return errno.ENOSPC if self._what == ENOSPC and 0 <= after < FULL_FOR else 0

    def send(self) -> None:
        """Something is about to leave."""
        self._count(SEND)

    def _count(self, kind: str) -> None:
        self.counts[kind] += 1
        if self._what == KILL and self.counts.total() == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def counted(points: Points) -> Iterator[None]:
    """Everything that is written and sent passes `points`."""
    write = MemoryLink.write

    def sent(link: MemoryLink, data: bytes) -> None:
        if data:
            points.send()
        write(link, data)

    with pytest.MonkeyPatch.context() as patch, watching(points.call):
        patch.setattr(MemoryLink, "write", sent)
        yield


def live_through(folder: Path, what: str = COUNT, at: int = 0) -> None:
    """The day, in this process. Prints what everybody says at its end, and how many points of each
    kind there were, and how many calls of wallets."""
    points = Points(what, at)
    with counted(points):
        asyncio.run(live(folder, 0))
    print(json.dumps(points.counts))
    print(points.calls_of_wallets)
