"""Two nodes of ours with one channel, each in a process of its own, on TCP and a real disk.

The channel is opened on a simulated chain, which then stands still; from there on the clock, the
sockets and the disk are real. Each process reads commands from its standard input, a line each,
and answers with a line of JSON:

    python -m tests.benchmarks.two_nodes FOLDER NAME

    listen              the port, which the system chooses
    dial PORT NODE_ID   when the channel is live
    invoices COUNT FILE writes so many invoices, a line each
    pay WORKERS FILE    pays the invoices of a file, so many at a time
    work                nanoseconds of CPU time and durable commits, so far
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.net.tcp import listen
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.offload import Threads
from lnwallet_tui.node.shell import Ports
from tests.benchmarks import outside
from tests.node.town import POLICY, Town

PAYER, PAYEE, SEED = "ada", "ben", b"two nodes"
BUSY: Final = replace(POLICY, max_accepted_htlcs=483)
"""As many HTLCs at a time as BOLT 2 allows; a wallet's own policy takes 30."""

AMOUNT_MSAT: Final = 1_000_000  # an output of each commitment, not dust
_FUNDING_SAT: Final = 16_000_000
_DEEP: Final = 10  # blocks: so much money is not trusted to fewer
_LOCALHOST: Final = "127.0.0.1"


async def prepare(folder: Path) -> None:
    """Open the channel, on time and wires that are simulated; the folder keeps what is of it."""
    town = Town(folder, SEED, policy=BUSY, coins_sat=(_FUNDING_SAT + 500_000,))
    await town.begin(PAYER, PAYEE)
    await town.do(town.nodes[PAYER].open_channel(town.uri(PAYEE), _FUNDING_SAT, private=True))
    await town.mine(_DEEP)
    await town.end()
    outside.stop_at(folder, town.clock.now_ms())


class Process:
    """One of the two, driven by lines."""

    def __init__(self, folder: Path, name: str) -> None:
        self._threads = Threads()
        ports = Ports(
            outside.StillChain(),
            outside.TcpDialer(),
            outside.RunningClock.of(folder),
            outside.SystemDice(),
            offload=self._threads,
        )
        config = NodeConfig(Network.REGTEST, accept_all_inbound=True, alias=name, policy=BUSY)
        self.node = Node(config, ports, folder / name, outside.keys_of(SEED, name))
        self._commits = 0
        self.node._store._connection.set_trace_callback(self._traced)

    def _traced(self, sql: str) -> None:
        self._commits += sql == "COMMIT"

    async def listen(self) -> tuple[int, str]:
        """The port, and who listens there."""
        return (await listen(self.node.accept, _LOCALHOST)).port, self.node.node_id.hex()

    async def dial(self, port: str, node_id: str) -> str:
        """When the channel is live."""
        await self.node.connect(f"{node_id}@{_LOCALHOST}:{port}")
        while True:
            [channel] = await self.node.channels()
            if channel.state is ChannelState.READY:
                return "live"
            await asyncio.sleep(0.01)

    async def invoices(self, count: str, file: str) -> int:
        """So many."""
        made = [await self.node.create_invoice(AMOUNT_MSAT, "") for _ in range(int(count))]
        lines = [one.invoice for one in made if not isinstance(one, Refused)]
        _write(file, lines)
        return len(lines)

    async def pay(self, workers: str, file: str) -> dict[str, int]:
        """The nanoseconds until all were paid, and how many were."""
        invoices, paid = iter(_lines(file)), 0

        async def work() -> None:
            nonlocal paid
            for invoice in invoices:
                view = await self.node.pay(invoice)
                assert not isinstance(view, Refused), view
                paid += view.status is PaymentStatus.PAID

        began = time.perf_counter_ns()
        await asyncio.gather(*(work() for _ in range(int(workers))))
        return {"ns": time.perf_counter_ns() - began, "paid": paid}

    async def work(self) -> dict[str, int]:
        """What it took so far."""
        return {"cpu_ns": time.process_time_ns(), "commits": self._commits}

    async def run(self) -> None:
        """Until there is no more command."""
        await self.node.start()
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            name, *words = line.split()
            command: Callable[..., Coroutine[Any, Any, object]] = getattr(self, name)
            sys.stdout.write(json.dumps(await command(*words)) + "\n")
            sys.stdout.flush()
        await self.node.stop()
        self._threads.close()


def _lines(file: str) -> list[str]:
    return Path(file).read_text().split()


def _write(file: str, lines: list[str]) -> None:
    Path(file).write_text("\n".join(lines))


if __name__ == "__main__":
    asyncio.run(Process(Path(sys.argv[1]), sys.argv[2]).run())
