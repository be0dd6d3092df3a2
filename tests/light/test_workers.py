"""Long work beside the loop, in real threads and processes."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.chain.filters import BasicFilter
from lnwallet_tui.chain.matching import Match
from lnwallet_tui.light.workers import Workers
from tests.bip158_encoder import encode_filter
from tests.bitcoin_node.filters import full_filter

OURS = p2wsh(b"\x51")


def a_match(count: int, scripts: int = 1) -> Match:
    """Of so many blocks with filters of so many scripts, and one that is ours."""
    data = full_filter(scripts)
    filters = [BasicFilter(bytes([number]) * 32, data) for number in range(count)]
    filters.append(BasicFilter(bytes([count]) * 32, encode_filter(bytes([count]) * 32, [OURS])))
    return Match(tuple(filters), frozenset({OURS}))


LITTLE_WORK = [a_match(200), a_match(15, 8_000)]
MUCH_WORK = a_match(30, 8_000)


@dataclass(frozen=True)
class Where:
    """Which thread it runs in."""

    def run(self) -> tuple[int, str]:
        return os.getpid(), threading.current_thread().name


def has_processes(workers: Workers) -> bool:
    return workers._processes is not None


async def test_little_is_done_in_a_thread_and_much_in_processes() -> None:
    workers = Workers()
    try:
        assert await workers.run(Where()) == (os.getpid(), "chain_0")
        for few in LITTLE_WORK:
            assert await workers.run(few) == {few.filters[-1].block_hash}
        assert not has_processes(workers)
        assert await workers.run(MUCH_WORK) == {MUCH_WORK.filters[-1].block_hash}
        assert has_processes(workers)
        workers.rest()
        assert not has_processes(workers)
    finally:
        workers.close()


async def test_the_processes_stand_back_behind_the_loop() -> None:
    workers = Workers()
    try:
        await workers.run(MUCH_WORK)
        pool = workers._processes
        assert pool is not None
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        theirs = {os.getpriority(os.PRIO_PROCESS, number) for number in pool._processes}
        assert theirs == {min(ours + 4, 19)}
    finally:
        workers.close()


async def test_a_process_that_was_ended_costs_nothing_but_time() -> None:
    workers = Workers()
    try:
        many = MUCH_WORK
        await workers.run(many)
        pool = workers._processes
        assert pool is not None
        for process in tuple(pool._processes.values()):
            process.kill()
            process.join()
        assert await workers.run(many) == {many.filters[-1].block_hash}
        assert await workers.run(many) == {many.filters[-1].block_hash}
    finally:
        workers.close()
