"""Where the light node's long work is done: filters in processes, the rest in a thread.

Matching filters is arithmetic in Python, so a thread would hold up the loop; only a few, as those
of new blocks, or small ones are matched there. The processes are started anew, not forked: no key
of the wallet is in them. They stand back behind whatever else the machine does, the node's own loop
first of all, so that there is one for each processor; and they end when there is nothing to catch
up with.
"""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import Final

from lnwallet_tui.chain.matching import Match
from lnwallet_tui.chain.sync_peers import Work

LITTLE: Final = 400_000
"""Up to so much is matched beside the loop: some hundredths of a second, as for the filters of
sixteen full blocks. A process is not begun for that."""
MOST_PROCESSES: Final = 4
_STANDS_BACK: Final = 4
"""Of 19 steps that a Unix system knows."""


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

    def another(self) -> Workers:
        """A place of its own, for what others shall not wait for."""
        return Workers()

    def close(self) -> None:
        """Nothing more is begun."""
        if self._processes is not None:
            self._processes.shutdown(cancel_futures=True)
        self._thread.shutdown(cancel_futures=True)

    def _place_for(self, work: Work) -> Executor:
        if not isinstance(work, Match) or work.effort <= LITTLE:
            return self._thread
        if self._processes is None:
            most = min(os.cpu_count() or 1, MOST_PROCESSES)
            self._processes = ProcessPoolExecutor(
                most, mp_context=get_context("spawn"), initializer=_begin_as_a_helper
            )
        return self._processes


def _begin_as_a_helper() -> None:
    os.nice(_STANDS_BACK)
    _end_with_the_node()


def _end_with_the_node() -> None:
    """A node that is killed ends no pool: its processes would wait for work for ever."""
    threading.Thread(target=_wait_for_its_end, name="node", daemon=True).start()


def _wait_for_its_end() -> None:
    node = parent_process()
    if node is not None:
        node.join()
        os._exit(1)
