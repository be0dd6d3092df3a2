"""Long work beside the loop, in real threads and processes."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.chain.filters import BasicFilter
from lnwallet_tui.chain.sync_blocks import Match
from lnwallet_tui.light.workers import FEW_FILTERS, Workers
from tests.bip158_encoder import encode_filter

OURS = p2wsh(b"\x51")


def a_match(count: int) -> Match:
    """Of so many blocks, the last of which is ours."""
    hashes = [bytes([number]) * 32 for number in range(count)]
    scripts = [[p2wsh(bytes([number]))] for number in range(count - 1)] + [[OURS]]
    filters = (
        BasicFilter(block_hash, encode_filter(block_hash, held))
        for block_hash, held in zip(hashes, scripts, strict=True)
    )
    return Match(tuple(filters), frozenset({OURS}))


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
        few, many = a_match(FEW_FILTERS), a_match(FEW_FILTERS + 1)
        assert await workers.run(few) == {few.filters[-1].block_hash}
        assert not has_processes(workers)
        assert await workers.run(many) == {many.filters[-1].block_hash}
        assert has_processes(workers)
        workers.rest()
        assert not has_processes(workers)
    finally:
        workers.close()


async def test_a_process_that_was_ended_costs_nothing_but_time() -> None:
    workers = Workers()
    try:
        many = a_match(FEW_FILTERS + 1)
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
