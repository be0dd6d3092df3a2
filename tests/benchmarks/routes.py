"""How long it takes to find ways through a network as large as mainnet, and what that does to the
loop if a thread does it.

    python -m tests.benchmarks.routes              12,000 nodes
    python -m tests.benchmarks.routes 3000 50      3,000 nodes, 50 questions for each amount
    python -m tests.benchmarks.routes FILE 50      the nodes of a snapshot, see `snapshot`

CPU time of this process, in milliseconds; how late the loop's timer came, in milliseconds.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from lnwallet_tui.node.offload import Inline, Offload, Threads
from lnwallet_tui.playground.topology import network
from lnwallet_tui.routing.graph import FirstHop, Graph, Hop
from lnwallet_tui.routing.query import Query
from lnwallet_tui.routing.search import find
from lnwallet_tui.routing.split import split
from tests.benchmarks import snapshot
from tests.routing.mainnet_like import hops_of, id_of

_AMOUNTS_MSAT: Final = (1_000_000, 100_000_000, 1_000_000_000)
_LARGEST: Final = 200  # nodes among which a wallet's peers are


def hops(nodes: int) -> Iterator[Hop]:
    """Both directions of all channels of a generated network."""
    for edge in network(b"benchmark", nodes):
        yield from hops_of(edge)


def question(dice: random.Random, nodes: int, amount_msat: int) -> Query:
    """As a wallet with three channels to large nodes asks."""
    firsts = tuple(
        FirstHop(bytes([number]) * 32, id_of(dice.randrange(_LARGEST)), 1, 2 * 10**9)
        for number in range(3)
    )
    return Query(
        payee=id_of(dice.randrange(nodes)),
        amount_msat=amount_msat,
        first_hops=firsts,
        max_fee_msat=max(5_000, amount_msat // 100),
        final_cltv=147,
        max_cltv=2_016,
    )


def quantiles(times: list[float]) -> str:
    ordered = sorted(times) or [0.0]
    at = [ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] for percent in (50, 90, 99)]
    return f"p50 {at[0]:.1f}  p90 {at[1]:.1f}  p99 {at[2]:.1f}  ({len(times)})"


def timed(work: Callable[[], object], times: list[float]) -> object:
    began = time.process_time()
    result = work()
    times.append((time.process_time() - began) * 1_000)
    return result


def measure_searches(graph: Graph, nodes: int, count: int) -> None:
    dice = random.Random(1)
    for amount_msat in _AMOUNTS_MSAT:
        single, none, several = list[float](), list[float](), list[float]()
        for _ in range(count):
            query, took = question(dice, nodes, amount_msat), list[float]()
            found = timed(partial(find, graph, query), took) is not None
            (single if found else none).extend(took)
            if not found:
                timed(partial(split, graph, query, 16), several)
        print(f"{amount_msat // 1_000:>9,} sat   one way {quantiles(single)}")
        print(f"{'':>13}      none {quantiles(none)}   in parts {quantiles(several)}")


async def measure_lateness(graph: Graph, nodes: int, offload: Offload) -> None:
    """How late the loop is while one search follows the other."""
    late, dice = list[float](), random.Random(2)
    is_over = asyncio.Event()

    async def tick() -> None:
        while not is_over.is_set():
            due = time.perf_counter() + 0.001
            await asyncio.sleep(0.001)
            late.append((time.perf_counter() - due) * 1_000)

    ticking = asyncio.create_task(tick())
    for _ in range(20):
        query = question(dice, nodes, _AMOUNTS_MSAT[1])
        await offload.run(partial(find, graph, query))
        await asyncio.sleep(0)
    is_over.set()
    await ticking
    print(f"{type(offload).__name__:>13}   the loop is late by {quantiles(late)}")


def main() -> None:
    network_of = sys.argv[1] if len(sys.argv) > 1 else "12000"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    is_file = not network_of.isdigit()
    drawn = tuple(snapshot.read(Path(network_of)) if is_file else hops(int(network_of)))
    nodes, times = len({hop.target for hop in drawn}), list[float]()
    graph = timed(partial(Graph.of, drawn), times)
    assert isinstance(graph, Graph)
    print(f"{nodes:,} nodes, {len(drawn):,} directions; their graph: {times[0]:.0f} ms")
    measure_searches(graph, nodes, count)
    asyncio.run(measure_lateness(graph, nodes, Inline()))
    threads = Threads()
    asyncio.run(measure_lateness(graph, nodes, threads))
    threads.close()


if __name__ == "__main__":
    main()
