"""A node that `wallets` furnished, and what it does beside the screen where that is asked for."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from lnwallet_tui.loading import loading

with loading():  # as the command does
    from lnwallet_tui.bitcoin import curve
    from lnwallet_tui.bitcoin.network import Network
    from lnwallet_tui.counter.server import Counter
    from lnwallet_tui.node.config import NodeConfig
    from lnwallet_tui.node.node import Node
    from lnwallet_tui.node.offload import Threads
    from lnwallet_tui.node.shell import Ports
    from tests.benchmarks import outside
    from tests.benchmarks.shown import BUSY

_AT_ONCE: Final = 64  # signatures


@asynccontextmanager
async def running(folder: Path, *, busy: bool) -> AsyncIterator[Node]:
    """Busy: signatures are checked without end, as those of gossip are, in the thread where that
    is done."""
    threads = Threads()
    ports = Ports(
        outside.StillChain(),
        outside.Wires(1),
        outside.RunningClock.of(folder),
        outside.SystemDice(),
        offload=threads,
    )
    keys = outside.keys_of(outside.SEED, outside.OWNER)
    node = Node(NodeConfig(Network.REGTEST), ports, folder / outside.OWNER, keys)
    await node.start()
    work = asyncio.create_task(_check(threads)) if busy else None
    yield node
    if work is not None:
        work.cancel()
    await node.stop()
    threads.close()


async def _check(threads: Threads) -> None:
    """Signatures of gossip, without end."""
    digest, key = bytes(32), b"\x01" * 32
    signature, public = curve.sign(key, digest), curve.public_key(key)

    def some() -> None:
        for _ in range(_AT_ONCE):
            assert curve.verify(public, digest, signature)

    while True:
        await threads.run(some)


async def _serve(folder: Path, *, busy: bool) -> None:
    """Until this process is ended."""
    async with running(folder, busy=busy) as node:
        await Counter.opened(node, folder / outside.OWNER)
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), busy=sys.argv[2:] == [BUSY]))
