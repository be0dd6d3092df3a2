"""What paying costs: durable commits, a payment through simulated wires, many payments at once.

**How long a payment takes at least.** It goes over N channels, each with a round trip of RTT
between its two ends, and every node commits in c to its disk. In each channel the HTLC is added,
signed for and revoked for, there, back and there again: 1.5 RTT before the next channel has its
turn; the preimage comes back through each in half a RTT. So bytes are under way for 2 N RTT. What
is said is on disk before: with one channel the payer commits before `update_add_htlc`, the payee
before its revocation, the payer before its own, the payee before `update_fulfill_htlc`, and the
payer before it shows the payment as paid; those are five. Each node in between commits once as
payee and payer before it revokes, before it passes on, before it revokes there and before it
passes the preimage back; those are four for each further channel. One after the other, none at
the same time as another:

    2 N RTT + (4 N + 1) c

`tests/node/test_commits.py` counts the commits. What else is waited for is reckoning.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.node.config import NodeConfig, RelayTerms
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.shell import Ports
from lnwallet_tui.store import db
from lnwallet_tui.store.channels import load_channels, save_channel
from tests.benchmarks import outside, two_nodes
from tests.benchmarks.measuring import ROOT, Benchmark, Sides
from tests.node.town import POLICY, Town
from tests.store.whole import expect_whole

RTT_MS: Final = 25
_STREET: Final = ("ada", "ben", "cyd", "dan")
_RELAYS: Final = _STREET[1:-1]
_SEED: Final = b"street"
_COMMITS: Final = 20
_TOGETHER, _PAYMENTS = 100, 500
_CORE_LIGHTNING: Final = 167
"""Payments a second of Core Lightning 26.06, 100 at a time through one channel, on a machine like
the one that this was written on: 130 to 167."""


@contextmanager
def _folder() -> Iterator[Path]:
    """On the disk of the checkout: a commit to memory would cost nothing."""
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=ROOT) as folder:
        yield Path(folder)


# -- a commit
@contextmanager
def _commits() -> Iterator[Sides]:
    with _folder() as folder, ExitStack() as stack:
        asyncio.run(two_nodes.prepare(folder))
        store = stack.enter_context(db.Store(folder / two_nodes.PAYER))
        file = stack.enter_context((folder / "raw").open("wb", buffering=0))
        yield Sides(_committing(store), _syncing(file.fileno()), "write and fdatasync 4 KiB")


def _committing(store: db.Store) -> Callable[[], int]:
    """The state of a channel, each time another one: what has not changed is not written."""
    [row] = load_channels(store, expect_whole)
    signer = iter(int.to_bytes(number, 8, "big") for number in range(1 << 62))

    def timed() -> int:
        began = time.perf_counter_ns()
        for _ in range(_COMMITS):
            with store.transaction() as tx:
                save_channel(tx, _with(row, signer=next(signer)))
        return time.perf_counter_ns() - began

    return timed


def _with(row: Any, **changes: object) -> Any:
    return type(row)(**{name: getattr(row, name) for name in row.__struct_fields__} | changes)


def _syncing(descriptor: int) -> Callable[[], int]:
    def timed() -> int:
        began = time.perf_counter_ns()
        for _ in range(_COMMITS):
            os.write(descriptor, os.urandom(4096))
            os.fdatasync(descriptor)
        return time.perf_counter_ns() - began

    return timed


# -- one payment
async def _open_street(folder: Path) -> None:
    town = Town(folder, _SEED, relays=_RELAYS)
    await town.begin(*_STREET)
    for one, other in (("ben", "cyd"), ("ada", "ben"), ("cyd", "dan")):
        await town.open(one, other, 500_000)
    await town.mine(3)
    await town.end()
    outside.stop_at(folder, town.clock.now_ms())


class Street:
    """Four nodes in a row, in real time and on a real disk; the wires have their length."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        clock, self._wires = outside.RunningClock.of(folder), outside.Wires(RTT_MS)
        self.nodes: dict[str, Node] = {}
        for name in _STREET:
            ports = Ports(outside.StillChain(), self._wires, clock, outside.SystemDice())
            relay = RelayTerms() if name in _RELAYS else None
            config = NodeConfig(
                Network.REGTEST,
                accept_all_inbound=True,
                alias=name,
                policy=POLICY,
                relay=relay,
            )
            keys = outside.keys_of(_SEED, name)
            self.nodes[name] = Node(config, ports, folder / name, keys)

    def __enter__(self) -> Street:
        self._loop.run_until_complete(self._begin())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _begin(self) -> None:
        for node in self.nodes.values():
            self._wires.answers[node.node_id] = node.accept
        for node in self.nodes.values():
            await node.start()
        await self._know_the_way()

    async def _know_the_way(self) -> None:
        while True:
            made = await self.nodes["dan"].create_invoice(1_000_000, "")
            assert not isinstance(made, Refused)
            if not isinstance(await self.nodes["ada"].quote_payment(made.invoice), Refused):
                return
            await asyncio.sleep(0.1)

    async def _end(self) -> None:
        for node in self.nodes.values():
            await node.stop()

    def pay(self, payee: str) -> int:
        """Nanoseconds from the command to the receipt."""
        return self._loop.run_until_complete(self._pay(payee))

    async def _pay(self, payee: str) -> int:
        made = await self.nodes[payee].create_invoice(1_000_000, "")
        assert not isinstance(made, Refused)
        began = time.perf_counter_ns()
        paid = await self.nodes["ada"].pay(made.invoice)
        took = time.perf_counter_ns() - began
        assert not isinstance(paid, Refused), paid
        assert paid.status is PaymentStatus.PAID
        await asyncio.sleep(4 * RTT_MS / 1_000)  # the last revocations are none of its time
        return took


def _loop(hops: int) -> Callable[[], AbstractContextManager[Sides]]:
    @contextmanager
    def sides() -> Iterator[Sides]:
        with _folder() as folder, ExitStack() as stack:
            asyncio.run(_open_street(folder))
            asyncio.run(two_nodes.prepare(folder / "other"))
            street = stack.enter_context(Street(folder))
            store = stack.enter_context(db.Store(folder / "other" / two_nodes.PAYER))
            commit = _committing(store)

            def least() -> int:
                return 2 * hops * RTT_MS * 1_000_000 + (4 * hops + 1) * commit() // _COMMITS

            yield Sides(
                lambda: street.pay(_STREET[hops]), least, "2·N·RTT and 4·N+1 durable commits"
            )

    return sides


# -- many payments
class Side:
    """One process of `two_nodes`."""

    def __init__(self, folder: Path, name: str) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.two_nodes", str(folder), name]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, line: str) -> Any:
        """Its answer to a command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        """There is no more command."""
        self._process.communicate(timeout=30)


@contextmanager
def two_sides(folder: Path) -> Iterator[tuple[Side, Side]]:
    """Payer and payee, connected."""
    asyncio.run(two_nodes.prepare(folder))
    with ExitStack() as stack:
        payer, payee = (Side(folder, name) for name in (two_nodes.PAYER, two_nodes.PAYEE))
        stack.callback(payer.end)
        stack.callback(payee.end)
        port, node_id = payee.ask("listen")
        payer.ask(f"dial {port} {node_id}")
        yield payer, payee


@contextmanager
def _together() -> Iterator[Sides]:
    with _folder() as folder, two_sides(folder) as (payer, payee):
        invoices = folder / "invoices"

        def ours() -> int:
            payee.ask(f"invoices {_PAYMENTS} {invoices}")
            paid = payer.ask(f"pay {_TOGETHER} {invoices}")
            assert paid["paid"] == _PAYMENTS
            return int(paid["ns"])

        def theirs() -> int:
            return _PAYMENTS * 1_000_000_000 // _CORE_LIGHTNING

        yield Sides(ours, theirs, f"Core Lightning 26.06, {_CORE_LIGHTNING} a second elsewhere")


BENCHMARKS: Final = (
    Benchmark(
        "db.commit",
        "the state of a channel is committed",
        3.6,
        _commits,
        why_missed="While others write, the disk takes ten times as long for one commit as for the "
        "next, so that this run tells little.",
    ),
    *(
        Benchmark(
            f"pay.loop{hops}",
            f"a payment over {hops} channel{'s' if hops > 1 else ''} of {RTT_MS} ms",
            1.3,
            _loop(hops),
            why_missed="The wires are made of the event loop's timers, which wake at a whole "
            "millisecond and later, here one and a half late: four of them for each channel, about "
            "an eighth of the least. What is above that is reckoning, of all nodes on one "
            "processor.",
        )
        for hops in (1, 3)
    ),
    Benchmark(
        "pay.tps",
        f"payments through one channel, {_TOGETHER} at a time",
        1.2,
        _together,
        how_much_faster=True,
        in_a_batch=_PAYMENTS,
        why_missed="Payer and payee need a processor each, and hardly the disk: whatever else "
        "wants the processors is missing here.",
    ),
)
