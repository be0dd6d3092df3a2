"""The scripted day in a process of its own, which dies, or whose disk fails, at one of its calls.

`python -m tests.crash.killed_day FOLDER WHAT AT`: at the `AT`th time that it writes, syncs, renames
or sends something, whatever it is, the process dies by SIGKILL (`kill`), the sync or the write
fails (`EIO`, once), or the disk is full (`ENOSPC`, for a while); it fails only for wallets. With
`count` nothing happens, and at its end it prints how many points of each kind there were.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import sys
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
FULL_FOR: Final = 40  # calls


class Points:
    """Counts them, and does what is to be done at one."""

    def __init__(self, what: str, at: int) -> None:
        self._what, self._at = what, at
        self.counts: Counter[str] = Counter()

    def call(self, call: Call) -> int:
        """The answer to a call."""
        is_wallets = DATABASE_NAME in call.path
        if self._what in ("EIO", "ENOSPC"):
            return self._answer() if is_wallets else 0
        self._count(call.kind.value)
        return 0

    def _answer(self) -> int:
        self.counts["call"] += 1
        after = self.counts["call"] - self._at
        if self._what == "EIO":
            return errno.EIO if after == 0 else 0
        return errno.ENOSPC if 0 <= after < FULL_FOR else 0

    def send(self) -> None:
        """Something is about to leave."""
        if self._what in ("kill", "count"):
            self._count(SEND)

    def _count(self, kind: str) -> None:
        self.counts[kind] += 1
        if self._what == "kill" and self.counts.total() == self._at:
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


def main() -> None:
    """See above."""
    folder, what, at = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    points = Points(what, at)
    with counted(points):
        asyncio.run(live(folder, 0))
    if what == "count":
        print(json.dumps(points.counts))


if __name__ == "__main__":
    main()
