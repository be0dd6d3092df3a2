"""Where the light node's long work is done: filters in processes, the rest in a thread.

Matching filters is arithmetic in Python, so a thread would hold up the loop; only the few of a new
block are matched there. The processes are started anew, not forked: no key of the wallet is in
them. They end when there is nothing to catch up with.
"""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import Final

from lnwallet_tui.chain.sync_blocks import Match
from lnwallet_tui.chain.sync_peers import Work

FEW_FILTERS: Final = 16
"""Up to so many are matched beside the loop: some hundredths of a second."""
MOST_PROCESSES: Final = 4


class Workers:
    """Open until `close`."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chain")
        self._processes: ProcessPoolExecutor | None = None

    async def run(self, work: Work) -> object:
        """What it comes to."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._place_for(work), work.run)
        except BrokenProcessPool:  # the system ended one, for want of memory for example
            self.rest()
            return await loop.run_in_executor(self._thread, work.run)

    def rest(self) -> None:
        """There is nothing more to do for a while."""
        if self._processes is not None:
            self._processes.shutdown(wait=False)
            self._processes = None

    def close(self) -> None:
        """Nothing more is begun."""
        if self._processes is not None:
            self._processes.shutdown(cancel_futures=True)
        self._thread.shutdown(cancel_futures=True)

    def _place_for(self, work: Work) -> Executor:
        if not isinstance(work, Match) or len(work.filters) <= FEW_FILTERS:
            return self._thread
        if self._processes is None:
            most = max(1, min((os.cpu_count() or 1) - 1, MOST_PROCESSES))
            self._processes = ProcessPoolExecutor(
                most, mp_context=get_context("spawn"), initializer=_end_with_the_node
            )
        return self._processes


def _end_with_the_node() -> None:
    """A node that is killed ends no pool: its processes would wait for work for ever."""
    threading.Thread(target=_wait_for_its_end, name="node", daemon=True).start()


def _wait_for_its_end() -> None:
    node = parent_process()
    if node is not None:
        node.join()
        os._exit(1)
