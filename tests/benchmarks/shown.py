"""The wallet's screen on a node that `wallets` furnished, for a terminal; with work to do beside it
where that is asked for.

    python -m tests.benchmarks.shown FOLDER [busy]

Busy: signatures are checked without end, as those of gossip are, in the thread where that is done.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from lnwallet_tui.loading import loading

with loading():  # as the command does
    from lnwallet_tui.bitcoin import curve
    from lnwallet_tui.bitcoin.network import Network
    from lnwallet_tui.node.config import NodeConfig
    from lnwallet_tui.node.node import Node
    from lnwallet_tui.node.offload import Threads
    from lnwallet_tui.node.shell import Ports
    from lnwallet_tui.ui.app import LnWalletApp
    from tests.benchmarks import outside

_AT_ONCE = 64  # signatures


async def show(folder: Path, *, busy: bool) -> None:
    """Until the user leaves."""
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
    tasks = list[asyncio.Task[None]]()
    if busy:
        tasks.append(asyncio.create_task(_check(threads)))
    await LnWalletApp(node).run_async()
    for task in tasks:
        task.cancel()
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


if __name__ == "__main__":
    asyncio.run(show(Path(sys.argv[1]), busy=sys.argv[2:] == ["busy"]))
